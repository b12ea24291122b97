/** Matrix products on cores with the DSP extension: what becomes of the sums (nn_dsp_s8.h), and whether it is exact. */
import type { Activation, Tensor } from '../ir/graph.js';
import { activationRange, type ChannelMultipliers, zeroPoint } from '../ops/quantised.js';
import { foldZeroPoint, sumWeights } from './pack.js';

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
export type Numbers = readonly [bias: number, multiplier: number, offset: number, shift: number];

/** Shifts up to this leave the offset room in 32 bits, and a sum below 2^22 room before it. */
const maxShift = 22;

export function product(x: Tensor, w: Tensor, b: Tensor | undefined, y: Tensor, scales: ChannelMultipliers): Product {
  const channels = w.shape[0]!;
  const depth = w.data!.length / channels;
  const sums = sumWeights(w.data!, channels, (i) => Math.floor(i / depth));
  const bias = foldZeroPoint(b?.data, sums, zeroPoint(x));
  return { weights: w.data!, channels, depth, bias, scales, zero: zeroPoint(y) };
}

/** Sum of the magnitudes of a channel's weights. */
function magnitude(p: Product, c: number): number {
  let sum = 0;
  for (let k = 0; k < p.depth; k++) sum += Math.abs(p.weights[c * p.depth + k]!);
  return sum;
}

/** What the sums of channel c reach at most. */
export const greatest = (p: Product, c: number): number => 128 * magnitude(p, c) + Math.abs(p.bias[c]!);

/** The numbers of channel c. A channel whose results all round to 0 gets multiplier 0. */
export function numbersOf(p: Product, c: number): Numbers | null {
  const most = greatest(p, c);
  const multiplier = p.scales.multiplier[c]!;
  const shift = -p.scales.shift[c]!;
  // The sum of the high channel stands 8 bits higher in 32; twice any sum must fit into 32.
  if (magnitude(p, c) >= 2 ** 16 || most >= 2 ** 30) return null;
  if (multiplier === 0 || (shift > maxShift && most < 2 ** (shift - 1))) return [0, 0, 1 + 2 * p.zero, 1];
  if (shift < 1 || shift > maxShift) return null;
  return [2 * p.bias[c]!, multiplier, 2 ** (shift - 1) + p.zero * 2 ** shift, shift];
}

/** Can these kernels compute it? Weights of two channels in one half of a word must have room too: `hasRoom`. */
export function fitsDsp(p: Product, act: Activation, y: Tensor): boolean {
  const [low, high] = activationRange(act, y);
  if (low !== -128 || high !== 127) return false;
  return Array.from({ length: p.channels }, (_, c) => c).every((c) => numbersOf(p, c) !== null);
}

/** Do negative halves matter? Below a zero point of -128 there is nothing to round to. */
export const roundsAway = (p: Product): number => (p.zero === -128 ? 0 : 1);

/** As NN_DSP_COMMON_SHIFT. */
export const commonShift = 12;

/** Factor 2^bits of all sums of a channel; its bias, multiplied, multiplier and offset. */
export interface Scale {
  readonly bits: number;
  readonly numbers: readonly [bias: number, multiplier: number, offset: number];
}

/**
 * Channel c with all its sums multiplied by 2^bits, so that one shift suits all channels: TFLite's result
 * floor((floor(s * m / 2^31 + 1/2) + 2^(e-1)) / 2^e) is floor((s * m + 2^30 + 2^(e+30)) / 2^(e+31)), and with both sides of
 * the fraction times 2^bits, bits = 13 - e, the divisor is 2^32 * 2^12. Null where 16 bits of weight or 32 of sum lack room.
 */
export function commonScale(p: Product, c: number): Scale | null {
  const [, multiplier, , shift] = numbersOf(p, c)!;
  if (multiplier === 0) return { bits: 0, numbers: [0, 0, p.zero * 2 ** commonShift] };
  const bits = commonShift + 1 - shift;
  if (bits < 2 || bits > 8 || greatest(p, c) >= 2 ** (31 - bits)) return null;
  const offset = p.zero * 2 ** commonShift + 2 ** (commonShift - 1) + 2 ** (bits - 2);
  return { bits, numbers: [p.bias[c]! * 2 ** bits, multiplier, offset] };
}
