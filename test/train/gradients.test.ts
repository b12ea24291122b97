import { describe, expect, test } from 'vitest';
import { withTensors } from '../../src/ir/edit.js';
import { elements, type Graph, type OpAttrs, type OpKind, type TensorId, type UnaryFn } from '../../src/ir/graph.js';
import { checkGraph } from '../../src/ops/check.js';
import { hasGradient, Tape } from '../../src/ops/float/gradient.js';
import { ops } from '../../src/ops/index.js';
import { Linear } from '../../src/support/linear.js';
import { Builder, residual, samplesFor, uniform } from '../support/float-net.js';
import { f32, type Spec } from '../support/net.js';
import { judgeGraph } from '../support/tfjs.js';

const linear = await Linear.load();
const count = 3;

/** A graph of one op; data in a spec make a constant. */
function single<K extends OpKind>(op: K, attr: OpAttrs[K], inputs: readonly Spec[], shape: readonly number[]): Graph {
  const b = new Builder();
  return b.graph(b.net.node(op, attr, inputs.map(b.net.add), f32(shape)));
}
const constant = (shape: readonly number[]): Spec => ({ ...f32(shape), data: uniform(elements(shape), 77) });
function layer(make: (b: Builder, x: TensorId) => TensorId, shape: readonly number[]): Graph {
  const b = new Builder();
  return b.graph(make(b, b.input(shape)));
}

/** Filters of two groups. */
function grouped(): Graph {
  const w = { ...f32([6, 3, 3, 2]), data: uniform(108, 5) };
  const bias = { ...f32([6]), data: uniform(6, 6) };
  const attr: OpAttrs['conv2d'] = { stride: [1, 1], dilation: [1, 1], pad: [1, 1, 1, 1], groups: 2, act: 'relu' };
  return single('conv2d', attr, [f32([1, 5, 4, 4]), w, bias], [1, 5, 4, 6]);
}
const image = f32([1, 6, 5, 4]);
/** The judge's own gradient of a resize takes height for width. */
const square = f32([1, 5, 5, 4]);
const none = { act: 'none' } as const;

const row = f32([1, 6, 1, 4]);
const whole = (shape: readonly number[], data: readonly number[]): Spec => ({
  ...f32(shape),
  type: 's32',
  data: Int32Array.from(data),
});
const flags = (shape: readonly number[]): Spec => ({
  ...f32(shape),
  type: 'bool',
  data: Uint8Array.from({ length: elements(shape) }, (_, i) => ((i * 7) % 3) % 2),
});
/** Those that TensorFlow.js has too. */
const unaries = [
  ...([
    'abs',
    'neg',
    'square',
    'exp',
    'sin',
    'cos',
    'tan',
    'atan',
    'sinh',
    'cosh',
    'asinh',
    'erf',
    'softplus',
  ] as const),
  ...(['reciprocal', 'leaky_relu', 'elu', 'clip'] as const),
];
const alphas: Partial<Record<UnaryFn, readonly [number, number]>> = {
  leaky_relu: [0.2, 0],
  elu: [1, 0],
  selu: [1.6733, 1.0507],
  celu: [0.8, 0],
  clip: [-0.3, 0.4],
  hard_sigmoid: [0.2, 0.5],
  thresholded_relu: [0.3, 0],
  shrink: [0.3, 0.1],
};
const unaryOf = (fn: UnaryFn): Graph => {
  const [alpha, beta] = alphas[fn] ?? [0, 0];
  return single('unary', { fn, alpha, beta }, [image], image.shape);
};
const binaries = ['div', 'maximum', 'minimum', 'squared_difference', 'prelu'] as const;

