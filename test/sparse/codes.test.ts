import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseCode, codeBytes, packCodes, unpackCodes } from '../../src/sparse/codes.js';
import { integer, random } from '../../src/support/rng.js';

const matrix = fc.record({
  rows: fc.integer({ min: 1, max: 6 }),
  columns: fc.integer({ min: 1, max: 90 }),
  range: fc.constantFrom(1, 3, 20, 127, 128),
  share: fc.constantFrom(0, 0.3, 0.8, 1),
  seed: fc.integer({ min: 0, max: 1e6 }),
});

/** Rows of weights up to `range` in magnitude, a share of them 0. */
function rowsOf({ rows, columns, range, share, seed }: typeof matrix extends fc.Arbitrary<infer T> ? T : never) {
  const next = random(seed);
  return Array.from({ length: rows }, () =>
    Array.from({ length: columns }, () => (next() < share ? 0 : Math.min(127, integer(next, -range, range)))),
  );
}

test('bits give back the weights', () => {
  fc.assert(
    fc.property(matrix, (m) => {
      const weights = rowsOf(m);
      const { code, bits } = chooseCode(weights);
      const head = [[5, 7] as const, [1, 2] as const];
      const bytes = packCodes(
        weights.map((w) => ({ head, weights: w })),
        code,
      );
      expect(bytes).toHaveLength(codeBytes(bits + 9 * m.rows));
      expect(unpackCodes(bytes, code, m.rows, m.columns, 9)).toEqual(weights);
    }),
  );
});

/** Bits of n weights of which a share is 0: where the others are, and 8 for each. */
const bound = (n: number, zeros: number): number => {
  const p = zeros / n;
  return -n * (p * Math.log2(p) + (1 - p) * Math.log2(1 - p)) + 8 * (n - zeros);
};

test.each([0.5, 0.6, 0.7, 0.8, 0.9])('within 5 % of the entropy where %d are zeros', (share) => {
  const next = random(3);
  const weights = Array.from({ length: 64 }, () =>
    Array.from({ length: 576 }, () =>
      next() < share ? 0 : integer(next, 0, 1) ? integer(next, 1, 127) : -integer(next, 1, 127),
    ),
  );
  const bytes = packCodes(
    weights.map((w) => ({ head: [], weights: w })),
    chooseCode(weights).code,
  );
  const zeros = weights.flat().filter((w) => w === 0).length;
  expect(8 * bytes.length).toBeLessThan(1.05 * bound(64 * 576, zeros));
});
