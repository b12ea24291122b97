/** Floats stand in for integers only where they are proven to give the same for every sum. */
import { expect, test } from 'vitest';
import { type FloatScale, floatScale, rounding } from '../../src/kernels/wasm/float-scale.js';
import { quantizeMultiplier, requantize } from '../../src/support/fixed.js';
import { random } from '../../src/support/rng.js';

const next = random(11);
const outputs = { least: 0, most: 255 };
const f = Math.fround;

/** As nn_rounded does, within the bounds. */
function scaled({ start, factor, offset, base }: FloatScale, sum: number): number {
  const y = f(f(f(f(sum + start) * factor) + offset) + rounding) - rounding + base;
  return Math.max(outputs.least, Math.min(outputs.most, y));
}

const exact = (sum: number, multiplier: number, shift: number): number =>
  Math.max(outputs.least, Math.min(outputs.most, requantize(sum, multiplier, shift)));

test('every sum of layers like those of trained networks', () => {
  let found = 0;
  for (let i = 0; i < 24; i++) {
    const scale = { ...quantizeMultiplier(2 ** (-6 - 4 * next())), greatest: 200_000 };
    const floats = floatScale(scale, outputs);
    if (!floats) continue;
    found++;
    for (let sum = -scale.greatest; sum <= scale.greatest; sum++)
      if (scaled(floats, sum) !== exact(sum, scale.multiplier, scale.shift))
        expect.fail(`sum ${sum} of ${JSON.stringify(scale)}`);
  }
  expect(found).toBeGreaterThanOrEqual(22);
});

test('none where sums are finer than floats, or results lie on both sides of the zero point', () => {
  expect(floatScale({ ...quantizeMultiplier(2 ** -19.3), greatest: 2 ** 29 }, outputs)).toBeUndefined();
  expect(floatScale({ ...quantizeMultiplier(0.004), greatest: 100_000 }, { least: -100, most: 155 })).toBeUndefined();
});

test('a channel of which nothing is left', () => {
  const floats = floatScale({ multiplier: 0, shift: 0, greatest: 1000 }, outputs)!;
  expect([-1000, 0, 1000].map((sum) => scaled(floats, sum))).toEqual([0, 0, 0]);
});