const cases: Record<string, readonly [OpKind, Graph]> = {
  conv: ['conv2d', layer((b, x) => b.conv(x, 5), [1, 7, 5, 3])],
  'strided conv': ['conv2d', layer((b, x) => b.conv(x, 9, { stride: [2, 1], pad: [0, 1, 0, 1] }), [1, 8, 6, 5])],
  'pointwise conv': ['conv2d', layer((b, x) => b.conv(x, 10, { kernel: [1, 1], pad: [0, 0, 0, 0] }), [1, 5, 4, 7])],
  'wide kernel': [
    'conv2d',
    layer((b, x) => b.conv(x, 4, { kernel: [10, 4], stride: [2, 2], pad: [4, 5, 1, 1] }), [1, 12, 6, 1]),
  ],
  'grouped conv': ['conv2d', grouped()],
  depthwise: ['depthwise_conv2d', layer((b, x) => b.depthwise(x), [1, 6, 7, 5])],
  'depthwise, multiplier 2': ['depthwise_conv2d', layer((b, x) => b.depthwise(x, 2, { stride: [2, 2] }), [1, 6, 7, 3])],
  dense: ['fully_connected', layer((b, x) => b.dense(x, 11, 'relu'), [1, 13])],
  add: ['add', single('add', { act: 'relu' }, [image, image], image.shape)],
  'add of a row': ['add', single('add', none, [image, f32([1, 1, 1, 4])], image.shape)],
  'add of a constant': ['add', single('add', none, [image, constant([4])], image.shape)],
  sub: ['sub', single('sub', { act: 'relu6' }, [image, f32([1, 6, 1, 4])], image.shape)],
  'sub from a constant': ['sub', single('sub', none, [constant([1]), image], image.shape)],
  mul: ['mul', single('mul', none, [image, image], image.shape)],
  'mul by a map': ['mul', single('mul', none, [image, f32([1, 6, 5, 1])], image.shape)],
  'mul by a constant': ['mul', single('mul', none, [image, constant([1, 1, 1, 4])], image.shape)],
  'average pool': [
    'average_pool2d',
    single('average_pool2d', { filter: [3, 2], stride: [2, 2], pad: [0, 0, 0, 0], act: 'none' }, [image], [1, 2, 2, 4]),
  ],
  'max pool': [
    'max_pool2d',
    single('max_pool2d', { filter: [2, 2], stride: [1, 2], pad: [0, 0, 0, 0], act: 'none' }, [image], [1, 5, 2, 4]),
  ],
  'mean over space': ['mean', single('mean', { axes: [1, 2], keepDims: false }, [image], [1, 4])],
  'mean over channels': ['mean', single('mean', { axes: [3], keepDims: true }, [image], [1, 6, 5, 1])],
  reshape: ['reshape', single('reshape', {}, [image], [1, 120])],
  softmax: ['softmax', single('softmax', { beta: 1.5 }, [f32([1, 7])], [1, 7])],
  logistic: ['logistic', single('logistic', {}, [image], image.shape)],
  tanh: ['tanh', single('tanh', {}, [image], image.shape)],
  relu: ['relu', single('relu', { act: 'relu_n1_to_1' }, [image], image.shape)],
  pad: ['pad', single('pad', { before: [0, 1, 2, 0], after: [0, 0, 1, 3], value: 0.5 }, [image], [1, 7, 8, 7])],
  'joined channels': [
    'concatenation',
    single('concatenation', { axis: 3, act: 'relu' }, [image, f32([1, 6, 5, 3])], [1, 6, 5, 7]),
  ],
  'joined rows': [
    'concatenation',
    single('concatenation', { axis: 1, act: 'none' }, [image, constant([1, 2, 5, 4])], [1, 8, 5, 4]),
  ],
  'resize, larger': [
    'resize_bilinear',
    single('resize_bilinear', { size: [9, 8], alignCorners: false, halfPixel: false }, [square], [1, 9, 8, 4]),
  ],
  'resize, smaller, corners aligned': [
    'resize_bilinear',
    single('resize_bilinear', { size: [4, 3], alignCorners: true, halfPixel: false }, [square], [1, 4, 3, 4]),
  ],
  transpose: ['transpose', single('transpose', { perm: [0, 3, 1, 2] }, [image], [1, 4, 6, 5])],
  ...Object.fromEntries(unaries.map((fn) => [fn, ['unary', unaryOf(fn)] as const])),
  ...Object.fromEntries(
    binaries.map((fn) => [fn, ['binary', single('binary', { fn }, [image, image], image.shape)] as const]),
  ),
  'divided by a row': ['binary', single('binary', { fn: 'div' }, [image, row], image.shape)],
  'divided by a constant': ['binary', single('binary', { fn: 'div' }, [image, constant([4])], image.shape)],
  ...Object.fromEntries(
    (['sum', 'max', 'min'] as const).map((fn) => [
      `${fn} over rows`,
      ['reduce', single('reduce', { fn, axes: [1], keepDims: false }, [image], [1, 5, 4])] as const,
    ]),
  ),
  'log softmax': ['log_softmax', single('log_softmax', {}, [f32([1, 7])], [1, 7])],
  cumsum: ['cumsum', single('cumsum', { axis: 1, exclusive: true, reverse: true }, [f32([1, 7])], [1, 7])],
  'matrix product': [
    'batch_matmul',
    single(
      'batch_matmul',
      { transposeA: false, transposeB: true },
      [f32([1, 2, 3, 4]), f32([1, 2, 5, 4])],
      [1, 2, 3, 5],
    ),
  ],
  'matrix product with a constant': [
    'batch_matmul',
    single(
      'batch_matmul',
      { transposeA: true, transposeB: false },
      [f32([1, 2, 4, 3]), constant([4, 5])],
      [1, 2, 3, 5],
    ),
  ],
  gather: ['gather', single('gather', { axis: 2, batchDims: 0 }, [image, whole([3], [4, 0, 4])], [1, 6, 3, 4])],
  slice: [
    'strided_slice',
    single('strided_slice', { begin: [0, 1, 4, 0], strides: [1, 2, -2, 1] }, [image], [1, 3, 2, 4]),
  ],
  tile: ['tile', single('tile', { multiples: [1, 2, 1, 3] }, [image], [1, 12, 5, 12])],
};

