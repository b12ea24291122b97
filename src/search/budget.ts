import type { Choices } from '../prune/allocate.js';
import { choose, type Item } from './knapsack.js';
import type { LayerWays, Way } from './ways.js';

/** What the layers that can be pruned may take together; what is absent does not matter. */
export interface Limits {
  readonly bytes?: number;
  readonly instructions?: number;
  /** weights that are not zero */
  readonly nonzero?: number;
}

/** What one choice per layer amounts to. */
export interface Selection {
  readonly ways: ReadonlyMap<string, Way>;
  readonly choices: Choices;
  /** sum of what the choices do to the outputs one by one */
  readonly error: number;
  readonly bytes: number;
  readonly instructions: number;
  readonly nonzero: number;
}

const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

function selectionOf(layers: readonly LayerWays[], picks: readonly number[]): Selection {
  const ways = layers.map((l, i) => l.ways[picks[i]!]!);
  const pruned = layers.flatMap((l, i) => (ways[i]!.choice ? [[l.name, ways[i]!.choice!] as const] : []));
  return {
    ways: new Map(layers.map((l, i) => [l.name, ways[i]!])),
    choices: new Map(pruned),
    error: sum(ways.map((w) => w.error)),
    bytes: sum(ways.map((w) => w.bytes)),
    instructions: sum(ways.map((w) => w.instructions)),
    nonzero: sum(layers.map((l, i) => l.weights - ways[i]!.zeros)),
  };
}

/** The least that each limit can be brought to. */
export function leastOf(layers: readonly LayerWays[]): Required<Limits> {
  const least = (of: (w: Way, l: LayerWays) => number) =>
    sum(layers.map((l) => Math.min(...l.ways.map((w) => of(w, l)))));
  return {
    bytes: least((w) => w.bytes),
    instructions: least((w) => w.instructions),
    nonzero: least((w, l) => l.weights - w.zeros),
  };
}

type Weight = (way: Way, layer: LayerWays) => number;

const weights: Record<keyof Limits, Weight> = {
  bytes: (w) => w.bytes,
  instructions: (w) => w.instructions,
  nonzero: (w, l) => l.weights - w.zeros,
};

/** The choice of least loss within one limit, where each unit of the other resources costs `toll`. */
function within(layers: readonly LayerWays[], key: keyof Limits, limit: number, toll: Weight): Selection | null {
  const groups = layers.map((l) =>
    l.ways.map((w): Item => ({ loss: w.error + toll(w, l), weight: weights[key](w, l) })),
  );
  const picks = choose(groups, limit);
  return picks && selectionOf(layers, picks);
}

/** Bits of precision of the search for a toll. */
const rounds = 24;

/**
 * One way for every layer, within all limits, of the least loss: dynamic programming over the first limit; a toll on what
 * the second counts, found by bisection, keeps that too.
 * @returns null where the limits cannot be kept
 */
export function select(layers: readonly LayerWays[], limits: Limits): Selection | null {
  const keys = (['bytes', 'instructions', 'nonzero'] as const).filter((k) => limits[k] !== undefined);
  const [first, second] = keys;
  if (!first)
    return selectionOf(
      layers,
      layers.map(() => 0),
    );
  const free = within(layers, first, limits[first]!, () => 0);
  if (!second || !free || free[second] <= limits[second]!) return free;
  const at = (power: number) => {
    const toll = 2 ** power / limits[second]!;
    return within(layers, first, limits[first]!, (w, l) => toll * weights[second](w, l));
  };
  let [low, high] = [-40, 20];
  if (at(high)![second] > limits[second]!) return null;
  for (let i = 0; i < rounds; i++) {
    const middle = (low + high) / 2;
    if (at(middle)![second] > limits[second]!) low = middle;
    else high = middle;
  }
  return at(high);
}

/**
 * For a share of zeros: of all choices that lose hardly more than the best, the one that the target likes best.
 * @param slack how much more may be lost, as a factor
 */
export function selectCheap(
  layers: readonly LayerWays[],
  nonzero: number,
  price: (w: Way) => number,
  slack = 1.25,
): Selection | null {
  const best = within(layers, 'nonzero', nonzero, () => 0);
  if (!best) return null;
  let found = best;
  let [low, high] = [-40, 20];
  for (let i = 0; i < rounds; i++) {
    const middle = (low + high) / 2;
    const next = within(layers, 'nonzero', nonzero, (w) => 2 ** middle * price(w))!;
    if (next.error <= slack * best.error) {
      found = next;
      low = middle;
    } else high = middle;
  }
  return found;
}
