import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type LaneEntry, packLane, unpackLane } from '../../src/sparse/lanes.js';

/** Entries as a layer has them: rising places, multiples of 4, gaps of any width. */
const entries = fc
  .array(fc.record({ gap: fc.integer({ min: 1, max: 400 }), weight: fc.integer({ min: -127, max: 127 }) }), {
    maxLength: 80,
  })
  .map((list) => {
    let at = -4;
    return list
      .map(({ gap, weight }): LaneEntry => {
        at += 4 * gap;
        return { at, weight };
      })
      .filter((e) => e.weight !== 0);
  });

test('a stream gives back the weights and their places', () => {
  fc.assert(
    fc.property(entries, (list) => {
      expect(unpackLane(packLane(-7, list, [1, 2]).slice(1))).toEqual(list);
    }),
  );
});

test('a weight takes 2 bytes, a channel 20 more', () => {
  const list = Array.from({ length: 16 }, (_, i) => ({ at: 16 * i, weight: i + 1 }));
  expect(packLane(0, list, [1, 2])).toHaveLength((2 * 16 + 20) / 4);
});
