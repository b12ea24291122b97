import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packTiles, type TileShape, unpackTiles } from '../../src/sparse/tiles.js';

const shapes: readonly TileShape[] = [
  { height: 1, width: 16, step: 16 },
  { height: 4, width: 16, step: 1 },
  { height: 2, width: 4, step: 2 },
];

const matrix = fc.record({
  shape: fc.constantFrom(...shapes),
  rows: fc.integer({ min: 1, max: 9 }),
  columns: fc.integer({ min: 1, max: 50 }),
  seed: fc.array(fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.integer({ min: -128, max: 127 })), {
    minLength: 450,
    maxLength: 450,
  }),
});

test('tiles give back the weights', () => {
  fc.assert(
    fc.property(matrix, ({ shape, rows, columns, seed }) => {
      const weights = seed.slice(0, rows * columns);
      expect(unpackTiles(packTiles(weights, columns, shape), rows, columns, shape)).toEqual(weights);
    }),
  );
});

test('tiles are kept only where weights are, begin where they may and do not overlap', () => {
  fc.assert(
    fc.property(matrix, ({ shape, rows, columns, seed }) => {
      const tiles = packTiles(seed.slice(0, rows * columns), columns, shape);
      expect(tiles).toHaveLength(Math.ceil(rows / shape.height));
      for (const row of tiles) {
        row.forEach(({ at, values }, i) => {
          expect(values.some((w) => w !== 0)).toBe(true);
          expect(values).toHaveLength(shape.height * shape.width);
          expect(at % shape.step).toBe(0);
          if (i > 0) expect(at).toBeGreaterThanOrEqual(row[i - 1]!.at + shape.width);
        });
      }
    }),
  );
});
