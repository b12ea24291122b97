import { type Border, elements, type Graph, type NodeOf } from '../../ir/graph.js';
import { type Linear, panels, roundUp } from '../../support/linear.js';
import { biasRow } from '../weighted.js';
import { windowOver } from '../window.js';
import { type Images, imagesOf, type MatrixNode, PatchReader, walkOf } from './patches.js';

/** Output pixels that are computed together. */
const tileRows = 128;

/** Adds bias [channels], or the row of [classes, channels] that the border prescribes, to y [pixels, channels]. */
export function addBiasRows(
  y: Float32Array,
  bias: ArrayLike<number>,
  channels: number,
  border?: Border,
  sign = 1,
): void {
  const row = biasRow(border);
  for (let at = 0, pixel = 0; at < y.length; at += channels, pixel++) {
    const from = row(pixel) * channels;
    for (let c = 0; c < channels; c++) y[at + c]! += sign * bias[from + c]!;
  }
}

/** y [pixels, channels] less its padding columns. */
function copyOut(tile: Float32Array, rows: number, channels: number, y: Float32Array, to: number): void {
  const width = roundUp(channels, 8);
  if (width === channels) y.set(tile.subarray(0, rows * channels), to);
  else
    for (let r = 0; r < rows; r++) for (let c = 0; c < channels; c++) y[to + r * channels + c] = tile[r * width + c]!;
}

function multiply(
  linear: Linear,
  images: Images,
  x: Float32Array,
  w: ArrayLike<number>,
  bias: ArrayLike<number> | undefined,
  range: Range,
): Float32Array {
  const { depth, total } = images;
  const channels = w.length / depth;
  const width = roundUp(channels, 8);
  const y = linear.array(total * channels);
  linear.scoped(() => {
    const reader = new PatchReader(linear, images);
    const [weights, start] = [linear.takeF32(width * depth), linear.takeF32(width)];
    const [rows, tile] = [linear.takeF32(tileRows * depth), linear.takeF32(tileRows * width)];
    const pixels = linear.takeI32(images.pixels);
    panels(w, channels, depth, linear.f32(weights, width * depth));
    linear.f32(start, width).fill(0);
    if (bias) linear.f32(start, channels).set(Float32Array.from(bias));
    linear.i32(pixels, images.pixels).forEach((_, i, list) => {
      list[i] = i;
    });
    for (let i = 0; i < images.count; i++) {
      reader.load(i, x);
      for (let p = 0; p < reader.size(i); p += tileRows) {
        const count = Math.min(tileRows, reader.size(i) - p);
        reader.read(pixels + 4 * p, count, rows, depth);
        linear.gemm(rows, depth, weights, start, tile, roundUp(count, 4), depth, width);
        linear.boundAt(tile, roundUp(count, 4) * width, ...range);
        copyOut(linear.f32(tile, tileRows * width), count, channels, y, (i * images.pixels + p) * channels);
      }
    }
  });
  return y;
}

type Range = readonly [number, number];
const everything: Range = [-Infinity, Infinity];

/**
 * Values of a matrix layer over a batch, [count, pixels, channels].
 * @param x [count, ...] of the node's input
 * @param weights, bias used in place of the graph's
 * @param range of a fused activation; without it pre-activations come
 */
export function matrixAffine(
  linear: Linear,
  graph: Graph,
  node: MatrixNode,
  x: Float32Array,
  count: number,
  weights: ArrayLike<number> = graph.tensors[node.in[1]!]!.data!,
  bias: ArrayLike<number> | undefined = graph.tensors[node.in[2] ?? -1]?.data,
  range: Range = everything,
): Float32Array {
  const images = imagesOf(graph, node, count);
  const border = node.op === 'conv2d' ? node.attr.border : undefined;
  if (!border) return multiply(linear, images, x, weights, bias, range);
  const y = multiply(linear, images, x, weights, undefined, everything);
  addBiasRows(y, bias!, weights.length / images.depth, border);
  if (range[0] !== -Infinity || range[1] !== Infinity) linear.bound(y, ...range);
  return y;
}

/** The input with every channel repeated `multiplier` times, padded to a multiple of 4 channels. */
export function spread(x: Float32Array, channels: number, multiplier: number, width: number): Float32Array {
  if (multiplier === 1 && width === channels) return x;
  const out = new Float32Array((x.length / channels) * width);
  for (let p = 0; p * channels < x.length; p++)
    for (let c = 0; c < channels * multiplier; c++) out[p * width + c] = x[p * channels + Math.floor(c / multiplier)]!;
  return out;
}

/** Pre-activations of a depthwise convolution over a batch; arguments as `matrixAffine`. */
export function depthwiseAffine(
  linear: Linear,
  graph: Graph,
  node: NodeOf<'depthwise_conv2d'>,
  x: Float32Array,
  count: number,
  weights: ArrayLike<number> = graph.tensors[node.in[1]!]!.data!,
  bias: ArrayLike<number> | undefined = graph.tensors[node.in[2] ?? -1]?.data,
): Float32Array {
  const shape = graph.tensors[node.in[0]!]!.shape;
  const [, kh, kw, channels] = graph.tensors[node.in[1]!]!.shape as [number, number, number, number];
  const window = windowOver(shape, [kh, kw], node.attr);
  const width = roundUp(channels, 4);
  const walk = walkOf(window, width);
  const [images, outPixels] = [count * window.batch, window.outHeight * window.outWidth];
  const inFloats = elements(shape) / shape[0]!;
  const y = linear.array(images * outPixels * channels);
  linear.scoped(() => {
    const image = linear.takeF32(walk.height * walk.width * width);
    const [w, start] = [linear.takeF32(kh * kw * width), linear.takeF32(width)];
    const tile = linear.takeF32(outPixels * width);
    linear.f32(w, kh * kw * width).set(spread(Float32Array.from(weights), channels, 1, width));
    linear.f32(start, width).fill(0);
    if (bias && !node.attr.border) linear.f32(start, channels).set(Float32Array.from(bias));
    for (let i = 0; i < images; i++) {
      const data = spread(x.subarray(i * inFloats, (i + 1) * inFloats), shape[3]!, node.attr.multiplier, width);
      linear.f32(image, data.length).set(data);
      linear.depthwise(image, walk, w, start, tile);
      const out = linear.f32(tile, outPixels * width);
      if (width === channels) y.set(out, i * outPixels * channels);
      else
        for (let p = 0; p < outPixels; p++)
          for (let c = 0; c < channels; c++) y[(i * outPixels + p) * channels + c] = out[p * width + c]!;
    }
  });
  if (bias && node.attr.border) addBiasRows(y, bias, channels, node.attr.border);
  return y;
}
