/** Instructions of the kernels that pack several pixels in a word. */
import type { Target } from './kernel.js';

/** All channels of six pixels; depth = taps of a chunk. */
export function matmulCost(_target: Target, depth: number, chunks: number, channels: number): number {
  const loop = 10 * depth + 3 * Math.ceil(depth / 12) + 12;
  return channels * (chunks * loop + 100) + 60;
}

/** The strip of six pixels: taps in `runs` pieces. */
export const stripCost = (_target: Target, taps: number, runs: number): number => 28 * taps + 100 * runs + 60;
