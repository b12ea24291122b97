/** Small float networks with random weights, for tests of calibration and pruning. */
import type { Graph, OpAttrs, Padding, Pair, TensorId } from '../../src/ir/graph.js';
import { elements } from '../../src/ir/graph.js';
import type { Calibration } from '../../src/ops/float/calibration.js';
import { random } from '../../src/support/rng.js';
import { f32, type Net, net } from './net.js';

export const uniform = (n: number, seed: number): Float32Array => {
  const next = random(seed);
  return Float32Array.from({ length: n }, () => 2 * next() - 1);
};

const output = (size: number, k: number, stride: number, before: number, after: number, dilation: number) =>
  Math.floor((size + before + after - (k - 1) * dilation - 1) / stride) + 1;

interface Window {
  readonly kernel?: Pair;
  readonly stride?: Pair;
  readonly dilation?: Pair;
  readonly pad?: Padding;
  readonly act?: 'none' | 'relu' | 'relu6';
}

/** Adds layers to a net, keeping track of shapes. */
export class Builder {
  private seed = 1;
  readonly net: Net = net('float');
  private readonly shapes = new Map<TensorId, readonly number[]>();

  private note(id: TensorId, shape: readonly number[]): TensorId {
    this.shapes.set(id, shape);
    return id;
  }

  shape = (id: TensorId): readonly number[] => this.shapes.get(id)!;
  constant = (shape: readonly number[], scale = 1): TensorId =>
    this.net.add({ ...f32(shape), data: uniform(elements(shape), this.seed++).map((v) => v * scale) });
  input = (shape: readonly number[]): TensorId => this.note(this.net.add(f32(shape)), shape);

  private window({ kernel = [3, 3], stride = [1, 1], dilation = [1, 1], pad = [1, 1, 1, 1], act = 'relu' }: Window) {
    return { kernel, attr: { stride, dilation, pad, act } };
  }

  conv(x: TensorId, channels: number, about: Window = {}): TensorId {
    const [n, h, w, c] = this.shape(x) as [number, number, number, number];
    const { kernel, attr } = this.window(about);
    const { stride, dilation, pad } = attr;
    const shape = [
      n,
      output(h, kernel[0], stride[0], pad[0], pad[1], dilation[0]),
      output(w, kernel[1], stride[1], pad[2], pad[3], dilation[1]),
      channels,
    ];
    const weights = this.constant([channels, ...kernel, c], 1 / Math.sqrt(kernel[0] * kernel[1] * c));
    const inputs = [x, weights, this.constant([channels], 0.3)];
    return this.note(this.net.node('conv2d', { ...attr, groups: 1 }, inputs, f32(shape)), shape);
  }

  depthwise(x: TensorId, multiplier = 1, about: Window = {}): TensorId {
    const [n, h, w, c] = this.shape(x) as [number, number, number, number];
    const { kernel, attr } = this.window(about);
    const { stride, dilation, pad } = attr;
    const shape = [
      n,
      output(h, kernel[0], stride[0], pad[0], pad[1], dilation[0]),
      output(w, kernel[1], stride[1], pad[2], pad[3], dilation[1]),
      c * multiplier,
    ];
    const inputs = [x, this.constant([1, ...kernel, c * multiplier], 0.4), this.constant([c * multiplier], 0.3)];
    return this.note(this.net.node('depthwise_conv2d', { ...attr, multiplier }, inputs, f32(shape)), shape);
  }

  dense(x: TensorId, rows: number, act: 'none' | 'relu' = 'none'): TensorId {
    const depth = this.shape(x).at(-1)!;
    const shape = [1, rows];
    const inputs = [x, this.constant([rows, depth], 1 / Math.sqrt(depth)), this.constant([rows], 0.3)];
    return this.note(this.net.node('fully_connected', { act }, inputs, f32(shape)), shape);
  }

  node<K extends 'add' | 'reshape' | 'average_pool2d' | 'max_pool2d' | 'concatenation' | 'softmax' | 'mean' | 'relu'>(
    op: K,
    attr: OpAttrs[K],
    inputs: readonly TensorId[],
    shape: readonly number[],
  ): TensorId {
    return this.note(this.net.node(op, attr, inputs, f32(shape)), shape);
  }

  graph = (...outputs: TensorId[]): Graph => this.net.graph(...outputs);
}

/** A small residual network with a skip, a depthwise layer, a concatenation and a classifier. */
export function residual(): Graph {
  const b = new Builder();
  const x = b.input([1, 6, 6, 3]);
  const first = b.conv(x, 8);
  const branch = b.conv(b.conv(first, 8), 8, { act: 'none' });
  const sum = b.node('add', { act: 'relu' }, [first, branch], [1, 6, 6, 8]);
  const deep = b.depthwise(sum);
  const point = b.conv(deep, 12, { kernel: [1, 1], pad: [0, 0, 0, 0] });
  const joined = b.node('concatenation', { axis: 3, act: 'none' }, [sum, point], [1, 6, 6, 20]);
  const last = b.conv(joined, 16, { stride: [2, 2], pad: [0, 1, 0, 1] });
  const pooled = b.node(
    'average_pool2d',
    { filter: [3, 3], stride: [1, 1], pad: [0, 0, 0, 0], act: 'none' },
    [last],
    [1, 1, 1, 16],
  );
  const logits = b.dense(b.node('reshape', {}, [pooled], [1, 16]), 5);
  return b.graph(b.node('softmax', { beta: 1 }, [logits], [1, 5]));
}

/** Random, somewhat smooth samples for every input of a graph. */
export function samplesFor(graph: Graph, count: number, seed = 1): Calibration {
  const inputs = graph.inputs.map((id, k) => {
    const size = elements(graph.tensors[id]!.shape);
    const data = uniform(count * size, seed + k);
    for (let i = 1; i < data.length; i++) if (i % size) data[i] = 0.7 * data[i - 1]! + 0.5 * data[i]!;
    return data;
  });
  return { count, inputs, warnings: [] };
}
