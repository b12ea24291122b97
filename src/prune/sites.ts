import type { Graph, NodeOf } from '../ir/graph.js';
import type { BatchData } from '../ops/float/batch.js';
import { type Images, imagesOf, type MatrixNode, walkOf } from '../ops/float/patches.js';
import { windowOver } from '../ops/window.js';
import { type Linear, type Pointer, panels, roundUp } from '../support/linear.js';
import type { Layer } from './layers.js';
import { batch, chooseAll, copyRows, eachPatch, type Moments, mirror, numbers, type Site } from './moments.js';

/** More pixels than this tell no more about a layer; neighbours in an image are alike. */
const mostPixels = 65536;
const mostDepthwisePixels = 8192;

/** A convolution or a fully connected layer. */
class MatrixSite implements Site {
  readonly pixels: Int32Array;
  private readonly images: Images;
  private readonly chosen: readonly Int32Array[];
  private readonly stride: number;
  private sums: Float64Array | undefined;

  constructor(
    private readonly linear: Linear,
    graph: Graph,
    node: MatrixNode,
    private readonly x: BatchData,
    samples: number,
    seed: number,
    private readonly outputs: number,
  ) {
    this.images = imagesOf(graph, node, samples);
    this.chosen = chooseAll(this.images, mostPixels, seed);
    this.pixels = numbers(this.images, this.chosen);
    this.stride = roundUp(this.images.depth + 1, 8);
  }

  private each(visit: (rows: Pointer, count: number, first: number) => void): void {
    eachPatch(this.linear, this.images, this.x, this.stride, this.chosen, visit);
  }

  /** Products of all columns with each other; worked out once. */
  private gram(): Float64Array {
    const { linear, stride } = this;
    this.sums ??= linear.scoped(() => {
      const gram = linear.takeF64(stride * stride);
      linear.f64(gram, stride * stride).fill(0);
      this.each((rows, count) => {
        linear.gram(rows, stride, rows, stride, count, gram, true);
      });
      return linear.f64(gram, stride * stride).slice();
    });
    mirror(this.sums, this.images.depth + 1, stride);
    return this.sums;
  }

  /** Products of the columns with wanted outputs: [stride, roundUp(outputs, 8)]. */
  private cross(wanted: Float32Array): Float64Array {
    const { linear, stride, outputs } = this;
    const width = roundUp(outputs, 8);
    return linear.scoped(() => {
      const [cross, target] = [linear.takeF64(stride * width), linear.takeF32(batch * width)];
      linear.f64(cross, stride * width).fill(0);
      linear.f32(target, batch * width).fill(0);
      this.each((rows, count, first) => {
        copyRows(wanted.subarray(first * outputs), outputs, linear.f32(target, batch * width), width, count);
        linear.gram(rows, stride, target, width, count, cross);
      });
      return linear.f64(cross, stride * width).slice();
    });
  }

  moments(wanted?: Float32Array): Moments {
    const gram = this.gram();
    const cross = wanted && this.cross(wanted);
    const width = roundUp(this.outputs, 8);
    return {
      ...{ count: this.pixels.length, depth: this.images.depth, stride: this.stride, gram: () => gram },
      cross: (row, k) => cross?.[k * width + row] ?? 0,
    };
  }

  predict(weights: Float32Array): Float32Array {
    const { linear, stride, outputs } = this;
    const { depth } = this.images;
    const width = roundUp(outputs, 8);
    const y = new Float32Array(this.pixels.length * outputs);
    linear.scoped(() => {
      const [w, none, tile] = [linear.takeF32(width * depth), linear.takeF32(width), linear.takeF32(batch * width)];
      panels(weights, outputs, depth, linear.f32(w, width * depth));
      linear.f32(none, width).fill(0);
      this.each((rows, count, first) => {
        linear.gemm(rows, stride, w, none, tile, roundUp(count, 4), depth, width);
        copyRows(linear.f32(tile, batch * width), width, y.subarray(first * outputs), outputs, count);
      });
    });
    return y;
  }
}

/** A depthwise convolution: every output channel has inputs of its own. */
class DepthwiseSite implements Site {
  readonly pixels: Int32Array;
  private readonly taps: number;
  /** inputs, [outputs, pixels, taps + 1], the last being 1 */
  private readonly inputs: Float32Array;
  private sums: Float64Array | undefined;

