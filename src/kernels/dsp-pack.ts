/** Weights and numbers for the kernels of cores with the DSP extension (nn_dsp_s8.h): what their layouts share. */

import { type Numbers, numbersOf, type Product } from './dsp-scale.js';

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

/** 256 * -128 + low is below 16 bits where low is negative; high and low are weights of one tap. */
const overflows = (high: number, low: number): boolean => high === -128 && low < 0;

/** Does 256 * high + low fit into 16 bits for all pairs of channels, (0, 1), (2, 3) and so on? */
export function hasRoom({ weights, channels, depth }: Product): boolean {
  for (let c = 0; c + 1 < channels; c += 2)
    for (let k = c * depth; k < (c + 1) * depth; k++) if (overflows(weights[k]!, weights[k + depth]!)) return false;
  return true;
}

/**
 * A product as the sum of two that have room: where a weight of -128 has none, it is -127 and -1. The second is null where
 * there is no such weight.
 */
export function withRoom(p: Product): readonly [Product, Product | null] {
  if (hasRoom(p)) return [p, null];
  const [main, rest] = [Int8Array.from(p.weights), new Int8Array(p.weights.length)];
  for (let c = 0; c + 1 < p.channels; c += 2)
    for (let k = c * p.depth; k < (c + 1) * p.depth; k++)
      if (overflows(main[k]!, main[k + p.depth]!)) [main[k], rest[k]] = [-127, -1];
  return [
    { ...p, weights: main },
    { ...p, weights: rest },
  ];
}

/**
 * Words of the weights of channels [first, first + 2 * pairs): per step of two taps one for each pair of channels.
 * @param taps as `strip`; length a multiple of 4
 */
export function words(p: Product, taps: readonly number[], first: number, pairs: number): number[] {
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
export const numbersFrom = (p: Product, first: number, count: number): Numbers[] =>
  Array.from({ length: count }, (_, i) => (first + i < p.channels ? numbersOf(p, first + i)! : [0, 0, 0, 1]));
