import { elements, type Graph, type NodeOf } from '../../ir/graph.js';
import { type Linear, type Pointer, panels, roundUp } from '../../support/linear.js';
import { biasRow } from '../weighted.js';
import { windowOver } from '../window.js';
import { spread } from './affine.js';
import type { AffineNode, BatchData } from './batch.js';
import { collapsed, expanded } from './groups.js';
import { imagesOf, type MatrixNode, PatchReader, walkOf } from './patches.js';

/** Gradients of a weighted layer. */
export interface AffineGradient {
  /** of the input, if asked for */
  readonly x?: BatchData;
  /** of the weights, in the node's own layout */
  readonly weights: Float32Array;
  /** of the bias: one per output channel, or [classes, channels] where it depends on the border */
  readonly bias: Float32Array;
}

const tileRows = 128;

const hasBorder = (node: AffineNode): boolean => 'border' in node.attr && node.attr.border !== undefined;

/** Sums over the pixels of g [pixels, channels], for each bias row apart. */
function biasGradient(node: AffineNode, g: BatchData, channels: number): Float32Array {
  const border = 'border' in node.attr ? node.attr.border : undefined;
  const row = biasRow(border);
  const classes = border ? (Math.max(...border.rows) + 1) * (Math.max(...border.cols) + 1) : 1;
  const sums = new Float64Array(classes * channels);
  for (let at = 0, pixel = 0; at < g.length; at += channels, pixel++) {
    const to = row(pixel) * channels;
    for (let c = 0; c < channels; c++) sums[to + c]! += g[at + c]!;
  }
  return Float32Array.from(sums);
}

/** [depth, rows]: the weights turned round, as panels whose columns are inputs. */
function turnedPanels(w: ArrayLike<number>, rows: number, depth: number, out: Float32Array): void {
  const turned = new Float32Array(w.length);
  for (let o = 0; o < rows; o++) for (let k = 0; k < depth; k++) turned[k * rows + o] = w[o * depth + k]!;
  panels(turned, depth, rows, out);
}

/**
 * Gradients of a matrix layer, given that of its pre-activations.
 * @param x [count, ...] and g [count, pixels, rows]
 * @param wantX false leaves out the gradient of the input
 */
export function matrixGradient(
  linear: Linear,
  graph: Graph,
  node: MatrixNode,
  x: BatchData,
  g: BatchData,
  count: number,
  weights: ArrayLike<number>,
  wantX: boolean,
): AffineGradient {
  const images = imagesOf(graph, node, count);
  const { depth } = images;
  const rows = weights.length / depth;
  const [deep, wide] = [roundUp(depth, 8), roundUp(rows, 8)];
  const floats = images.walk.height * images.walk.width * images.walk.channels;
  const dx = wantX ? linear.array(x.length) : undefined;
  const dw = new Float32Array(rows * depth);
  const bias = new Float32Array(rows);
  linear.scoped(() => {
    const reader = new PatchReader(linear, images);
    const [patch, slope] = [linear.takeF32(tileRows * deep), linear.takeF32(tileRows * wide)];
    const [back, image] = [linear.takeF32(tileRows * deep), linear.takeF32(floats)];
    const [turned, none] = [linear.takeF32(deep * rows), linear.takeF32(deep)];
    const [sums, columns] = [linear.takeF64(deep * wide), linear.takeF64(wide)];
    const pixels = linear.takeI32(images.pixels);
    turnedPanels(weights, rows, depth, linear.f32(turned, deep * rows));
    linear.f32(none, deep).fill(0);
    linear.f32(patch, tileRows * deep).fill(0);
    linear.f32(slope, tileRows * wide).fill(0);
    linear.f64(sums, deep * wide).fill(0);
    linear.f64(columns, wide).fill(0);
    linear.i32(pixels, images.pixels).forEach((_, i, list) => {
      list[i] = i;
    });
    const slopes = linear.f32(slope, tileRows * wide);
    for (let i = 0; i < images.count; i++) {
      reader.load(i, x);
      const pixelGradients = linear.f32(image, floats).fill(0);
      for (let p = 0; p < reader.size(i); p += tileRows) {
        const some = Math.min(tileRows, reader.size(i) - p);
        copyRows(g, (i * images.pixels + p) * rows, some, rows, slopes, wide);
        reader.read(pixels + 4 * p, some, patch, deep);
        linear.gram(patch, deep, slope, wide, some, sums);
        linear.columnSums(slope, some, wide, columns);
        if (!dx) continue;
        linear.gemm(slope, wide, turned, none, back, roundUp(some, 4), rows, deep);
        linear.scatter(image, images.walk, pixels + 4 * p, some, back, deep);
      }
      dx?.set(pixelGradients.subarray(0, Math.min(floats, x.length - i * floats)), i * floats);
    }
    bias.set(linear.f64(columns, rows));
    const total = linear.f64(sums, deep * wide);
    for (let o = 0; o < rows; o++) for (let k = 0; k < depth; k++) dw[o * depth + k] = total[k * wide + o]!;
  });
  return { ...(dx && { x: dx }), weights: dw, bias: hasBorder(node) ? biasGradient(node, g, rows) : bias };
}