const weights = (shape: readonly number[], seed: number): Spec => ({
  ...f32(shape),
  data: uniform(elements(shape), seed),
});
const steps = f32([1, 5, 3]);
function lstm(reverse: boolean): Graph {
  const attr = { reverse, last: reverse, hardSlope: reverse ? 0.2 : 0, cellPower: 0, cellClip: 0 };
  const operands = [steps, weights([4, 4, 3], 1), weights([4, 4, 4], 2), weights([4, 4], 3)];
  return single('lstm', attr, operands, reverse ? [1, 4] : [1, 5, 4]);
}
function gru(reverse: boolean): Graph {
  const attr = { reverse, last: reverse, hardSlope: 0, resetAfter: reverse };
  const operands = [steps, weights([3, 4, 3], 1), weights([3, 4, 4], 2), weights([6, 4], 3)];
  return single('gru', attr, operands, reverse ? [1, 4] : [1, 5, 4]);
}
function transposed(groups: number): Graph {
  const attr = { stride: [2, 2], dilation: [1, 1], pad: [1, 1, 0, 1], groups, act: 'relu' } as const;
  const operands = [f32([1, 4, 3, 4]), weights([6, 3, 3, 4 / groups], 4), weights([6], 5)];
  return single('transpose_conv', attr, operands, [1, 7, 6, 6]);
}
const chosen = { transposeA: false, transposeB: false } as const;
const functions = [
  'hard_swish',
  'gelu',
  'gelu_tanh',
  'mish',
  'swish',
  'softsign',
  'selu',
  'celu',
  'hard_sigmoid',
] as const;
const others: Record<string, readonly [OpKind, Graph]> = {
  ...Object.fromEntries(
    [...functions, 'thresholded_relu', 'shrink', 'sign', 'floor'].map((fn) => [
      fn,
      ['unary', unaryOf(fn as UnaryFn)] as const,
    ]),
  ),
  ...Object.fromEntries(
    (['l1', 'l2', 'sum_square', 'log_sum_exp', 'prod'] as const).map((fn) => [
      fn,
      ['reduce', single('reduce', { fn, axes: [1, 3], keepDims: true }, [image], [1, 1, 5, 1])] as const,
    ]),
  ),
  ...Object.fromEntries(
    [false, true].flatMap((reverse) => [
      [`lstm${reverse ? ', backwards, the last step' : ''}`, ['lstm', lstm(reverse)] as const],
      [`gru${reverse ? ', backwards, the last step' : ''}`, ['gru', gru(reverse)] as const],
    ]),
  ),
  'transposed conv': ['transpose_conv', transposed(1)],
  'transposed conv of two groups': ['transpose_conv', transposed(2)],
  'repeated matrices': [
    'batch_matmul',
    single('batch_matmul', chosen, [f32([1, 2, 3, 4]), f32([1, 1, 4, 5])], [1, 2, 3, 5]),
  ],
  'gather by elements': [
    'gather_elements',
    single('gather_elements', { axis: 1 }, [f32([1, 4, 2]), whole([1, 3, 2], [3, 0, 1, 1, -1, 0])], [1, 3, 2]),
  ],
  'gather by places': [
    'gather_nd',
    single('gather_nd', { batchDims: 0 }, [f32([1, 4, 3]), whole([2, 2], [0, 3, 0, 1])], [2, 3]),
  ],
  'scattered elements': [
    'scatter_elements',
    single(
      'scatter_elements',
      { axis: 1, fn: 'none' },
      [f32([1, 5, 2]), whole([1, 2, 2], [4, 0, 1, 2]), f32([1, 2, 2])],
      [1, 5, 2],
    ),
  ],
  'scattered slices': [
    'scatter_nd',
    single('scatter_nd', { fn: 'none' }, [f32([1, 5, 2]), whole([2, 2], [0, 4, 0, 1]), f32([2, 2])], [1, 5, 2]),
  ],
  'resize to the nearest': [
    'resize_nearest',
    single(
      'resize_nearest',
      { coordinates: 'asymmetric', rounding: 'floor', steps: [1, 0.5, 0.5, 1] },
      [square],
      [1, 10, 10, 4],
    ),
  ],
  'cumsum along an inner axis': [
    'cumsum',
    single('cumsum', { axis: 2, exclusive: false, reverse: false }, [image], image.shape),
  ],
  'maximum with a row': ['binary', single('binary', { fn: 'maximum' }, [row, image], image.shape)],
  power: ['binary', single('binary', { fn: 'pow' }, [constant([1]), image], image.shape)],
  broadcast: ['broadcast_to', single('broadcast_to', {}, [row], [1, 6, 5, 4])],
  chosen: ['select', single('select', {}, [flags([1, 6, 5, 1]), image, f32([1, 1, 5, 4])], image.shape)],
  'the greatest three': [
    'top_k',
    single('top_k', { axis: 1, k: 3, largest: true, result: 'values' }, [image], [1, 3, 5, 4]),
  ],
  'local response': [
    'local_response_normalization',
    single('local_response_normalization', { radius: 1, bias: 1.2, alpha: 0.7, beta: 0.75 }, [image], image.shape),
  ],
};

