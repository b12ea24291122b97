import { expect, test } from 'vitest';
import type { Tensor } from '../../src/ir/graph.js';
import {
  activationRange,
  addParams,
  convMultipliers,
  denseMultipliers,
  meanParams,
  sigmoidParams,
  softmaxParams,
  subParams,
} from '../../src/ops/quantised.js';
import { realMultiplier, requantize } from '../../src/support/fixed.js';
import { perAxis, quant, s8 } from '../support/net.js';

const tensor = (scale: number, zero = 0): Tensor => ({ name: 't', ...s8([1], scale, zero) });
const weights = (scales: number[]): Tensor => ({
  ...tensor(1),
  quant: scales.length > 1 ? perAxis(scales, 0) : quant(scales[0]!),
});

test('convMultipliers repeats a single scale', () => {
  const { multiplier, shift } = convMultipliers(tensor(0.5), weights([0.25]), tensor(2), 3);
  expect([...multiplier]).toEqual([2 ** 30, 2 ** 30, 2 ** 30]);
  expect([...shift]).toEqual([-3, -3, -3]);
});

test('convMultipliers takes one scale per channel', () => {
  const { multiplier, shift } = convMultipliers(tensor(0.5), weights([0.25, 0.75]), tensor(2), 2);
  expect([...multiplier]).toEqual([2 ** 30, 3 * 2 ** 29]);
  expect([...shift]).toEqual([-3, -2]);
});

test('denseMultipliers multiplies per-tensor scales in float32, per-channel ones in double', () => {
  const [x, w, y] = [Math.fround(0.1), Math.fround(0.3), Math.fround(0.7)];
  const perTensor = denseMultipliers(tensor(x), weights([w]), tensor(y), 1);
  const perChannel = denseMultipliers(tensor(x), weights([w, w]), tensor(y), 2);
  const real = (m: typeof perTensor) => realMultiplier({ multiplier: m.multiplier[0]!, shift: m.shift[0]! });
  expect(real(perTensor)).toBeCloseTo(Math.fround(x * w) / y, 9);
  expect(real(perChannel)).toBeCloseTo((x * w) / y, 9);
  expect(perTensor.multiplier[0]).not.toBe(perChannel.multiplier[0]);
});

test.each([
  ['none', 0.1, 5, [-128, 127]],
  ['relu', 0.1, 5, [5, 127]],
  ['relu', 0.1, -128, [-128, 127]],
  ['relu6', 0.1, -128, [-128, -68]],
  ['relu6', 6 / 255, -128, [-128, 127]],
  ['relu6', 0.001, -128, [-128, 127]],
  ['relu_n1_to_1', 0.1, 5, [-5, 15]],
] as const)('activationRange of %s at scale %f, zero point %i', (act, scale, zero, range) => {
  expect(activationRange(act, tensor(scale, zero))).toEqual(range);
});

test('addParams relates both operands to twice the greater scale', () => {
  const { leftShift, a, b, y } = addParams(tensor(0.5), tensor(0.25), tensor(1));
  expect([leftShift, realMultiplier(a), realMultiplier(b), realMultiplier(y)]).toEqual([20, 0.5, 0.25, 2 ** -20]);
});

test('subParams divides in float32', () => {
  const [a, b, y] = [0.1, 0.3, 0.7].map((s) => tensor(Math.fround(s)));
  expect(subParams(a!, b!, y!).leftShift).toBe(20);
  expect(realMultiplier(subParams(a!, b!, y!).a)).toBe(Math.fround(Math.fround(0.1) / (2 * Math.fround(0.3))));
});

test.each([1, 2, 3, 7, 25, 49, 64, 1000, 65_536])('meanParams divides by %i', (count) => {
  const { multiplier, shift } = meanParams(tensor(1), tensor(1), count);
  for (const mean of [-128, -3, 0, 1, 100]) expect(requantize(mean * count, multiplier, shift)).toBe(mean);
});

test('softmaxParams limits how far below the maximum values count', () => {
  expect(softmaxParams(tensor(2 ** -4), 1)).toEqual({ multiplier: 2 ** 30, shift: 23, diffMin: -248 });
  expect(softmaxParams(tensor(20), 1).diffMin).toBe(0);
});

test('sigmoidParams limits the input to Q4', () => {
  expect(sigmoidParams(tensor(2 ** -4))).toEqual({ multiplier: 2 ** 30, shift: 24, radius: 120 });
  expect(sigmoidParams(tensor(8)).radius).toBe(0);
});
