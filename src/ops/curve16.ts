/** logistic, tanh and softmax of 16-bit values by the tables of TensorFlow Lite Micro. */
import type { Tensor } from '../ir/graph.js';
import { clamp, type Multiplier, quantizeMultiplier, requantize, roundHalfAway } from '../support/fixed.js';
import { scaleOf, zeroPoint } from './quantised.js';

const f32 = Math.fround;

/** The logistic function at steps of 1 / 24, 65536 = 1. */
export const logisticTable = Uint16Array.from({ length: 256 }, (_, i) =>
  Math.min(65535, Math.round(65536 / (1 + Math.exp(-i / 24)))),
);

/** Stored input -> steps of 1 / 12288: times the multiplier, then right by the shift, rounded. */
export function curveParams(x: Tensor): Multiplier {
  const scale = f32(scaleOf(x));
  // A scale that is a power of two is exact: three times a shift.
  const log = Math.log2(scale);
  if (log === -12) return { multiplier: 3, shift: 0 };
  let [multiplier, shift] = [scale * 4096 * 3, 0];
  for (; multiplier <= 32767 / 2 && shift <= 30; shift++) multiplier *= 2;
  return { multiplier: Math.trunc(multiplier), shift };
}

/** Rounded shift to the right. */
const scaled = (value: number, { multiplier, shift }: Multiplier): number =>
  (value * multiplier + (shift > 0 ? 1 << (shift - 1) : 0)) >> shift;

function between(size: number, bits: number): number {
  const [at, part] = [size >> bits, size & ((1 << bits) - 1)];
  return logisticTable[at]! * 2 ** bits + part * (logisticTable[at + 1]! - logisticTable[at]!);
}

/** Steps of 1 / 32768. */
export function logistic16(x: Tensor): (value: number) => number {
  const params = curveParams(x);
  return (value) => {
    const v = scaled(value, params);
    const size = Math.abs(v);
    const half = size >> 9 >= 255 ? 0x7fff * 1024 : between(size, 9);
    return Math.floor((v >= 0 ? half + 512 : 2 ** 25 - half + 511) / 1024);
  };
}

/** Steps of 1 / 32768. */
export function tanh16(x: Tensor): (value: number) => number {
  const params = curveParams(x);
  return (value) => {
    const v = scaled(value, params);
    const size = Math.abs(v);
    const above = (size >> 8 >= 255 ? 0xffff * 256 : between(size, 8)) - 2 ** 23;
    return (v >= 0 ? above + 128 : 127 - above) >> 8;
  };
}

/** What is no number is least; infinities stay far outside, but numbers. */
const tame = (value: number): number => (Number.isNaN(value) ? -32768 : clamp(value, -(2 ** 20), 2 ** 20));

/**
 * 513 entries over all 16-bit values, each moved by half the error in the middle of its step.
 * @param steps of the stored result per unit of the real one
 */
function table(from: number, to: number, law: (x: number) => number, steps = 32768): Int16Array {
  const step = f32(f32(to - from) / 512);
  const stored = (x: number) => tame(f32(f32(law(f32(x))) * steps));
  const entry = (i: number): number => {
    const at = f32(from + f32(i * step));
    const sample = roundHalfAway(stored(at));
    const line = roundHalfAway(f32((stored(f32(from + f32((i + 1) * step))) + sample) / 2));
    const middle = roundHalfAway(stored(f32(at + step / 2)));
    return sample - roundHalfAway((line - middle) / 2);
  };
  return Int16Array.from({ length: 513 }, (_, i) =>
    clamp(i < 512 ? entry(i) : roundHalfAway(stored(to)), -32768, 32767),
  );
}

/** A real function of stored values in 513 entries, as TFLite's 16-bit tables have it. */
export function functionTable(x: Tensor, y: Tensor, law: (value: number) => number): Int16Array {
  const [scaleX, scaleY] = [f32(scaleOf(x)), f32(scaleOf(y))];
  const [zeroX, zeroY] = [zeroPoint(x), zeroPoint(y)];
  const [least, most] = [f32(scaleY * (-32768 - zeroY)), f32(scaleY * (32767 - zeroY))];
  return table(f32(scaleX * (-32768 - zeroX)), f32(scaleX * (32767 - zeroX)), law, f32(65536 / f32(most - least)));
}

/** The function that such a table stands for. */
export function tabled16(of: Int16Array): (value: number) => number {
  return (value) => lookUp(of, value);
}

/** exp from -10 to 0, and 1 / (1 + x) from 0 to 1. */
export const exponentials = table(-10, 0, Math.exp);
export const reciprocals = table(0, 1, (x) => 1 / (1 + x));

/** Differences to the greatest value -> steps of 10 / 65535. */
export const softmax16Params = (x: Tensor, beta: number): Multiplier =>
  quantizeMultiplier((f32(scaleOf(x)) * beta) / (10 / 65535));

/** A table between its entries in a straight line. */
function lookUp(of: Int16Array, value: number): number {
  const at = 256 + (value >> 7);
  return of[at]! + (((of[at + 1]! - of[at]!) * (value & 127) + 64) >> 7);
}

/** Softmax of rows, steps of 1 / 32768. */
export function softmax16(x: Tensor, beta: number) {
  const { multiplier, shift } = softmax16Params(x, beta);
  const exp = (difference: number) =>
    lookUp(exponentials, clamp(requantize(difference, multiplier, shift) + 32767, -32768, 32767));
  return (data: ArrayLike<number>, out: { [i: number]: number }, start: number, depth: number): void => {
    const row = Array.from({ length: depth }, (_, i) => data[start + i]!);
    const most = Math.max(...row);
    const exps = row.map((v) => exp(v - most));
    const sum = exps.reduce((total, e) => total + e, 0);
    const zeros = Math.clz32(sum);
    const shifted = Math.floor((sum * 2 ** (zeros - 1) + 8192) / 16384) - 98304;
    const reciprocal = lookUp(reciprocals, clamp(shifted, -32768, 32767));
    exps.forEach((e, i) => {
      out[start + i] = clamp(Math.floor((e * reciprocal + 2 ** (30 - zeros)) / 2 ** (31 - zeros)), 0, 32767);
    });
  };
}
