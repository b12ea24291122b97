/** Instructions of the kernels for MVE: loops counted from the assembly, the C around them measured. */

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

/** nn_mve_copy_windows. */
export function windowsCost(count: number, rows: number, width: number): number {
  const perRow = width <= 16 ? 6 : 3 * Math.ceil(width / 16) + 5;
  return count * (rows * perRow + 7) + 14;
}

/** nn_mve_interleave: four rows of `count` bytes. */
export const interleaveCost = (count: number): number => 9 * Math.floor(count / 16) + (count % 16 ? 13 : 3) + 6;

/** nn_mve_tiles_*: all channels of 4 pixels, `tiles` blocks among them. */
export const tilesCost = (tiles: number, channels: number, full: boolean): number =>
  12 * tiles + (full ? 17 : 21) * channels + 48;

/** nn_mve_dense_tiles_*: one row. */
export const denseTilesCost = (tiles: number, channels: number, isCommon: boolean): number =>
  12 * tiles + Math.ceil(channels / 4) * (isCommon ? 18 : 20) + (channels % 4 ? 4 : 0) + 25;
