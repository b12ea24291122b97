/**
 * The integer parameters that the reference and the kernels both derive from scales, each in the float32 or float64
 * arithmetic of TensorFlow Lite Micro's prepare functions: the last bit matters.
 */
import type { Activation, Tensor } from '../ir/graph.js';
import { type Multiplier, quantizeMultiplier, roundHalfAway } from '../support/fixed.js';

const f32 = Math.fround;

/** One multiplier and shift per output channel. */
export interface ChannelMultipliers {
  readonly multiplier: Int32Array;
  readonly shift: Int32Array;
}

/** The scale of a tensor that has one; 1 without quantisation. */
export const scaleOf = (t: Tensor): number => t.quant?.scale[0] ?? 1;

/** The stored value that stands for real 0; 0 for float tensors and per-channel weights. */
export const zeroPoint = (t: Tensor): number => t.quant?.zero[0] ?? 0;

/** Do two tensors store the same real value in the same bits? */
export function sameQuantisation(a: Tensor, b: Tensor): boolean {
  return a.type === b.type && scaleOf(a) === scaleOf(b) && zeroPoint(a) === zeroPoint(b);
}

function perChannel(channels: number, real: (channel: number) => number): ChannelMultipliers {
  const multiplier = new Int32Array(channels);
  const shift = new Int32Array(channels);
  for (let c = 0; c < channels; c++) {
    const m = quantizeMultiplier(real(c));
    multiplier[c] = m.multiplier;
    shift[c] = m.shift;
  }
  return { multiplier, shift };
}

/** Accumulator -> stored output of conv2d and depthwise_conv2d. Per-tensor weights give `channels` equal entries. */
export function convMultipliers(x: Tensor, w: Tensor, y: Tensor, channels: number): ChannelMultipliers {
  const scales = w.quant?.scale ?? [1];
  return perChannel(channels, (c) => (scaleOf(x) * (scales[c] ?? scales[0]!)) / scaleOf(y));
}

/** Accumulator -> stored output of fully_connected; TFLite multiplies per-tensor scales in float32. */
export function denseMultipliers(x: Tensor, w: Tensor, y: Tensor, channels: number): ChannelMultipliers {
  const scales = w.quant?.scale ?? [1];
  if (scales.length > 1) return convMultipliers(x, w, y, channels);
  const real = f32(f32(scaleOf(x)) * f32(scales[0]!)) / scaleOf(y);
  return perChannel(channels, () => real);
}

const storedRange = { s8: [-128, 127], u8: [0, 255], s16: [-32768, 32767], bool: [0, 1] } as const;

/** Least and greatest value of an integer type. */
export function typeRange(type: Tensor['type']): readonly [number, number] {
  if (type === 'f32') return [-Infinity, Infinity];
  return type === 's32' ? [-(2 ** 31), 2 ** 31 - 1] : storedRange[type];
}

const realRange: Record<Activation, readonly [number, number]> = {
  none: [-Infinity, Infinity],
  relu: [0, Infinity],
  relu6: [0, 6],
  relu_n1_to_1: [-1, 1],
};

/** [min, max] that a fused activation leaves of a float output. */
export const activationRangeF32 = (act: Activation): readonly [number, number] => realRange[act];

/** [min, max] of the stored values of y (s8, u8, s16) after a fused activation. */
export function activationRange(act: Activation, y: Tensor): readonly [number, number] {
  const [least, most] = typeRange(y.type);
  const [low, high] = realRange[act];
  const stored = (real: number) => zeroPoint(y) + roundHalfAway(f32(real / f32(scaleOf(y))));
  return [
    low === -Infinity ? least : Math.max(least, stored(low)),
    high === Infinity ? most : Math.min(most, stored(high)),
  ];
}

/** Both operands are shifted left, brought to a common scale, added (or subtracted) and brought to the output's. */
export interface AddParams {
  /** bits by which operands (less their zero points) are shifted left first */
  readonly leftShift: number;
  readonly a: Multiplier;
  readonly b: Multiplier;
  readonly y: Multiplier;
}

