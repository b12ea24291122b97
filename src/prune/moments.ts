import type { Graph, NodeOf } from '../ir/graph.js';
import type { BatchData } from '../ops/float/batch.js';
import { type Images, imagesOf, type MatrixNode, PatchReader, walkOf } from '../ops/float/patches.js';
import { windowOver } from '../ops/window.js';
import { type Linear, type Pointer, roundUp } from '../support/linear.js';
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
  /** the same pixels with other wanted outputs */
  towards(y: BatchData): Moments;
}

/** More pixels than this tell no more about a layer; neighbours in an image are alike. */
const mostPixels = 65536;
const mostDepthwisePixels = 8192;

/** Pixels taken from an image: all, or `quota` of them spread evenly with a random shift each. */
function choose(size: number, quota: number, next: () => number, out: Int32Array): number {
  if (quota >= size) {
    for (let p = 0; p < size; p++) out[p] = p;
    return size;
  }
  for (let j = 0; j < quota; j++) out[j] = Math.min(size - 1, Math.floor(((j + next()) * size) / quota));
  return quota;
}

/** Calls `visit` with the inputs of chosen pixels, some hundreds at a time. */
function eachPatch(
  linear: Linear,
  images: Images,
  x: BatchData,
  stride: number,
  most: number,
  seed: number,
  visit: (rows: Pointer, pixels: Int32Array, image: number) => void,
): void {
  const next = random(seed);
  const quota = Math.max(1, Math.ceil((most / images.total) * images.pixels));
  const batch = 256;
  const reader = new PatchReader(linear, images);
  const rows = linear.takeF32(batch * stride);
  const pixels = linear.takeI32(images.pixels);
  const ones = linear.f32(rows, batch * stride);
  for (let r = 0; r < batch; r++) ones.fill(0, r * stride, (r + 1) * stride)[r * stride + images.depth] = 1;
  const chosen = new Int32Array(images.pixels);
  for (let i = 0; i < images.count; i++) {
    const count = choose(reader.size(i), quota, next, chosen);
    reader.load(i, x);
    linear.i32(pixels, count).set(chosen.subarray(0, count));
    for (let p = 0; p < count; p += batch) {
      const some = chosen.subarray(p, Math.min(count, p + batch));
      reader.read(pixels + 4 * p, some.length, rows, stride);
      visit(rows, some, i);
    }
  }
}

/** Fills the lower triangle from the upper one. */
function mirror(a: Float64Array, n: number, stride: number): void {
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) a[i * stride + j] = a[j * stride + i]!;
}

/** A matrix layer over a batch, and the pixels that are looked at. */
interface Site {
  readonly images: Images;
  readonly outputs: number;
  readonly stride: number;
  readonly x: BatchData;
  readonly seed: number;
}

/** Products of all columns with each other: [stride, stride]. */
function gramOf(linear: Linear, { images, stride, x, seed }: Site): { count: number; gram: Float64Array } {
  return linear.scoped(() => {
    const gram = linear.takeF64(stride * stride);
    linear.f64(gram, stride * stride).fill(0);
    let count = 0;
    eachPatch(linear, images, x, stride, mostPixels, seed, (rows, pixels) => {
      count += pixels.length;
      linear.gram(rows, stride, rows, stride, pixels.length, gram, true);
    });
    const sums = linear.f64(gram, stride * stride).slice();
    mirror(sums, images.depth + 1, stride);
    return { count, gram: sums };
  });
}

