import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  quantizeMultiplier,
  realMultiplier,
  requantize,
  roundHalfAway,
  roundingDivideByPOT,
  saturatingRoundingDoublingHighMul,
  saturatingShiftLeft,
} from '../../src/support/fixed.js';

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const edges = fc.constantFrom(0, 1, -1, 2 ** 30, -(2 ** 30), 2 ** 31 - 1, -(2 ** 31), 0x10000, -0x10000, 0xffff);
const any32 = fc.oneof(int32, edges);
const multiplier = fc.oneof(fc.integer({ min: 2 ** 30, max: 2 ** 31 - 1 }), fc.constantFrom(0, 2 ** 30, 2 ** 31 - 1));

/** gemmlowp's definition in 64-bit integers: a nudge, then division truncating towards zero. */
function highMulBig(a: number, b: number): number {
  if (a === -(2 ** 31) && b === a) return 2 ** 31 - 1;
  const product = BigInt(a) * BigInt(b);
  const nudge = product >= 0n ? 1n << 30n : 1n - (1n << 30n);
  return Number((product + nudge) / (1n << 31n));
}

function divideBig(x: number, exponent: number): number {
  const half = exponent === 0 ? 0n : 1n << BigInt(exponent - 1);
  const size = BigInt(Math.abs(x));
  return Math.sign(x) * Number((size + half) >> BigInt(exponent)) + 0;
}

const wrap = (x: bigint): number => Number(BigInt.asIntN(32, x));

function requantizeBig(x: number, m: number, shift: number): number {
  const left = wrap(BigInt(x) << BigInt(Math.max(shift, 0)));
  return divideBig(highMulBig(left, m), Math.max(-shift, 0));
}

test('saturatingRoundingDoublingHighMul equals 64-bit arithmetic', () => {
  const check = (a: number, b: number) => saturatingRoundingDoublingHighMul(a, b) + 0 === highMulBig(a, b) + 0;
  fc.assert(fc.property(any32, any32, check), { numRuns: 20_000 });
});

test('roundingDivideByPOT rounds halves away from zero', () => {
  const check = (x: number, e: number) => roundingDivideByPOT(x, e) + 0 === divideBig(x, e);
  fc.assert(fc.property(any32, fc.integer({ min: 0, max: 31 }), check), { numRuns: 20_000 });
  expect([roundingDivideByPOT(3, 1), roundingDivideByPOT(-3, 1), roundingDivideByPOT(-1, 1)]).toEqual([2, -2, -1]);
});

test('requantize equals 64-bit arithmetic', () => {
  const shift = fc.integer({ min: -31, max: 30 });
  const check = (x: number, m: number, s: number) => requantize(x, m, s) + 0 === requantizeBig(x, m, s) + 0;
  fc.assert(fc.property(any32, multiplier, shift, check), { numRuns: 20_000 });
});

test('saturatingShiftLeft keeps to int32', () => {
  expect(saturatingShiftLeft(2 ** 29, 2)).toBe(2 ** 31 - 1);
  expect(saturatingShiftLeft(-(2 ** 29) - 1, 2)).toBe(-(2 ** 31));
  expect(saturatingShiftLeft(-5, 3)).toBe(-40);
});

test('quantizeMultiplier is within half a step of the real factor', () => {
  const real = fc.double({ min: 2 ** -31, max: 2 ** 29, noNaN: true });
  const check = (r: number) => {
    const m = quantizeMultiplier(r);
    expect(m.multiplier).toBeGreaterThanOrEqual(2 ** 30);
    expect(Math.abs(realMultiplier(m) - r)).toBeLessThanOrEqual(2 ** (m.shift - 32));
  };
  fc.assert(fc.property(real, check));
});

test('quantizeMultiplier gives a multiplier and shift back', () => {
  const normal = fc.integer({ min: 2 ** 30, max: 2 ** 31 - 1 });
  const check = (multiplier: number, shift: number) => {
    expect(quantizeMultiplier(realMultiplier({ multiplier, shift }))).toEqual({ multiplier, shift });
  };
  fc.assert(fc.property(normal, fc.integer({ min: -31, max: 30 }), check));
});

test.each([
  ['zero', 0, 0, 0],
  ['one', 1, 2 ** 30, 1],
  ['a half', 0.5, 2 ** 30, 0],
  ['just below one, which rounds up to 2^31', 1 - 2 ** -40, 2 ** 30, 1],
  ['the least that is not flushed', 2 ** -32, 2 ** 30, -31],
  ['flushed to zero', 2 ** -33, 0, 0],
  ['a denormal number', 5e-324, 0, 0],
  ['clamped', 2 ** 31, 2 ** 31 - 1, 30],
  ['infinity', Infinity, 2 ** 31 - 1, 30],
])('quantizeMultiplier of %s', (_, real, multiplier, shift) => {
  expect(quantizeMultiplier(real)).toEqual({ multiplier, shift });
});

test('roundHalfAway', () => {
  expect([0.5, -0.5, 1.5, -1.5, 2.4, -2.4].map(roundHalfAway)).toEqual([1, -1, 2, -2, 2, -2]);
});
