/** Weights and numbers for the kernels of cores with the DSP extension (nn_dsp_s8.h, nn_dsp_dense_s8.h). */

import { blocksOf, packBlockStream } from '../sparse/blocks.js';
import { commonScale, greatest, type Numbers, numbersOf, type Product, roundsAway, type Scale } from './dsp-scale.js';
import type { Field, Site } from './kernel.js';
import { siteArray } from './pack.js';

/**
 * Taps in the order of a strip: of a run of `run` taps all multiples of 4, then, if some are left over, the last 4, in
 * which those already seen are -1: their weight is zero.
 */
export function strip(depth: number, run: number): number[] {
  const taps: number[] = [];
  const whole = run - (run % 4);
  for (let from = 0; from < depth; from += run) {
    for (let k = 0; k < whole; k++) taps.push(from + k);
    if (whole < run) for (let k = run - 4; k < run; k++) taps.push(k < whole ? -1 : from + k);
  }
  return taps;
}

/** All taps in order, then -1 up to a multiple of 4: strips of copied windows. */
export const padded = (depth: number): number[] =>
  Array.from({ length: 4 * Math.ceil(depth / 4) }, (_, k) => (k < depth ? k : -1));

/** Two weights of either of two channels: halves 256 * high + low. */
const word = (high0: number, low0: number, high1: number, low1: number): number =>
  ((256 * high1 + low1) << 16) | ((256 * high0 + low0) & 0xffff);

/**
 * Words of the weights of channels [first, first + 2 * pairs): per step of two taps one for each pair of channels.
 * @param taps as `strip`; length a multiple of 4
 */
function words(p: Product, taps: readonly number[], first: number, pairs: number): number[] {
  const packed: number[] = [];
  const weight = (c: number, k: number) => (c < p.channels && k >= 0 ? p.weights[c * p.depth + k]! : 0);
  for (let i = 0; i < taps.length; i += 4)
    for (const step of [i, i + 1])
      for (let c = first; c < first + 2 * pairs; c += 2) {
        const [k0, k1] = [taps[step]!, taps[step + 2]!];
        packed.push(word(weight(c, k0), weight(c + 1, k0), weight(c, k1), weight(c + 1, k1)));
      }
  return packed;
}

/** Numbers of channels [first, first + count); those beyond the last have no effect. */
const numbersFrom = (p: Product, first: number, count: number): Numbers[] =>
  Array.from({ length: count }, (_, i) => (first + i < p.channels ? numbersOf(p, first + i)! : [0, 0, 0, 1]));

/** Have all channels the same multiplier, offset and shift? */
function isShared(p: Product): boolean {
  const [first, ...others] = numbersFrom(p, 0, p.channels).map((n) => `${n.slice(1)}`);
  return others.every((n) => n === first);
}

/** Taps of one row, those beyond the last -1 up to a multiple of 8. */
const rowTaps = (depth: number): number[] =>
  Array.from({ length: 8 * Math.ceil(depth / 8) }, (_, k) => (k < depth ? k : -1));

const denseKind = (p: Product): Field => ({
  comment: 'one scale for all? do negative halves matter?',
  values: [isShared(p) ? 1 : 0, roundsAway(p)],
});

/** What of a matrix times vector comes first: the numbers that all channels share, if they do; and the layout in words. */
const sharedNumbers = (p: Product): number[] => (isShared(p) ? [...numbersOf(p, 0)!.slice(1)] : []);

/** What follows the weights of 4 channels. */
const groupNumbers = (p: Product, first: number): number[] =>
  numbersFrom(p, first, 4).flatMap((numbers) => (isShared(p) ? [numbers[0]] : numbers));

const denseLayout = (p: Product, weights: string): string => {
  const start = isShared(p) ? 'multiplier, offset, shift; ' : '';
  const each = isShared(p) ? '4 biases' : '[4 channels][bias, multiplier, offset, shift]';
  return `${start}[${Math.ceil(p.channels / 4)} groups]: ${weights}, ${each}`;
};