  constructor(
    linear: Linear,
    graph: Graph,
    node: NodeOf<'depthwise_conv2d'>,
    x: BatchData,
    samples: number,
    seed: number,
    private readonly outputs: number,
  ) {
    const shape = graph.tensors[node.in[0]!]!.shape;
    const [, kh, kw] = graph.tensors[node.in[1]!]!.shape as [number, number, number];
    const window = windowOver(shape, [kh, kw], node.attr);
    const channels = shape[3]!;
    const [pixels, count] = [window.outHeight * window.outWidth, samples * window.batch];
    const depth = kh * kw * channels;
    const images: Images = { walk: walkOf(window, channels), pixels, count, total: count * pixels, depth };
    const chosen = chooseAll(images, mostDepthwisePixels, seed);
    this.taps = kh * kw;
    this.pixels = numbers(images, chosen);
    this.inputs = new Float32Array(outputs * this.pixels.length * (this.taps + 1)).fill(1);
    linear.scoped(() => {
      eachPatch(linear, images, x, depth + 1, chosen, (rows, some, first) => {
        this.spread(linear.f32(rows, some * (depth + 1)), some, first, channels, node.attr.multiplier);
      });
    });
  }

  private spread(rows: Float32Array, count: number, first: number, channels: number, multiplier: number): void {
    const { taps, inputs, outputs } = this;
    const size = taps * channels + 1;
    for (let o = 0; o < outputs; o++) {
      const c = Math.floor(o / multiplier);
      for (let r = 0; r < count; r++) {
        const to = (o * this.pixels.length + first + r) * (taps + 1);
        for (let t = 0; t < taps; t++) inputs[to + t] = rows[r * size + t * channels + c]!;
      }
    }
  }

  /** Products of the columns of every channel, [outputs, taps + 1, taps + 1]; worked out once. */
  private grams(): Float64Array {
    if (this.sums) return this.sums;
    const { inputs, outputs } = this;
    const [n, count] = [this.taps + 1, this.pixels.length];
    const sums = new Float64Array(outputs * n * n);
    for (let o = 0; o < outputs; o++) {
      const own = sums.subarray(o * n * n, (o + 1) * n * n);
      for (let at = o * count * n; at < (o + 1) * count * n; at += n)
        for (let i = 0; i < n; i++) {
          const v = inputs[at + i]!;
          for (let j = i; j < n; j++) own[i * n + j]! += v * inputs[at + j]!;
        }
      mirror(own, n, n);
    }
    this.sums = sums;
    return sums;
  }

  private cross(wanted: Float32Array): Float64Array {
    const { inputs, outputs } = this;
    const [n, count] = [this.taps + 1, this.pixels.length];
    const sums = new Float64Array(outputs * n);
    for (let o = 0; o < outputs; o++)
      for (let p = 0; p < count; p++) {
        const [at, y] = [(o * count + p) * n, wanted[p * outputs + o]!];
        for (let i = 0; i < n; i++) sums[o * n + i]! += inputs[at + i]! * y;
      }
    return sums;
  }

  moments(wanted?: Float32Array): Moments {
    const n = this.taps + 1;
    const grams = this.grams();
    const cross = wanted && this.cross(wanted);
    return {
      ...{ count: this.pixels.length, depth: this.taps, stride: n },
      gram: (row) => grams.subarray(row * n * n, (row + 1) * n * n),
      cross: (row, k) => cross?.[row * n + k] ?? 0,
    };
  }

  predict(weights: Float32Array): Float32Array {
    const { inputs, outputs, taps } = this;
    const count = this.pixels.length;
    const y = new Float32Array(count * outputs);
    for (let o = 0; o < outputs; o++)
      for (let p = 0; p < count; p++) {
        const at = (o * count + p) * (taps + 1);
        let sum = 0;
        for (let t = 0; t < taps; t++) sum += inputs[at + t]! * weights[o * taps + t]!;
        y[p * outputs + o] = sum;
      }
    return y;
  }
}

/**
 * Where a layer is looked at: a seeded choice of its output pixels.
 * @param x the layer's input for all samples
 */
export function siteOf(
  linear: Linear,
  graph: Graph,
  layer: Pick<Layer, 'index' | 'rows'>,
  x: BatchData,
  samples: number,
  seed: number,
): Site {
  const node = graph.nodes[layer.index]!;
  return node.op === 'depthwise_conv2d'
    ? new DepthwiseSite(linear, graph, node, x, samples, seed + layer.index, layer.rows)
    : new MatrixSite(linear, graph, node as MatrixNode, x, samples, seed + layer.index, layer.rows);
}

/** The rows of values [all pixels, width] at the pixels of a site. */
export function rowsAt(site: Site, values: BatchData, width: number): Float32Array {
  const out = new Float32Array(site.pixels.length * width);
  site.pixels.forEach((p, i) => {
    for (let c = 0; c < width; c++) out[i * width + c] = values[p * width + c]!;
  });
  return out;
}
