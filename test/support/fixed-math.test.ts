import { expect, test } from 'vitest';
import {
  expOnNegativeValues,
  fixedReciprocal,
  logisticFixed,
  oneOverOnePlusX,
  tanhFixed,
} from '../../src/support/fixed-math.js';

const q0 = (raw: number): number => raw / 2 ** 31;
const range = (from: number, to: number, steps: number): number[] =>
  Array.from({ length: steps + 1 }, (_, i) => from + ((to - from) * i) / steps);

/** Largest difference between a fixed-point function and the real one. */
const error = (xs: number[], fixed: (x: number) => number, real: (x: number) => number): number =>
  Math.max(...xs.map((x) => Math.abs(fixed(x) - real(x))));

test('exp of Q5 arguments', () => {
  const fixed = (x: number) => q0(expOnNegativeValues(Math.round(x * 2 ** 26), 5));
  expect(error(range(-31.9, 0, 2000), fixed, Math.exp)).toBeLessThan(2e-7);
  expect(expOnNegativeValues(0, 5)).toBe(2 ** 31 - 1);
});

test('exp of Q4 arguments', () => {
  const fixed = (x: number) => q0(expOnNegativeValues(Math.round(x * 2 ** 27), 4));
  expect(error(range(-15.9, 0, 2000), fixed, Math.exp)).toBeLessThan(2e-7);
});

test('1 / (1 + x)', () => {
  const fixed = (x: number) => q0(oneOverOnePlusX(Math.round(x * (2 ** 31 - 1))));
  expect(error(range(0, 1, 1000), fixed, (x) => 1 / (1 + x))).toBeLessThan(1e-8);
});

test('logistic and tanh of Q4 arguments', () => {
  const raw = (x: number) => Math.round(x * 2 ** 27);
  const xs = range(-15.9, 15.9, 2001);
  expect(
    error(
      xs,
      (x) => q0(logisticFixed(raw(x), 4)),
      (x) => 1 / (1 + Math.exp(-x)),
    ),
  ).toBeLessThan(2e-7);
  expect(error(xs, (x) => q0(tanhFixed(raw(x), 4)), Math.tanh)).toBeLessThan(5e-7);
  expect([logisticFixed(0, 4), tanhFixed(0, 4)]).toEqual([2 ** 30, 0]);
});

test('reciprocal of Q12 sums', () => {
  for (const x of range(1, 4000, 500)) {
    const { reciprocal, bitsOverUnit } = fixedReciprocal(Math.round(x * 2 ** 19), 12);
    expect(q0(reciprocal) * 2 ** -bitsOverUnit * x).toBeCloseTo(1, 6);
  }
});
