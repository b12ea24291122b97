/**
 * Seeded random numbers (mulberry32): small, fast, the same on every machine.
 * @returns a function giving uniform floats in [0, 1)
 */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Whole numbers in [low, high]. */
export const integer = (next: () => number, low: number, high: number): number =>
  low + Math.floor(next() * (high - low + 1));

/** Numbers below `count` in a seeded random order. */
export function shuffled(count: number, next: () => number): number[] {
  const list = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = integer(next, 0, i);
    [list[i], list[j]] = [list[j]!, list[i]!];
  }
  return list;
}
