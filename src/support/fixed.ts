/**
 * Integer arithmetic of quantised inference, exact for all int32 arguments. Products of two int32 do not fit the 53 bits
 * of a double, so one factor is split into halves of 16 bits.
 * Semantics: TensorFlow Lite, default (double rounding) build, over gemmlowp's fixed-point primitives.
 */

/** A real factor multiplier * 2^(shift - 31); multiplier is 0 or in [2^30, 2^31). */
export interface Multiplier {
  readonly multiplier: number;
  readonly shift: number;
}

const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;

/** real = fraction * 2^exponent with fraction in [0.5, 1), for positive normal doubles. */
function fractionAndExponent(real: number): [fraction: number, exponent: number] {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, real);
  const exponent = ((bits.getUint16(0) >> 4) & 0x7ff) - 1022;
  return [real / 2 ** exponent, exponent];
}

/**
 * The fixed-point form of a non-negative real factor, as TFLite's QuantizeMultiplier.
 * Factors below about 2^-32 become 0, factors of 2^30 and more the largest there is.
 */
export function quantizeMultiplier(real: number): Multiplier {
  // Below 2^-40 (denormal numbers too) the shift would be far out of range anyway.
  if (!(real > 2 ** -40)) return { multiplier: 0, shift: 0 };
  const [fraction, exponent] = fractionAndExponent(Math.min(real, 2 ** 40));
  const rounded = Math.floor(fraction * 2 ** 31 + 0.5);
  const overflow = rounded === 2 ** 31;
  const shift = overflow ? exponent + 1 : exponent;
  if (shift < -31) return { multiplier: 0, shift: 0 };
  if (shift > 30) return { multiplier: INT32_MAX, shift: 30 };
  return { multiplier: overflow ? 2 ** 30 : rounded, shift };
}

/** The real factor that a multiplier and shift stand for. */
export const realMultiplier = ({ multiplier, shift }: Multiplier): number => multiplier * 2 ** (shift - 31);

/** round(a * b / 2^31) of two int32, halves rounded up, saturated: gemmlowp's SaturatingRoundingDoublingHighMul. */
export function saturatingRoundingDoublingHighMul(a: number, b: number): number {
  const high = a * (b >> 16);
  const low = Math.floor((a * (b & 0xffff) + 2 ** 30) * 2 ** -16);
  return Math.min(Math.floor((high + low) * 2 ** -15), INT32_MAX);
}

/** round(x / 2^exponent) of an int32, halves rounded away from zero; exponent in 0..31. */
export function roundingDivideByPOT(x: number, exponent: number): number {
  const mask = ((1 << exponent) - 1) | 0;
  const threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + ((x & mask) > threshold ? 1 : 0);
}

/**
 * x * multiplier * 2^(shift - 31), rounded twice: TFLite's MultiplyByQuantizedMultiplier.
 * @param x int32; shifting it left wraps as int32 does
 * @param shift -31..30; positive = left
 */
export function requantize(x: number, multiplier: number, shift: number): number {
  if (shift > 0) return saturatingRoundingDoublingHighMul(x << shift, multiplier);
  return roundingDivideByPOT(saturatingRoundingDoublingHighMul(x, multiplier), -shift);
}

/** A multiplier of 31 bits in 15, as wide sums are scaled by. */
export const reducedMultiplier = (multiplier: number): number =>
  multiplier < 0x7fff0000 ? (multiplier + 2 ** 15) >> 16 : 0x7fff;

/** x * multiplier * 2^(shift - 31) of a sum below 2^47: TFLite's MultiplyByQuantizedMultiplier for int64. */
export function requantizeWide(x: number, multiplier: number, shift: number): number {
  const bits = BigInt(15 - shift);
  const product = BigInt(x) * BigInt(reducedMultiplier(multiplier));
  return Number((product + (1n << (bits - 1n))) >> bits);
}

/** x * 2^exponent of an int32, saturated; exponent in 0..30. */
export function saturatingShiftLeft(x: number, exponent: number): number {
  return Math.min(INT32_MAX, Math.max(INT32_MIN, x * (1 << exponent)));
}

/** Nearest integer, halves away from zero: C's round(). */
export const roundHalfAway = (x: number): number => (x < 0 ? -Math.floor(0.5 - x) : Math.floor(x + 0.5));

/** x, kept within [least, most]. */
export const clamp = (x: number, least: number, most: number): number => Math.min(most, Math.max(least, x));
