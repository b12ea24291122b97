import { describe, expect, test } from 'vitest';
import { leastOf, select, selectCheap } from '../../src/search/budget.js';
import type { LayerWays, Way } from '../../src/search/ways.js';

const pattern = { kind: 'unstructured' } as const;
const way = (level: number, error: number, bytes: number, instructions: number): Way => ({
  choice: level ? { pattern, level } : null,
  error,
  zeros: Math.round(100 * level),
  bytes,
  instructions,
});

/** Two layers: the first loses little and saves bytes, the second loses more and saves time. */
const layers: LayerWays[] = [
  { name: 'a', weights: 100, ways: [way(0, 0, 100, 1000), way(0.5, 0.1, 60, 990), way(0.9, 0.3, 20, 980)] },
  { name: 'b', weights: 100, ways: [way(0, 0, 100, 5000), way(0.5, 0.4, 90, 2500), way(0.9, 2, 80, 500)] },
];

describe('one way per layer', () => {
  test('nothing is asked: nothing goes', () => {
    expect(select(layers, {})).toMatchObject({ error: 0, bytes: 200, instructions: 6000 });
  });

  test('bytes alone are saved where they cost least', () => {
    expect(select(layers, { bytes: 125 })).toMatchObject({ error: 0.3, bytes: 120 });
  });

  test('both limits together', () => {
    const found = select(layers, { bytes: 150, instructions: 3600 })!;
    expect(found.error).toBeCloseTo(0.5);
    expect([...found.choices].map(([name, c]) => `${name} ${c.level}`)).toEqual(['a 0.5', 'b 0.5']);
  });

  test('out of reach', () => {
    expect(select(layers, { bytes: 99 })).toBeNull();
    expect(select(layers, { bytes: 200, instructions: 1000 })).toBeNull();
    expect(leastOf(layers)).toEqual({ bytes: 100, instructions: 1480, nonzero: 20 });
  });

  test('a share of zeros: among nearly equal losses the cheaper', () => {
    const twice: LayerWays[] = [
      { name: 'a', weights: 100, ways: [way(0, 0, 100, 1000), way(0.5, 0.1, 60, 900), way(0.5, 0.11, 60, 100)] },
    ];
    expect(selectCheap(twice, 50, (w) => w.instructions)).toMatchObject({ instructions: 100 });
  });
});