const weightsField = (site: Site, words: readonly number[], layout: string): Field => ({
  comment: 'weights and scales',
  values: [siteArray(site, 'weights', 'int32_t', words, layout)],
});

/** Fields `weights` and `shared, away` of a product that nn_dsp_dense_groups computes. */
export function denseFields(site: Site, p: Product): { weights: Field; kind: Field } {
  const taps = rowTaps(p.depth);
  const packed = sharedNumbers(p);
  for (let first = 0; first < p.channels; first += 4)
    packed.push(...words(p, taps, first, 2), ...groupNumbers(p, first));
  const layout = denseLayout(p, `[${taps.length / 2} steps][2 pairs of channels]`);
  return { weights: weightsField(site, packed, layout), kind: denseKind(p) };
}

/** Loops over blocks of 4 channels of nn_dsp_blocks_4x1_s8.h, by their taps; a unit is 4 of them. */
const rowLoops = {
  8: { unroll: 4, code: 116, units: 2, strip: 8 },
  4: { unroll: 4, code: 64, units: 1, strip: 8 },
} as const;

/** Taps of a block. */
export type RowTaps = keyof typeof rowLoops;

/** Blocks of 4 channels x `taps` of the group from channel `first` on in which any weight is left. */
const rowBlocks = (p: Product, first: number, taps: RowTaps) =>
  blocksOf(words(p, rowTaps(p.depth), first, 2), 4, rowLoops[taps]);

/** Groups of 4 channels. */
const rowGroups = (p: Product): number[] => Array.from({ length: Math.ceil(p.channels / 4) }, (_, i) => 4 * i);

/** Blocks of all groups, and the chunks that they make. */
export function countRowBlocks(p: Product, taps: RowTaps): { blocks: number; chunks: number } {
  const counts = rowGroups(p).map((first) => rowBlocks(p, first, taps).length);
  return {
    blocks: counts.reduce((a, b) => a + b, 0),
    chunks: counts.reduce((n, c) => n + Math.max(1, Math.ceil(c / rowLoops[taps].unroll)), 0),
  };
}

/** Fields `weights, first, last, length`, `taps` and `shared, away` of a product that nn_dsp_blocks_groups computes. */
export function blockFields(site: Site, p: Product, taps: RowTaps): { weights: Field; taps: Field; kind: Field } {
  const packed = sharedNumbers(p);
  const start = packed.length;
  let last = start;
  for (const first of rowGroups(p)) {
    last = packed.length;
    packed.push(...packBlockStream(rowBlocks(p, first, taps), rowLoops[taps]), ...groupNumbers(p, first));
  }
  const { comment, values } = weightsField(
    site,
    packed,
    denseLayout(p, `chunks of blocks [${taps / 2} steps][2 pairs]`),
  );
  return {
    weights: {
      comment: `${comment}; words before the first and last group, and of all`,
      values: [...values, start, last, packed.length],
    },
    taps: { comment: 'taps of a block', values: [taps] },
    kind: denseKind(p),
  };
}

/**
 * Are weights stored as 16 bits? It saves unpacking and costs as many bytes as there are weights. Up to about 48 taps the
 * time saved is more than flash of 5 wait states takes to read them.
 */
export const isWide = (taps: number): boolean => taps <= 48;

/** Does any channel need the numbers that `away` stands for in nn_dsp_matmul_3? High bytes leave sums 24 bits. */
function needsAway(p: Product, wide: boolean): boolean {
  const channels = Array.from({ length: p.channels }, (_, c) => c);
  const overflows = !wide && channels.some((c) => c % 2 === 0 && greatest(p, c) >= 2 ** 23);
  return roundsAway(p) === 1 || overflows || channels.some((c) => commonScale(p, c) === null);
}

