import { integer } from '../../support/rng.js';

/** Numbers below `count` in a seeded random order. */
export function shuffled(count: number, next: () => number): number[] {
  const list = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = integer(next, 0, i);
    [list[i], list[j]] = [list[j]!, list[i]!];
  }
  return list;
}

/** Some rows of data [rows, size]. */
export function pickRows(data: Float32Array, rows: readonly number[], size: number): Float32Array {
  const out = new Float32Array(rows.length * size);
  rows.forEach((r, i) => {
    out.set(data.subarray(r * size, (r + 1) * size), i * size);
  });
  return out;
}
