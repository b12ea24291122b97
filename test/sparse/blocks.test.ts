import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blocksOf, packBlockStream, unpackBlockStream } from '../../src/sparse/blocks.js';

const perUnit = 2;

/** Dense words, many of them zero, of at least two units. */
const words = fc
  .array(fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })), {
    minLength: 2 * perUnit,
    maxLength: 60,
  })
  .map((list) => list.slice(0, list.length - (list.length % perUnit)));

describe.each([1, 2])('blocks of %i units', (units) => {
  const loop = { unroll: 4, code: 72, units, strip: 12 };

  test('a stream gives back the weights', () => {
    fc.assert(
      fc.property(words, (list) => {
        const blocks = blocksOf(list, perUnit, loop);
        expect(unpackBlockStream(packBlockStream(blocks, loop), perUnit * units, loop)).toEqual(blocks);
        const sum = new Array<number>(list.length).fill(0);
        for (const { at, words } of blocks)
          words.forEach((w, i) => {
            sum[at * perUnit + i]! += w;
          });
        expect(sum).toEqual(list);
      }),
    );
  });

  test('as few blocks as can be', () => {
    const list = new Array<number>(40).fill(0);
    list[9] = 1;
    list[10] = 2;
    list[39] = 3;
    expect(blocksOf(list, perUnit, loop)).toHaveLength(units === 2 ? 2 : 3);
  });
});
