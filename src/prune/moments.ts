import type { BatchData } from '../ops/float/batch.js';
import { type Images, PatchReader } from '../ops/float/patches.js';
import type { Linear, Pointer } from '../support/linear.js';
import { random } from '../support/rng.js';

/**
 * Sums over output pixels of what layers read and what they should give. Columns are the inputs of one output, then a
 * column of ones for the bias.
 */
export interface Moments {
  /** pixels summed over */
  readonly count: number;
  /** columns less the one of ones */
  readonly depth: number;
  /** row length of the matrices */
  readonly stride: number;
  /** products of columns of output channel `row`, [stride, stride], both triangles */
  gram(row: number): Float64Array;
  /** product of column `k` with the wanted output of channel `row`; 0 where no outputs were given */
  cross(row: number, k: number): number;
}

/** The output pixels of a layer, over all samples, that are looked at. */
export interface Site {
  /** numbers of the pixels among all of the batch, rising */
  readonly pixels: Int32Array;
  /**
   * Moments of the layer at these pixels.
   * @param wanted outputs [pixels, rows] before bias and activation; none = only what is read
   */
  moments(wanted?: Float32Array): Moments;
  /** what weights [rows, depth] give at these pixels, without a bias: [pixels, rows] */
  predict(weights: Float32Array): Float32Array;
}

/** Pixels that are read together. */
export const batch = 256;

/** Pixels taken from an image: all, or `quota` of them spread evenly with a random shift each. */
function choose(size: number, quota: number, next: () => number): Int32Array {
  if (quota >= size) return Int32Array.from({ length: size }, (_, p) => p);
  return Int32Array.from({ length: quota }, (_, j) => Math.min(size - 1, Math.floor(((j + next()) * size) / quota)));
}

/** The pixels of every image that are looked at, numbered within their image. */
export function chooseAll(images: Images, most: number, seed: number): Int32Array[] {
  const next = random(seed);
  const quota = Math.max(1, Math.ceil((most / images.total) * images.pixels));
  return Array.from({ length: images.count }, (_, i) =>
    choose(Math.min(images.pixels, images.total - i * images.pixels), quota, next),
  );
}

export const numbers = (images: Images, chosen: readonly Int32Array[]): Int32Array => {
  const all = new Int32Array(chosen.reduce((n, c) => n + c.length, 0));
  let at = 0;
  chosen.forEach((list, i) => {
    for (const p of list) all[at++] = i * images.pixels + p;
  });
  return all;
};

/** Calls `visit` with the inputs of the chosen pixels, some hundreds at a time; `first` numbers them. */
export function eachPatch(
  linear: Linear,
  images: Images,
  x: BatchData,
  stride: number,
  chosen: readonly Int32Array[],
  visit: (rows: Pointer, count: number, first: number) => void,
): void {
  const reader = new PatchReader(linear, images);
  const rows = linear.takeF32(batch * stride);
  const pixels = linear.takeI32(images.pixels);
  const ones = linear.f32(rows, batch * stride);
  for (let r = 0; r < batch; r++) ones.fill(0, r * stride, (r + 1) * stride)[r * stride + images.depth] = 1;
  let first = 0;
  chosen.forEach((list, i) => {
    reader.load(i, x);
    linear.i32(pixels, list.length).set(list);
    for (let p = 0; p < list.length; p += batch) {
      const count = Math.min(batch, list.length - p);
      reader.read(pixels + 4 * p, count, rows, stride);
      visit(rows, count, first);
      first += count;
    }
  });
}

/** Fills the lower triangle from the upper one. */
export function mirror(a: Float64Array, n: number, stride: number): void {
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) a[i * stride + j] = a[j * stride + i]!;
}

/** Copies rows into wider ones, or back. */
export function copyRows(from: Float32Array, width: number, to: Float32Array, stride: number, rows: number): void {
  const size = Math.min(width, stride);
  if (width === stride) to.set(from.subarray(0, rows * width));
  else for (let r = 0; r < rows; r++) to.set(from.subarray(r * width, r * width + size), r * stride);
}
