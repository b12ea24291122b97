/** The work of the convolutions that pack several pixels in a word, and what it usually costs (Cortex-M0). */
import type { Prices, Work } from './kernel.js';

/** A matrix product by strips of six pixels. */
export interface Strips {
  readonly strips: number;
  readonly channels: number;
  /** taps of a chunk */
  readonly depth: number;
  readonly chunks: number;
  /** are there numbers for negative halves? */
  readonly more: boolean;
  /** pieces in which a strip is made, of three pixels each */
  readonly runs: number;
}

/** Taps of all channels, channels and their chunks, taps and pieces of strips. */
export function stripWork({ strips, channels, depth, chunks, more, runs }: Strips): Work {
  const [plain, others] = more ? [0, strips * channels] : [strips * channels, 0];
  return {
    taps: strips * channels * depth * chunks,
    plain,
    more: others,
    chunks: others * chunks,
    packed: strips * depth * chunks,
    runs: strips * runs,
    strips,
  };
}

export const stripPrices: Prices = {
  taps: 10.25,
  plain: 122,
  more: 160,
  chunks: 50,
  packed: 28,
  runs: 50,
  strips: 150,
};
