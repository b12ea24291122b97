/** Weights and numbers for the kernels of cores with the DSP extension (nn_dsp_s8.h, nn_dsp_dense_s8.h). */
import type { Activation, Tensor } from '../ir/graph.js';
import { activationRange, type ChannelMultipliers, zeroPoint } from '../ops/quantised.js';
import type { Field, Site } from './kernel.js';
import { foldZeroPoint, siteArray, sumWeights } from './pack.js';

/** A matrix product: rows of weights, and what becomes of the sums. */
export interface Product {
  /** [channels][depth] */
  readonly weights: ArrayLike<number>;
  readonly channels: number;
  readonly depth: number;
  /** less the input's zero point * sum of weights */
  readonly bias: readonly number[];
  readonly scales: ChannelMultipliers;
  /** of the output */
  readonly zero: number;
}

/** As the enum in nn_dsp_s8.h; null where a channel does not meet its promises. */
type Numbers = readonly [bias: number, multiplier: number, offset: number, shift: number];

/** Shifts up to this leave the offset room in 32 bits, and a sum below 2^22 room before it. */
const maxShift = 22;

export function product(x: Tensor, w: Tensor, b: Tensor | undefined, y: Tensor, scales: ChannelMultipliers): Product {
  const channels = w.shape[0]!;
  const depth = w.data!.length / channels;
  const sums = sumWeights(w.data!, channels, (i) => Math.floor(i / depth));
  const bias = foldZeroPoint(b?.data, sums, zeroPoint(x));
  return { weights: w.data!, channels, depth, bias, scales, zero: zeroPoint(y) };
}

/**
 * The numbers of channel c. Sums reach at most `most`; a channel whose results all round to 0 gets multiplier 0.
 */
function numbersOf(p: Product, c: number): Numbers | null {
  let magnitude = 0;
  for (let k = 0; k < p.depth; k++) magnitude += Math.abs(p.weights[c * p.depth + k]!);
  const most = 128 * magnitude + Math.abs(p.bias[c]!);
  const multiplier = p.scales.multiplier[c]!;
  const shift = -p.scales.shift[c]!;
  // The sum of the high channel stands 8 bits higher in 32; twice any sum must fit into 32.
  if (magnitude >= 2 ** 16 || most >= 2 ** 30) return null;
  if (multiplier === 0 || (shift > maxShift && most < 2 ** (shift - 1))) return [0, 0, 1 + 2 * p.zero, 1];
  if (shift < 1 || shift > maxShift) return null;
  return [2 * p.bias[c]!, multiplier, 2 ** (shift - 1) + p.zero * 2 ** shift, shift];
}

/** Can these kernels compute it? A weight of -128 in a high byte would not leave the low one room. */
export function fitsDsp(p: Product, act: Activation, y: Tensor): boolean {
  const [low, high] = activationRange(act, y);
  if (low !== -128 || high !== 127) return false;
  for (let i = 0; i < p.weights.length; i++) if (p.weights[i] === -128) return false;
  return Array.from({ length: p.channels }, (_, c) => c).every((c) => numbersOf(p, c) !== null);
}

/** Do negative halves matter? Below a zero point of -128 there is nothing to round to. */
export const roundsAway = (p: Product): number => (p.zero === -128 ? 0 : 1);

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

/** Two weights of either of two channels: halves 256 * high + low. */
const word = (high0: number, low0: number, high1: number, low1: number): number =>
  ((256 * high1 + low1) << 16) | ((256 * high0 + low0) & 0xffff);

/**
 * Groups of `2 * pairs` channels: per step of two taps a word for each pair of channels, then the numbers of the channels.
 * @param taps as `strip`; length a multiple of 4
 */
export function packDsp(p: Product, taps: readonly number[], pairs: number): number[] {
  const packed: number[] = [];
  const weight = (c: number, k: number) => (c < p.channels && k >= 0 ? p.weights[c * p.depth + k]! : 0);
  for (let first = 0; first < p.channels; first += 2 * pairs) {
    for (let i = 0; i < taps.length; i += 4)
      for (const [k0, k1] of [
        [taps[i]!, taps[i + 2]!],
        [taps[i + 1]!, taps[i + 3]!],
      ] as const)
        for (let c = first; c < first + 2 * pairs; c += 2)
          packed.push(word(weight(c, k0), weight(c + 1, k0), weight(c, k1), weight(c + 1, k1)));
    for (let c = first; c < first + 2 * pairs; c++) packed.push(...(c < p.channels ? numbersOf(p, c)! : [0, 0, 0, 1]));
  }
  return packed;
}

/** Layout of what packDsp returns, in words. */
export const dspLayout = (channels: number, taps: number, pairs: number): string =>
  `[${Math.ceil(channels / (2 * pairs))} groups]: [${taps / 2} steps][${pairs} pairs of channels], [${2 * pairs} channels][bias, multiplier, offset, shift]`;

/**
 * Are weights stored as 16 bits? It saves unpacking, 7 to 15 % of a layer's instructions, for as many bytes as there are
 * weights: only where these are few.
 */
export const isWide = (channels: number, taps: number): boolean => channels * taps <= 2560;

/** Groups of two channels: biases, per step of two taps a word for each channel, then the other numbers. */
function packWide(p: Product, taps: readonly number[]): number[] {
  const packed: number[] = [];
  const twice = (c: number, k: number) => (c < p.channels && k >= 0 ? 2 * p.weights[c * p.depth + k]! : 0);
  for (let first = 0; first < p.channels; first += 2) {
    const numbers = [first, first + 1].map((c) => (c < p.channels ? numbersOf(p, c)! : ([0, 0, 0, 1] as const)));
    packed.push(...numbers.map((n) => n[0]));
    for (let i = 0; i < taps.length; i += 4)
      for (const k of [i, i + 1])
        for (const c of [first, first + 1]) packed.push((twice(c, taps[k + 2]!) << 16) | (twice(c, taps[k]!) & 0xffff));
    packed.push(...numbers.flatMap((n) => n.slice(1)));
  }
  return packed;
}

const wideLayout = (channels: number, taps: number): string =>
  `[${Math.ceil(channels / 2)} groups]: [2] biases, [${taps / 2} steps][2 channels] doubled weights, [2][multiplier, offset, shift]`;

/** Fields `weights` and `wide, away` of a product that nn_dsp_matmul_3 computes. */
export function matrixFields(site: Site, p: Product, taps: readonly number[]): { weights: Field; kind: Field } {
  const wide = isWide(p.channels, taps.length);
  const packed = wide ? packWide(p, taps) : packDsp(p, taps, 1);
  const layout = (wide ? wideLayout : (c: number, t: number) => dspLayout(c, t, 1))(p.channels, taps.length);
  return {
    weights: { comment: 'weights and scales', values: [siteArray(site, 'weights', 'int32_t', packed, layout)] },
    kind: { comment: 'are weights 16 bits? do negative halves matter?', values: [wide ? 1 : 0, roundsAway(p)] },
  };
}
