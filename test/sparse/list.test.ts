import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ListEntry, listSize, packList, unpackList } from '../../src/sparse/list.js';

/** Entries as a layer has them: rising places, gaps of any width, sums beyond what a piece holds. */
const entries = fc
  .array(fc.record({ gap: fc.integer({ min: 1, max: 700 }), weight: fc.integer({ min: -128, max: 127 }) }), {
    maxLength: 300,
  })
  .map((list) => {
    let at = -1;
    return list
      .map(({ gap, weight }): ListEntry => {
        at += gap;
        return { at, weight };
      })
      .filter((e) => e.weight !== 0);
  });

test('a stream gives back the weights and their places', () => {
  fc.assert(
    fc.property(entries, (list) => {
      const halves = packList(list);
      const size = listSize(list);
      expect(unpackList(halves)).toEqual(list);
      expect(halves).toHaveLength(size.entries + size.pieces);
      expect(halves.every((h) => h >= 0 && h < 2 ** 16)).toBe(true);
    }),
  );
});

test('sums of a piece stay below 2^20', () => {
  const list = Array.from({ length: 200 }, (_, at) => ({ at, weight: -128 }));
  expect(listSize(list).pieces).toBe(4);
  expect(listSize([]).pieces).toBe(1);
});