function copyRows(g: BatchData, from: number, count: number, rows: number, out: Float32Array, stride: number): void {
  if (rows === stride) out.set(g.subarray(from, from + count * rows));
  else for (let r = 0; r < count; r++) out.set(g.subarray(from + r * rows, from + (r + 1) * rows), r * stride);
}

/** The sums over `multiplier` neighbouring channels, without the padding: the transpose of `spread`. */
function gathered(data: Float32Array, channels: number, multiplier: number, width: number): Float32Array {
  const out = new Float32Array((data.length / width) * channels);
  for (let p = 0; p * width < data.length; p++)
    for (let c = 0; c < channels * multiplier; c++)
      out[p * channels + Math.floor(c / multiplier)]! += data[p * width + c]!;
  return out;
}

/** Gradients of a depthwise convolution; arguments as `matrixGradient`. */
export function depthwiseGradient(
  linear: Linear,
  graph: Graph,
  node: NodeOf<'depthwise_conv2d'>,
  x: BatchData,
  g: BatchData,
  count: number,
  weights: ArrayLike<number>,
): AffineGradient {
  const shape = graph.tensors[node.in[0]!]!.shape;
  const [, kh, kw, channels] = graph.tensors[node.in[1]!]!.shape as [number, number, number, number];
  const window = windowOver(shape, [kh, kw], node.attr);
  const width = roundUp(channels, 4);
  const walk = walkOf(window, width);
  const [images, outPixels] = [count * window.batch, window.outHeight * window.outWidth];
  const inFloats = elements(shape) / shape[0]!;
  const padded = walk.height * walk.width * width;
  const dx = linear.array(x.length);
  const dw = new Float32Array(kh * kw * channels);
  linear.scoped(() => {
    const take = (n: number): Pointer => linear.takeF32(n);
    const [image, slope, back] = [take(padded), take(outPixels * width), take(padded)];
    const [w, sums] = [take(kh * kw * width), take(kh * kw * width)];
    linear.f32(w, kh * kw * width).set(spread(Float32Array.from(weights), channels, 1, width));
    linear.f32(sums, kh * kw * width).fill(0);
    for (let i = 0; i < images; i++) {
      const data = spread(x.subarray(i * inFloats, (i + 1) * inFloats), shape[3]!, node.attr.multiplier, width);
      linear.f32(image, padded).set(data);
      const from = i * outPixels * channels;
      linear
        .f32(slope, outPixels * width)
        .set(spread(g.subarray(from, from + outPixels * channels), channels, 1, width));
      linear.f32(back, padded).fill(0);
      linear.depthwiseGradient(image, walk, w, slope, back, sums);
      dx.set(gathered(linear.f32(back, padded), shape[3]!, node.attr.multiplier, width), i * inFloats);
    }
    dw.set(gathered(linear.f32(sums, kh * kw * width), channels, 1, width));
  });
  return { x: dx, weights: dw, bias: biasGradient(node, g, channels) };
}

/** Gradients of any layer with constant weights; arguments as `matrixGradient`. */
export function affineGradient(
  linear: Linear,
  graph: Graph,
  node: AffineNode,
  x: BatchData,
  g: BatchData,
  count: number,
  wantX: boolean,
): AffineGradient {
  const w = graph.tensors[node.in[1]!]!;
  if (node.op === 'depthwise_conv2d') return depthwiseGradient(linear, graph, node, x, g, count, w.data!);
  if (node.op === 'fully_connected' || node.attr.groups === 1)
    return matrixGradient(linear, graph, node, x, g, count, w.data!, wantX);
  const { groups } = node.attr;
  const all = matrixGradient(linear, graph, node, x, g, count, expanded(w, groups), wantX);
  return { ...all, weights: collapsed(all.weights, w.shape, groups) };
}
