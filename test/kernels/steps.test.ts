/** Requantisation and sums in cheap arithmetic against TFLite's, over whole ranges. */
import { describe, expect, test } from 'vitest';
import { type LinearSum, linearSum } from '../../src/kernels/linear-sum.js';
import { isConstant, type Requantisation, type Staircase, staircaseOf, storedValue } from '../../src/kernels/steps.js';
import { execute } from '../../src/ops/execute.js';
import { inputsOf, outputsOf } from '../../src/ops/op.js';
import { quantizeMultiplier } from '../../src/support/fixed.js';
import { integer, random } from '../../src/support/rng.js';
import { one, quant } from '../support/net.js';

/** As nn_packed_value in nn_packed_s8.h, in 32 bits. */
function resultOf(s: Staircase, sum: number): number {
  const q = (sum + s.offset) >>> 0;
  if (q >= s.limit) return sum + s.offset < 0 ? -128 : 127;
  const part = Math.imul(q, s.fraction) >>> 13;
  const total = (Math.imul(q, s.factor) + part + s.start - (q < s.middle ? s.away : 0)) >>> 24;
  return (total << 24) >> 24;
}

const next = random(31);

/** A scale, a zero point and a range of sums as layers have them; every third sum range is narrow. */
function example(): Requantisation {
  const bits = 8 + 11 * next();
  const { multiplier, shift } = quantizeMultiplier(255 / 2 ** bits);
  const reach = 2 ** (next() < 0.3 ? 6 + 8 * next() : bits + 2 * next() - 0.5);
  const low = Math.round(-reach * next() * 1.2);
  return {
    low,
    high: Math.round(low + reach + 1),
    multiplier,
    shift,
    zero: next() < 0.4 ? -128 : integer(next, -128, 127),
  };
}

describe('staircases', () => {
  test('give the stored value of every sum', () => {
    let found = 0;
    for (let i = 0; i < 60; i++) {
      const r = example();
      const stairs = staircaseOf(r);
      if (!stairs) continue;
      found++;
      let wrong = 0;
      for (let sum = r.low; sum <= r.high; sum++) if (resultOf(stairs, sum) !== storedValue(r, sum)) wrong++;
      expect({ ...r, wrong }).toEqual({ ...r, wrong: 0 });
    }
    expect(found).toBeGreaterThan(55);
  });

  test('know channels whose sums all have one value', () => {
    const { multiplier, shift } = quantizeMultiplier(1e-5);
    const r = { low: -20000, high: 30000, multiplier, shift, zero: 7 };
    expect(isConstant(r)).toBe(true);
    expect(storedValue(r, r.low)).toBe(7);
    expect(isConstant({ ...r, high: 60000 })).toBe(false);
    const stairs = staircaseOf({ ...r, high: r.low })!;
    expect(resultOf(stairs, r.low)).toBe(7);
  });

  test('do not exist where shifts to the left lose bits', () => {
    const { multiplier, shift } = quantizeMultiplier(4000);
    expect(staircaseOf({ low: -(2 ** 20), high: 2 ** 20, multiplier, shift, zero: 0 })).toBeNull();
  });
});

describe('linear sums', () => {
  const valueOfSum = (s: LinearSum, a: number, b: number): number =>
    Math.min(s.range[1], Math.max(s.range[0], (Math.imul(a, s.a) + Math.imul(b, s.b) + s.start) >> s.shift));

  test.each(['add', 'sub'] as const)('%s: all pairs', (op) => {
    let found = 0;
    const pairs = Array.from({ length: 65536 }, (_, i) => [(i >> 8) - 128, (i & 255) - 128] as const);
    for (let i = 0; i < 5; i++) {
      const spec = (scale: number) => ({
        type: 's8' as const,
        shape: [65536],
        quant: quant(Math.fround(scale), integer(next, -128, 127)),
      });
      const [a, b, y] = [spec(0.02 + 0.1 * next()), spec(0.02 + 0.1 * next()), spec(0.05 + 0.15 * next())];
      const graph = one(op, { act: i % 2 ? 'relu' : 'none' }, [a, b], y);
      const node = graph.nodes[0]!;
      const output = outputsOf(graph, node)[0]!;
      const sum = linearSum({ graph, node, inputs: inputsOf(graph, node), output, middle: output, prefix: 'x' });
      if (!sum) continue;
      found++;
      const [expected] = execute(graph, [Int8Array.from(pairs, (p) => p[0]), Int8Array.from(pairs, (p) => p[1])]);
      expect(pairs.filter(([p, q], k) => valueOfSum(sum, p, q) !== expected![k])).toEqual([]);
    }
    expect(found).toBeGreaterThan(3);
  });
});