const addShift = (y: Tensor): number => (y.type === 's16' ? 15 : 20);

/** Parameters of add. */
export function addParams(a: Tensor, b: Tensor, y: Tensor): AddParams {
  const leftShift = addShift(y);
  const twiceMax = 2 * Math.max(scaleOf(a), scaleOf(b));
  return {
    leftShift,
    a: quantizeMultiplier(scaleOf(a) / twiceMax),
    b: quantizeMultiplier(scaleOf(b) / twiceMax),
    y: quantizeMultiplier(twiceMax / (2 ** leftShift * scaleOf(y))),
  };
}

/** Parameters of sub: those of add, but TFLite Micro divides the scales of int8 in float32. */
export function subParams(a: Tensor, b: Tensor, y: Tensor): AddParams {
  if (y.type === 's16') return addParams(a, b, y);
  const leftShift = addShift(y);
  const [sa, sb, sy] = [f32(scaleOf(a)), f32(scaleOf(b)), f32(scaleOf(y))];
  const twiceMax = 2 * Math.max(sa, sb);
  return {
    leftShift,
    a: quantizeMultiplier(f32(sa / twiceMax)),
    b: quantizeMultiplier(f32(sb / twiceMax)),
    y: quantizeMultiplier(f32(twiceMax / (2 ** leftShift * sy))),
  };
}

/** (a - zero) * (b - zero) -> stored output of mul, less its zero point. */
export const mulParams = (a: Tensor, b: Tensor, y: Tensor): Multiplier =>
  quantizeMultiplier((scaleOf(a) * scaleOf(b)) / scaleOf(y));

/** Stored x, less its zero point -> stored y, less its zero point: quantize between integer types. */
export const quantizeParams = (x: Tensor, y: Tensor): Multiplier => quantizeMultiplier(scaleOf(x) / scaleOf(y));

/** The same for relu, where TFLite Micro divides in float32. */
export const reluParams = (x: Tensor, y: Tensor): Multiplier =>
  quantizeMultiplier(f32(f32(scaleOf(x)) / f32(scaleOf(y))));

/** Sum over `count` elements, less count * zero point -> stored output of mean, less its zero point. */
export function meanParams(x: Tensor, y: Tensor, count: number): Multiplier {
  const { multiplier, shift } = quantizeParams(x, y);
  const bits = Math.min(31 - Math.clz32(count), 32, 31 + shift);
  // A product of up to 63 bits, once per layer.
  return { multiplier: Number((BigInt(multiplier) << BigInt(bits)) / BigInt(count)), shift: shift - bits };
}

/**
 * Greatest input, in stored steps from zero, that stays inside Q`integerBits` when multiplied by `real`. From 2^30 on (a
 * shift of 31, which quantizeMultiplier clamps) not even one step does.
 */
const inputRadius = (integerBits: number, real: number, { shift }: Multiplier): number =>
  real >= 2 ** 30 ? 0 : Math.floor(((2 ** integerBits - 1) * 2 ** (31 - integerBits)) / 2 ** shift);

/** Stored difference to the row's maximum -> Q5.26; differences below `diffMin` contribute nothing. */
export interface SoftmaxParams extends Multiplier {
  readonly diffMin: number;
}

/** Parameters of softmax s8 -> s8. */
export function softmaxParams(x: Tensor, beta: number): SoftmaxParams {
  const real = Math.min(beta * scaleOf(x) * 2 ** 26, 2 ** 31 - 1);
  const m = quantizeMultiplier(real);
  return { ...m, diffMin: 0 - inputRadius(5, real, m) };
}

/** Stored x, less its zero point -> Q4.27; at `radius` steps and beyond the function saturates. */
export interface SigmoidParams extends Multiplier {
  readonly radius: number;
}

/** Parameters of logistic and tanh s8 -> s8. */
export function sigmoidParams(x: Tensor): SigmoidParams {
  const real = scaleOf(x) * 2 ** 27;
  const m = quantizeMultiplier(real);
  return { ...m, radius: inputRadius(4, real, m) };
}