/** Groups of two channels: words of weights, then the numbers of the channels; or as nn_dsp_3x2_up takes them. */
function packNarrow(p: Product, taps: readonly number[], away: boolean): number[] {
  const packed: number[] = [];
  const none = { bits: 0, numbers: [0, 0, 0] as const };
  for (let first = 0; first < p.channels; first += 2) {
    const weights = words(p, taps, first, 1);
    if (away) {
      packed.push(...weights, ...numbersFrom(p, first, 2).flat());
      continue;
    }
    const [a, b] = [first, first + 1].map((c) => (c < p.channels ? commonScale(p, c)! : none)) as [Scale, Scale];
    const bias = (c: number) => (c < p.channels ? p.bias[c]! : 0);
    packed.push((256 * bias(first) + bias(first + 1)) | 0, bias(first + 1), ...weights);
    packed.push(...a.numbers.slice(1), 8 - a.bits, ...b.numbers.slice(1), b.bits);
  }
  return packed;
}

const narrowLayout = (channels: number, taps: number, away: boolean): string => {
  const groups = `[${Math.ceil(channels / 2)} groups]: `;
  const weights = `[${taps / 2} steps] pairs of weights, `;
  return away
    ? `${groups}${weights}[2 channels][bias, multiplier, offset, shift]`
    : `${groups}[2] biases, ${weights}[2 channels][multiplier, offset, shift]`;
};

/** Groups of two channels: biases, per step of two taps a word for each channel, then the other numbers. */
function packWide(p: Product, taps: readonly number[], away: boolean): number[] {
  const packed: number[] = [];
  const scaleOf = (c: number) => {
    if (c >= p.channels) return { bits: 0, numbers: away ? [0, 0, 0, 1] : [0, 0, 0] };
    return away ? { bits: 1, numbers: numbersOf(p, c)! } : commonScale(p, c)!;
  };
  const weight = (c: number, k: number) => (c < p.channels && k >= 0 ? p.weights[c * p.depth + k]! : 0);
  for (let first = 0; first < p.channels; first += 2) {
    const pair = [first, first + 1].map((c) => ({ c, ...scaleOf(c) }));
    packed.push(...pair.map(({ numbers }) => numbers[0]!));
    for (let i = 0; i < taps.length; i += 4)
      for (const k of [i, i + 1])
        for (const { c, bits } of pair)
          packed.push(((weight(c, taps[k + 2]!) << bits) << 16) | ((weight(c, taps[k]!) << bits) & 0xffff));
    packed.push(...pair.flatMap(({ numbers }) => numbers.slice(1)));
  }
  return packed;
}

const wideLayout = (channels: number, taps: number, away: boolean): string =>
  `[${Math.ceil(channels / 2)} groups]: [2] biases, [${taps / 2} steps][2 channels] weights, [2][multiplier, offset${away ? ', shift' : ''}]`;

/** Fields `weights` and `wide, away` of a product that nn_dsp_matmul_3 computes. */
export function matrixFields(site: Site, p: Product, taps: readonly number[]): { weights: Field; kind: Field } {
  const wide = isWide(taps.length);
  const away = needsAway(p, wide);
  const packed = wide ? packWide(p, taps, away) : packNarrow(p, taps, away);
  const layout = wide ? wideLayout(p.channels, taps.length, away) : narrowLayout(p.channels, taps.length, away);
  return {
    weights: { comment: 'weights and scales', values: [siteArray(site, 'weights', 'int32_t', packed, layout)] },
    kind: { comment: 'are weights 16 bits? do negative halves matter?', values: [wide ? 1 : 0, away ? 1 : 0] },
  };
}

/** Instructions of nn_dsp_matmul_3 for 3 pixels and `taps` taps, counted from the assembly. */
export function matmulCost(p: Product, taps: number): number {
  const blocks = taps / 4;
  const wide = isWide(taps);
  const loop = (wide ? 16 : 17) * blocks + 2 * Math.max(1, Math.ceil((blocks - 1) / 16));
  const away = needsAway(p, wide);
  const finish = wide ? (away ? 38 : 25) : away ? 48 : 36;
  return Math.ceil(p.channels / 2) * (loop + finish) + 30 + (p.channels % 2) * 30;
}