/** Products of the columns with wanted outputs: [stride, roundUp(outputs, 8)]. */
function crossOf(linear: Linear, { images, outputs, stride, x, seed }: Site, y: BatchData): Float64Array {
  const width = roundUp(outputs, 8);
  return linear.scoped(() => {
    const cross = linear.takeF64(stride * width);
    const wanted = linear.takeF32(256 * width);
    linear.f64(cross, stride * width).fill(0);
    linear.f32(wanted, 256 * width).fill(0);
    eachPatch(linear, images, x, stride, mostPixels, seed, (rows, pixels, image) => {
      const target = linear.f32(wanted, 256 * width);
      pixels.forEach((p, r) => {
        const from = (image * images.pixels + p) * outputs;
        target.set(y.subarray(from, from + outputs), r * width);
      });
      linear.gram(rows, stride, wanted, width, pixels.length, cross);
    });
    return linear.f64(cross, stride * width).slice();
  });
}

/**
 * Moments of a matrix layer.
 * @param x inputs, [samples, ...]
 * @param y wanted outputs [samples * pixels, rows] before bias and activation; none = only what is read
 */
export function matrixMoments(
  linear: Linear,
  graph: Graph,
  node: MatrixNode,
  x: BatchData,
  samples: number,
  seed: number,
  y?: BatchData,
): Moments {
  const images = imagesOf(graph, node, samples);
  const outputs = graph.tensors[node.in[1]!]!.shape[0]!;
  const site: Site = { images, outputs, stride: roundUp(images.depth + 1, 8), x, seed };
  const { count, gram } = gramOf(linear, site);
  const withCross = (wanted: BatchData | undefined): Moments => {
    const cross = wanted && crossOf(linear, site, wanted);
    return {
      ...{ count, depth: images.depth, stride: site.stride, gram: () => gram },
      cross: (row, k) => cross?.[k * roundUp(outputs, 8) + row] ?? 0,
      towards: withCross,
    };
  };
  return withCross(y);
}

/** Moments of a depthwise convolution: every output channel has its own. Arguments as `matrixMoments`. */
export function depthwiseMoments(
  linear: Linear,
  graph: Graph,
  node: NodeOf<'depthwise_conv2d'>,
  x: BatchData,
  samples: number,
  seed: number,
  y?: BatchData,
): Moments {
  const shape = graph.tensors[node.in[0]!]!.shape;
  const [, kh, kw, outputs] = graph.tensors[node.in[1]!]!.shape as [number, number, number, number];
  const window = windowOver(shape, [kh, kw], node.attr);
  const channels = shape[3]!;
  const [taps, pixels, total] = [kh * kw, window.outHeight * window.outWidth, samples * window.batch];
  const images: Images = {
    ...{ walk: walkOf(window, channels), pixels, count: total, total: total * pixels, depth: taps * channels },
  };
  const stride = taps + 2;
  // Column taps holds the ones, column taps + 1 the wanted output.
  const sums = new Float64Array(outputs * stride * stride);
  let count = 0;
  linear.scoped(() => {
    const row = taps * channels + 1;
    eachPatch(linear, images, x, row, mostDepthwisePixels, seed, (rows, chosen, image) => {
      count += chosen.length;
      const data = linear.f32(rows, chosen.length * row);
      const v = new Float64Array(stride);
      for (let r = 0; r < chosen.length; r++)
        for (let o = 0; o < outputs; o++) {
          const c = Math.floor(o / node.attr.multiplier);
          for (let t = 0; t < taps; t++) v[t] = data[r * row + t * channels + c]!;
          v[taps] = 1;
          v[taps + 1] = y ? y[(image * pixels + chosen[r]!) * outputs + o]! : 0;
          for (let i = 0; i < stride; i++)
            for (let j = i; j < stride; j++) sums[(o * stride + i) * stride + j]! += v[i]! * v[j]!;
        }
    });
  });
  const gram = (o: number) => sums.subarray(o * stride * stride, (o + 1) * stride * stride);
  for (let o = 0; o < outputs; o++) mirror(gram(o), stride, stride);
  return {
    ...{ count, depth: taps, stride, gram, cross: (o: number, k: number) => gram(o)[k * stride + taps + 1]! },
    towards: (wanted) => depthwiseMoments(linear, graph, node, x, samples, seed, wanted),
  };
}
