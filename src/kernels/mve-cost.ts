/** Instructions of the kernels for MVE: loops counted from the assembly, the C around them measured. */
import { type Geometry, isInside } from './geometry.js';

/** How the windows of one image are copied. */
export interface Copies {
  /** windows that lie inside the image */
  readonly inside: number;
  /** pieces of rows in which they are copied at once */
  readonly runs: number;
  /** windows that the border cuts, each on its own */
  readonly outside: number;
}

/** Windows copied in chunks of `chunk` pixels. @param flat runs go on over the ends of rows */
export function copiesOf(g: Geometry, chunk: number, flat = false): Copies {
  if (flat) return { inside: g.outH * g.outW, runs: Math.ceil((g.outH * g.outW) / chunk), outside: 0 };
  let [inside, runs, outside] = [0, 0, 0];
  let isRun = false;
  for (let y = 0; y < g.outH; y++)
    for (let x = 0; x < g.outW; x++) {
      const isNew = x === 0 || (y * g.outW + x) % chunk === 0;
      const isIn = isInside(g, y, x);
      if (isIn && (isNew || !isRun)) runs += 1;
      if (isIn) inside += 1;
      else outside += 1;
      isRun = isIn;
    }
  return { inside, runs, outside };
}

/** As NN_MVE_UNROLL. */
const unroll = 8;

/** nn_mve_matmul_*: `pixels` pixels. */
export function matmulCost(pixels: number, blocks: number, channels: number, full: boolean): number {
  const rounds = Math.ceil(blocks / unroll);
  const group = 14 * blocks + 2 * rounds + (full ? 25 : 30);
  return Math.ceil(pixels / 2) * (Math.ceil(channels / 4) * group + 21 + (channels % 4 ? 5 : 0)) + (full ? 28 : 33);
}

/** nn_mve_dense_*: one row. */
export function denseCost(blocks: number, channels: number, isCommon: boolean): number {
  const rounds = Math.ceil(blocks / unroll);
  return Math.ceil(channels / 4) * (9 * blocks + rounds + (isCommon ? 19 : 21)) + (channels % 4 ? 4 : 0) + 30;
}

/** nn_mve_copy. */
export const copyCost = (bytes: number): number => 3 * Math.ceil(bytes / 16) + 1;

/** One window of nn_mve_copy_windows or nn_mve_spread_windows. */
export const windowCost = (rows: number, width: number): number =>
  rows * (width <= 16 ? 6 : 3 * Math.ceil(width / 16) + 5) + 7;

/** nn_mve_copy_windows, the call too. */
export const windowsCost = (count: number, rows: number, width: number): number => count * windowCost(rows, width) + 28;

/** nn_mve_interleave: four rows of `count` bytes. */
export const interleaveCost = (count: number): number => 9 * Math.floor(count / 16) + (count % 16 ? 13 : 3) + 6;

/** nn_mve_tiles_*: all channels of 4 pixels, `tiles` blocks among them. */
export const tilesCost = (tiles: number, channels: number, full: boolean): number =>
  12 * tiles + (full ? 17 : 21) * channels + 36;

/** nn_mve_dense_tiles_*: one row. */
export const denseTilesCost = (tiles: number, channels: number, isCommon: boolean): number =>
  12 * tiles + Math.ceil(channels / 4) * (isCommon ? 18 : 20) + (channels % 4 ? 4 : 0) + 25;
