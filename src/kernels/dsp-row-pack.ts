/** Matrices times one row of inputs (nn_dsp_dense_s8.h, nn_dsp_blocks_4x1_s8.h): all weights, or blocks of them. */
import { blocksOf, packBlockStream } from '../sparse/blocks.js';
import { numbersFrom, withRoom, words } from './dsp-pack.js';
import { numbersOf, type Product, roundsAway } from './dsp-scale.js';
import type { Field, Site } from './kernel.js';
import { siteArray } from './pack.js';

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

/** A product as the sum of two, as `withRoom`. */
type Parts = ReturnType<typeof withRoom>;

/** Taps of a block. */
export type RowTaps = keyof typeof rowLoops;

/** Blocks of 4 channels x `taps` of the group from channel `first` on in which any weight is left. */
const rowBlocks = (parts: Parts, first: number, taps: RowTaps) =>
  parts.flatMap((p) => (p ? blocksOf(words(p, rowTaps(p.depth), first, 2), 4, rowLoops[taps]) : []));

/** Groups of 4 channels. */
const rowGroups = (p: Product): number[] => Array.from({ length: Math.ceil(p.channels / 4) }, (_, i) => 4 * i);

/** Blocks of all groups, and the chunks that they make. */
export function countRowBlocks(p: Product, taps: RowTaps): { blocks: number; chunks: number } {
  const parts = withRoom(p);
  const counts = rowGroups(p).map((first) => rowBlocks(parts, first, taps).length);
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
  const parts = withRoom(p);
  for (const first of rowGroups(p)) {
    last = packed.length;
    packed.push(...packBlockStream(rowBlocks(parts, first, taps), rowLoops[taps]), ...groupNumbers(p, first));
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
