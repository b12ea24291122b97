/** Weights and numbers for the kernels of cores with MVE (nn_mve_matmul_s8.h, nn_mve_dense_s8.h). */

import type { Activation, Tensor } from '../ir/graph.js';
import { activationRange } from '../ops/quantised.js';
import type { Product } from './dsp-scale.js';
import type { Field, Site } from './kernel.js';
import { siteArray } from './pack.js';

/** Taps that one instruction multiplies. */
export const blockTaps = 16;

/** Blocks of a row of taps, the last one filled up. */
export const blocksOf = (depth: number): number => Math.ceil(depth / blockTaps);

/** Are all stored values possible, and zero the least? Then it does not matter how negative numbers are rounded. */
export const isFull = (zero: number, [low, high]: readonly [number, number]): boolean =>
  zero === -128 && low === -128 && high === 127;

/** A multiplier and its shift to the left, which is never positive. */
type Scale = readonly [multiplier: number, shift: number];

/** Channel c; a multiplier of 0 gives 0 under any shift. */
export const scaleOf = ({ scales }: Product, c: number): Scale =>
  scales.multiplier[c] === 0 ? [0, -1] : [scales.multiplier[c]!, scales.shift[c]!];

const channelsOf = (p: Product): number[] => Array.from({ length: p.channels }, (_, c) => c);

/** Are all shifts to the right, by 1 at least where negative halves matter? */
export function fitsMve(p: Product, act: Activation, y: Tensor): boolean {
  const most = isFull(p.zero, activationRange(act, y)) ? 0 : -1;
  return channelsOf(p).every((c) => scaleOf(p, c)[1] <= most);
}

/** Do all channels have the same scale? */
export function commonScale(p: Product): Scale | undefined {
  const first = scaleOf(p, 0);
  return channelsOf(p).every((c) => `${scaleOf(p, c)}` === `${first}`) ? first : undefined;
}

/** Four bytes as a word, the first one lowest. */
export const packBytes = (bytes: readonly number[]): number =>
  bytes.reduce((word, b, i) => word | ((b & 255) << (8 * i)), 0);

/** Bytes as words; their count is a multiple of 4. */
export const wordsOf = (bytes: readonly number[]): number[] =>
  Array.from({ length: bytes.length / 4 }, (_, i) => packBytes(bytes.slice(4 * i, 4 * i + 4)));

/** Weights of 4 channels from `first` on: [blocks][4][16]; channels and taps beyond the last are 0. */
function groupWeights(p: Product, first: number): number[] {
  const bytes: number[] = [];
  for (let k = 0; k < blockTaps * blocksOf(p.depth); k += blockTaps)
    for (let c = first; c < first + 4; c++)
      for (let i = k; i < k + blockTaps; i++)
        bytes.push(c < p.channels && i < p.depth ? p.weights[c * p.depth + i]! : 0);
  return wordsOf(bytes);
}

/** Multipliers and shifts of 4 channels. */
export function groupScales(p: Product, first: number): number[] {
  const scales = [0, 1, 2, 3].map((i): Scale => (first + i < p.channels ? scaleOf(p, first + i) : [0, -1]));
  return [...scales.map(([m]) => m), packBytes(scales.map(([, s]) => s))];
}

/** Biases of 4 channels. */
export const groupBiases = (p: Product, first: number): number[] => [0, 1, 2, 3].map((i) => p.bias[first + i] ?? 0);

/** Field `weights` of nn_mve_matrix or nn_mve_dense; scales are left out where one serves all. */
export function groupField(site: Site, p: Product, withScales: boolean): Field {
  const packed: number[] = [];
  for (let first = 0; first < p.channels; first += 4)
    packed.push(...groupBiases(p, first), ...groupWeights(p, first), ...(withScales ? groupScales(p, first) : []));
  const scales = withScales ? ', 4 multipliers, 4 bytes of shifts' : '';
  const layout = `[${Math.ceil(p.channels / 4)} groups]: 4 biases, [${blocksOf(p.depth)} blocks][4 channels][16] bytes${scales}`;
  const array = siteArray(site, 'weights', 'int32_t', packed, layout);
  return { comment: withScales ? 'weights and scales' : 'weights', values: [array] };
}