/** Sum of the outputs times fixed numbers. */
function taped(graph: Graph, inputs: readonly Float32Array[]) {
  const end = graph.outputs[0]!;
  const tape = new Tape(linear, graph, inputs, count, [end]);
  const y = tape.at(end);
  const slope = y.map((_, i) => Math.cos(1 + i));
  const found = tape.backward(new Map([[end, slope]]), graph.inputs);
  const gradients = new Map<TensorId, Float32Array>(graph.inputs.map((id) => [id, tape.slope(id)!]));
  for (const [id, g] of found) gradients.set(id, g);
  return { y, slope, gradients };
}

const rms = (x: Float32Array) => Math.sqrt(x.reduce((s, v) => s + v * v, 0) / x.length) + 1e-6;

function farthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, v, i) => Math.max(most, Math.abs(v - b[i]!)), 0);
}

function compare(graph: Graph): void {
  checkGraph(graph);
  const { inputs } = samplesFor(graph, count);
  const own = taped(graph, inputs);
  const judge = judgeGraph(graph, inputs, count, own.slope);
  expect(farthest(own.y, judge.y)).toBeLessThan(1e-4 * Math.max(1, rms(judge.y)));
  expect(own.gradients.size).toBe(judge.gradients.size);
  for (const [id, wanted] of judge.gradients)
    expect(farthest(own.gradients.get(id)!, wanted)).toBeLessThan(1e-4 * Math.max(1, rms(wanted)));
}

describe('as TensorFlow.js', () => {
  test.each(Object.entries(cases))('%s', (_, [, graph]) => compare(graph));
  test('a residual network, softmax included', () => compare(residual()));
  test('a tensor that is read twice by one op, and by several', () => {
    const b = new Builder();
    const x = b.conv(b.input([1, 4, 4, 3]), 6);
    const square = b.net.node('mul', none, [x, x], f32([1, 4, 4, 6]));
    const twice = b.net.node('add', none, [square, square], f32([1, 4, 4, 6]));
    compare(b.graph(b.net.node('sub', none, [twice, x], f32([1, 4, 4, 6]))));
  });
});

