/**
 * exp, 1/(1+x), logistic and tanh on 32-bit fixed point. "Qm" is a signed number with m integer and 31 - m fraction bits.
 * Source: gemmlowp's fixed-point algorithms, as used by TensorFlow Lite's integer softmax, logistic and tanh.
 */
import { saturatingRoundingDoublingHighMul as mul, roundingDivideByPOT, saturatingShiftLeft } from './fixed.js';

const ONE_Q0 = 2 ** 31 - 1;
const ONE_Q2 = 2 ** 29;

/** exp(a) for a in [-1/4, 0): Taylor series of degree 4 around -1/8. Q0 -> Q0. */
function expNearZero(a: number): number {
  const expOfMinusEighth = 1895147668;
  const third = 715827883;
  const x = a + 2 ** 28;
  const x2 = mul(x, x);
  const x3 = mul(x2, x);
  const x4 = mul(x2, x2);
  const tail = roundingDivideByPOT(mul(roundingDivideByPOT(x4, 2) + x3, third) + x2, 1);
  return expOfMinusEighth + mul(expOfMinusEighth, x + tail);
}

/** exp(-1/4), exp(-1/2), exp(-1) ... exp(-16) in Q0: one factor per bit of the argument above its quarter. */
const expOfBits = [1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242];

/**
 * exp(a) for a <= 0.
 * @param a in Q`integerBits`
 * @param integerBits 1..5
 * @returns Q0
 */
export function expOnNegativeValues(a: number, integerBits: number): number {
  if (a === 0) return ONE_Q0;
  const fractionBits = 31 - integerBits;
  const quarter = 2 ** (fractionBits - 2);
  const part = (a & (quarter - 1)) - quarter;
  const rest = part - a;
  let result = expNearZero(saturatingShiftLeft(part, integerBits));
  for (let bit = 0; bit < integerBits + 2; bit++)
    if (rest & (1 << (fractionBits - 2 + bit))) result = mul(result, expOfBits[bit]!);
  return result;
}

/** 2 / (1 + a) for a in [0, 1) by three Newton steps. Q0 -> Q2 of 1 / ((1 + a) / 2). */
function reciprocalOfHalfDenominator(a: number): number {
  const c48over17 = 1515870810;
  const minus32over17 = -1010580540;
  const sum = a + ONE_Q0;
  const half = Math.trunc((sum + (sum >= 0 ? 1 : -1)) / 2);
  let x = (c48over17 + mul(half, minus32over17)) | 0;
  for (let step = 0; step < 3; step++) {
    const error = ONE_Q2 - mul(half, x);
    x = (x + saturatingShiftLeft(mul(x, error), 2)) | 0;
  }
  return x;
}

/** 1 / (1 + a) for a in [0, 1). Q0 -> Q0. */
export const oneOverOnePlusX = (a: number): number => saturatingShiftLeft(reciprocalOfHalfDenominator(a), 1);

/** (1 - a) / (1 + a) for a in [0, 1). Q0 -> Q0. */
const oneMinusXOverOnePlusX = (a: number): number => saturatingShiftLeft(reciprocalOfHalfDenominator(a) - ONE_Q2, 2);

/** 1 / (1 + exp(-a)). Q`integerBits` -> Q0; |a| < 2^31, integerBits 1..5. */
export function logisticFixed(a: number, integerBits: number): number {
  if (a === 0) return 2 ** 30;
  const positive = oneOverOnePlusX(expOnNegativeValues(-Math.abs(a), integerBits));
  return a > 0 ? positive : ONE_Q0 - positive;
}

/** tanh(a). Q`integerBits` -> Q0; |a| < 2^31, integerBits 1..4. */
export function tanhFixed(a: number, integerBits: number): number {
  if (a === 0) return 0;
  // Twice the argument: the same bits read with one integer bit more.
  const t = oneMinusXOverOnePlusX(expOnNegativeValues(-Math.abs(a), integerBits + 1));
  return a < 0 ? -t : t;
}

/**
 * 1 / x for x > 0, as a factor in [0.5, 1) and the bits by which x exceeds it: 1/x = reciprocal * 2^-31 * 2^-bitsOverUnit.
 * @param x in Q`integerBits`
 * @returns reciprocal in Q0
 */
export function fixedReciprocal(x: number, integerBits: number): { reciprocal: number; bitsOverUnit: number } {
  const headroom = Math.clz32(x);
  const fraction = ((x << headroom) >>> 0) - 2 ** 31;
  return { reciprocal: oneOverOnePlusX(fraction), bitsOverUnit: integerBits - headroom };
}
