import fc from 'fast-check';
import { expect, test } from 'vitest';
import { choose, type Item } from '../../src/search/knapsack.js';

const item = fc.record({ loss: fc.double({ min: 0, max: 10, noNaN: true }), weight: fc.integer({ min: 0, max: 50 }) });
const groups = fc.array(fc.array(item, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 5 });

const total = (of: readonly (readonly Item[])[], picks: readonly number[], key: keyof Item): number =>
  picks.reduce((n, pick, g) => n + of[g]![pick]![key], 0);

/** All ways to take one of each group. */
const all = (sizes: readonly number[]): number[][] =>
  sizes.reduce<number[][]>((lists, n) => lists.flatMap((l) => Array.from({ length: n }, (_, i) => [...l, i])), [[]]);

test('one item of each group, within the budget, of the least loss', () => {
  fc.assert(
    fc.property(groups, fc.integer({ min: 1, max: 200 }), (of, budget) => {
      const picks = choose(of, budget);
      // Weights are rounded up to steps of a 4000th of the budget: what fits with room to spare must be found.
      const room = budget * (1 - of.length / 4000);
      const fitting = all(of.map((g) => g.length)).filter((p) => total(of, p, 'weight') <= room);
      if (!picks) {
        expect(fitting).toEqual([]);
        return;
      }
      expect(picks).toHaveLength(of.length);
      expect(total(of, picks, 'weight')).toBeLessThanOrEqual(budget + 1e-6);
      for (const p of fitting) expect(total(of, picks, 'loss')).toBeLessThanOrEqual(total(of, p, 'loss') + 1e-9);
    }),
    { numRuns: 300 },
  );
});

test('nothing fits', () => {
  expect(choose([[{ loss: 0, weight: 3 }], [{ loss: 0, weight: 3 }]], 5)).toBeNull();
});
