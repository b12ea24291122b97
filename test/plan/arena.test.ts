import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Block, type Overlap, planArena } from '../../src/plan/arena.js';

const block = fc.record({
  bytes: fc.integer({ min: 0, max: 500 }),
  first: fc.integer({ min: -1, max: 12 }),
  length: fc.integer({ min: 0, max: 6 }),
});

const blocks = fc
  .array(block, { maxLength: 14 })
  .map((list): Block[] =>
    list.map((b, i) => ({ name: `b${i}`, bytes: b.bytes, first: b.first, last: b.first + b.length })),
  );

/** Overlaps as a planner makes them: the output starts at the step at which the input ends. */
const scene = blocks.chain((list) => {
  const pairs = list.flatMap((o, output) =>
    list.flatMap((x, input) => (output !== input && o.first <= x.last && x.first < o.first ? [{ output, input }] : [])),
  );
  return fc.tuple(
    fc.constant(list),
    fc.tuple(
      ...pairs.map((p) =>
        fc
          .option(fc.record({ distance: fc.integer({ min: 0, max: 300 }), free: fc.boolean() }))
          .map((o) => (o ? { ...p, ...o } : null)),
      ),
    ),
    fc.constantFrom(1, 4, 16),
  );
});

function clash(
  list: readonly Block[],
  overlaps: readonly Overlap[],
  offsets: readonly number[],
  i: number,
  j: number,
): boolean {
  const [a, b] = [list[i]!, list[j]!];
  const together = a.first <= b.last && b.first <= a.last;
  const apart = offsets[i]! + a.bytes <= offsets[j]! || offsets[j]! + b.bytes <= offsets[i]!;
  const allowed = overlaps.some(
    (o) => o.output === i && o.input === j && a.first === b.last && (o.free || offsets[i]! + o.distance <= offsets[j]!),
  );
  return together && !apart && a.bytes > 0 && b.bytes > 0 && !allowed;
}

test('blocks alive together never overlap, except where it is allowed', () => {
  fc.assert(
    fc.property(scene, ([list, pairs, align]) => {
      const overlaps = pairs.filter((p) => p !== null) as Overlap[];
      const { offsets, bytes } = planArena(list, overlaps, align, 60);
      for (let i = 0; i < list.length; i++) {
        expect(offsets[i]! % align).toBe(0);
        expect(offsets[i]! + list[i]!.bytes).toBeLessThanOrEqual(bytes);
        for (let j = 0; j < list.length; j++)
          if (i !== j) expect(clash(list, overlaps, offsets, i, j) && clash(list, overlaps, offsets, j, i)).toBe(false);
      }
    }),
    { numRuns: 400, seed: 1 },
  );
});

test('a chain of in-place steps sinks by the distance of each', () => {
  const list = [0, 1, 2].map((i): Block => ({ name: `t${i}`, bytes: 100, first: i - 1, last: i }));
  const overlaps = [0, 1].map((i) => ({ output: i + 1, input: i, distance: 10 }));
  expect(planArena(list, overlaps, 1).bytes).toBe(120);
  expect(planArena(list, [], 1).bytes).toBe(200);
});

test('the same blocks give the same plan', () => {
  const list = Array.from(
    { length: 20 },
    (_, i): Block => ({ name: `b${i}`, bytes: 10 + ((i * 37) % 90), first: i, last: i + (i % 5) }),
  );
  expect(planArena(list, [], 4)).toEqual(planArena(list, [], 4));
});
