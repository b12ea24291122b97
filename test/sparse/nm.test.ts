import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Kept, keptOf, packNm, partsOf, unpackNm } from '../../src/sparse/nm.js';

/** A row of any length that keeps to n:4. */
const rows = (kept: Kept) =>
  fc
    .array(fc.record({ weight: fc.integer({ min: -128, max: 127 }), rank: fc.nat() }), { minLength: 1, maxLength: 70 })
    .map((list) =>
      list.map(({ weight, rank }, i) => {
        const four = list.slice(i - (i % 4), i - (i % 4) + 4);
        return four.filter((e, j) => e.rank > rank || (e.rank === rank && j < i % 4)).length < kept ? weight : 0;
      }),
    );

test.each([1, 2] as const)('%i of four: a stream gives back the weights', (kept) => {
  fc.assert(
    fc.property(rows(kept), (row) => {
      const bytes = packNm(row, kept);
      expect(bytes).toHaveLength(5 * partsOf(row.length, kept));
      expect(bytes.every((b) => b >= 0 && b < 256)).toBe(true);
      expect(unpackNm(bytes, row.length, kept)).toEqual(row);
      expect(keptOf(row, row.length)).toBeLessThanOrEqual(kept);
    }),
  );
});

test('rows of long layers take 0.31 and 0.63 of their bytes', () => {
  expect([1, 2].map((kept) => (5 * partsOf(640, kept as Kept)) / 640)).toEqual([0.3125, 0.625]);
});

test('fours are counted from the beginning of each row', () => {
  expect(keptOf([1, 1, 0, 0, 1, 0, 0, 0, 1, 1], 5)).toBe(2);
  expect(keptOf([0, 0, 1, 1, 1, 0, 0, 0, 0, 0], 5)).toBe(2);
  expect(keptOf([0, 0, 1, 0, 0, 1, 0, 0, 0, 0], 5)).toBe(1);
  expect(keptOf([0, 1, 1, 1, 0], 5)).toBe(null);
});