describe('as differences', () => {
  const loss = (graph: Graph, inputs: readonly Float32Array[]) => {
    const y = new Tape(linear, graph, inputs, count, graph.outputs).at(graph.outputs[0]!);
    return y.reduce((sum, v, i) => sum + v * Math.cos(1 + i), 0);
  };
  const borders: Graph = (() => {
    const plain = layer((b, x) => b.conv(x, 5, { act: 'none' }), [1, 7, 5, 3]);
    const node = plain.nodes[0]!;
    const border = { rows: [0, 1, 1, 1, 1, 1, 2], cols: [0, 1, 1, 1, 2] };
    const bias = { ...plain.tensors[node.in[2]!]!, shape: [9, 5], data: uniform(45, 3) };
    return {
      ...withTensors(plain, new Map([[node.in[2]!, bias]])),
      nodes: [{ ...node, attr: { ...node.attr, border } } as typeof node],
    };
  })();
  const padded = { filter: [3, 3], stride: [2, 2], pad: [1, 1, 1, 1], act: 'none' } as const;
  const more: Record<string, readonly [OpKind, Graph]> = {
    ...cases,
    'dilated conv': [
      'conv2d',
      layer((b, x) => b.conv(x, 4, { dilation: [2, 1], pad: [2, 2, 1, 1], act: 'none' }), [1, 7, 5, 3]),
    ],
    'bias by border': ['conv2d', borders],
    'resize by half pixels': [
      'resize_bilinear',
      single('resize_bilinear', { size: [9, 8], alignCorners: false, halfPixel: true }, [image], [1, 9, 8, 4]),
    ],
    'average pool with a border': ['average_pool2d', single('average_pool2d', padded, [image], [1, 3, 3, 4])],
    'max pool with a border': ['max_pool2d', single('max_pool2d', padded, [image], [1, 3, 3, 4])],
  };

  test.each(Object.entries({ ...more, ...others }))('%s', (_, [, graph]) => {
    const { inputs } = samplesFor(graph, count);
    const { gradients } = taped(graph, inputs);
    const step = 1e-3;
    const differences = (id: TensorId, k: number) => {
      const data = graph.tensors[id]!.data as Float32Array | undefined;
      const at = (by: number) => {
        const moved = (x: Float32Array) => x.map((v, i) => (i === k ? v + by : v));
        if (data)
          return loss(withTensors(graph, new Map([[id, { ...graph.tensors[id]!, data: moved(data) }]])), inputs);
        return loss(
          graph,
          inputs.map((x, i) => (graph.inputs[i] === id ? moved(x) : x)),
        );
      };
      const [a, b, c] = [at(-step), at(0), at(step)];
      return { slope: (c - a) / (2 * step), bend: Math.abs(c - 2 * b + a) / step };
    };
    for (const [id, g] of gradients)
      for (const k of new Set([0, Math.floor(g.length / 3), Math.floor(g.length / 2), g.length - 1])) {
        const { slope, bend } = differences(id, k);
        // Where an activation or a maximum changes within the step, the difference tells nothing.
        if (bend < 0.02) expect(Math.abs(slope - g[k]!)).toBeLessThan(0.02 + 0.01 * Math.abs(slope));
      }
  });
});

/** Whole numbers, changes of type, and what is never without a state. */
const without = ['arg_max', 'arg_min', 'audio_features', 'cast', 'dequantize', 'one_hot', 'quantize', 'svdf'];

test('every op of the vocabulary has a gradient and a case, but for a few', () => {
  const known = [...Object.values(cases), ...Object.values(others)].map(([op]) => op);
  const missing = Object.keys(ops).filter((op) => !known.includes(op as OpKind));
  expect(missing.sort()).toEqual(without.sort());
  for (const [op, graph] of [...Object.values(cases), ...Object.values(others)])
    expect(hasGradient(graph, graph.nodes.find((n) => n.op === op)!)).toBe(true);
});
