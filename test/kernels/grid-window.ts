/** Convolutions, fully connected layers and pools. */
import type { Activation, Border, Graph, Padding, Pair, TensorData } from '../../src/ir/graph.js';
import { elements, newData } from '../../src/ir/graph.js';
import { integer, random } from '../../src/support/rng.js';
import { net, perAxis, quant, type Spec } from '../support/net.js';
import type { GridCase } from './grid.js';

type Type = 's8' | 'f32';

/** A convolution, written down by what is unusual about it. */
export interface Conv {
  readonly in: readonly [n: number, h: number, w: number, c: number];
  readonly out: number;
  readonly k: Pair;
  readonly stride?: Pair;
  readonly dilation?: Pair;
  readonly pad?: Padding;
  readonly groups?: number;
  /** depthwise with this multiplier */
  readonly multiplier?: number;
  readonly act?: Activation;
  /** zero points of input and output */
  readonly zero?: Pair;
  /** factor on the usual scale of the weights; large values make shifts to the left */
  readonly gain?: number;
  readonly border?: Border;
  readonly bias?: false;
  /** an add follows: is the skip tensor its first operand? */
  readonly add?: 'first' | 'second';
}

const next = random(7);
const noise = (type: Type, count: number, range: number): TensorData => {
  const data = newData(type === 'f32' ? 'f32' : range > 127 ? 's32' : 's8', count);
  return data.map(() => (type === 'f32' ? 2 * next() - 1 : integer(next, -range, range))) as TensorData;
};

const reach = (k: number, dilation: number) => (k - 1) * dilation + 1;

function outSize(c: Conv): Pair {
  const { stride = [1, 1], dilation = [1, 1], pad = [0, 0, 0, 0] } = c;
  const size = (n: number, i: 0 | 1, padding: number) =>
    Math.floor((n + padding - reach(c.k[i], dilation[i])) / stride[i]) + 1;
  return [size(c.in[1], 0, pad[0] + pad[1]), size(c.in[2], 1, pad[2] + pad[3])];
}

const activation = (type: Type, shape: readonly number[], scale: number, zero: number): Spec =>
  type === 'f32' ? { type, shape } : { type, shape, quant: quant(scale, zero) };

/** Weights [Co,...] or [1,...,Co], with scales per channel that spread over two octaves. */
function weights(type: Type, shape: readonly number[], axis: number, gain: number): Spec {
  const scale = Array.from({ length: shape[axis]! }, () => Math.fround(0.004 * gain * (0.5 + 1.5 * next())));
  const data = noise(type, elements(shape), 127);
  return type === 'f32' ? { type, shape, data } : { type, shape, data, quant: perAxis(scale, axis) };
}

export function convGraph(type: Type, c: Conv): Graph {
  const { stride = [1, 1], dilation = [1, 1], pad = [0, 0, 0, 0], groups = 1, act = 'none', zero = [3, -5] } = c;
  const { border, multiplier } = c;
  const n = net('grid');
  const [h, w] = outSize(c);
  const shape = [c.in[0], h, w, c.out];
  const rows = border ? (Math.max(...border.rows) + 1) * (Math.max(...border.cols) + 1) : 0;
  const biasShape = border ? [rows, c.out] : [c.out];
  const bias: Spec = {
    type: type === 'f32' ? 'f32' : 's32',
    shape: biasShape,
    data: noise(type, elements(biasShape), 4000),
  };
  const x = n.add(activation(type, c.in, 0.05, zero[0]));
  const depth = multiplier ? c.k[0] * c.k[1] : (c.k[0] * c.k[1] * c.in[3]) / groups;
  const wShape = multiplier ? [1, ...c.k, c.out] : [c.out, ...c.k, c.in[3] / groups];
  const wId = n.add(weights(type, wShape, multiplier ? 3 : 0, c.gain ?? 1));
  const ids = [x, wId, ...(c.bias === false ? [] : [n.add(bias)])];
  const y = activation(type, shape, Math.fround(0.02 * Math.sqrt(depth)), zero[1]);
  const common = { stride, dilation, pad, act, ...(border && { border }) };
  const out = multiplier
    ? n.node('depthwise_conv2d', { ...common, multiplier }, ids, y)
    : n.node('conv2d', { ...common, groups }, ids, y);
  if (!c.add) return n.graph(out);
  const skip = n.add(activation(type, shape, 0.07, 9));
  const sum = activation(type, shape, 0.09, -12);
  return n.graph(n.node('add', { act }, c.add === 'first' ? [skip, out] : [out, skip], sum));
}

const same: Padding = [1, 1, 1, 1];

const convs: Record<string, Conv> = {
  'one value': { in: [1, 1, 1, 1], out: 1, k: [1, 1] },
  '1x1': { in: [1, 5, 5, 8], out: 8, k: [1, 1], act: 'relu', zero: [-128, -128] },
  '1x1, channels grow': { in: [1, 3, 5, 5], out: 13, k: [1, 1] },
  '1x1, channels shrink': { in: [1, 4, 3, 13], out: 6, k: [1, 1], act: 'relu6' },
  '1x1, batch': { in: [2, 3, 3, 7], out: 7, k: [1, 1], zero: [127, 127] },
  '1x1, wide': { in: [1, 2, 3, 64], out: 70, k: [1, 1], zero: [-128, 127] },
  '1x1, wide, relu': { in: [1, 3, 3, 53], out: 7, k: [1, 1], zero: [-128, -128], act: 'relu' },
  '1x1, stride': { in: [1, 5, 5, 4], out: 6, k: [1, 1], stride: [2, 2] },
  '1x1, one pixel': { in: [1, 1, 1, 30], out: 9, k: [1, 1], bias: false },
  '1x1, two pixels': { in: [1, 1, 2, 3], out: 2, k: [1, 1] },
  '3x3': { in: [1, 6, 5, 3], out: 4, k: [3, 3] },
  '3x3 same': { in: [1, 5, 6, 3], out: 5, k: [3, 3], pad: same, zero: [-128, -128], act: 'relu' },
  '3x3 same, positive zero': { in: [1, 4, 4, 2], out: 3, k: [3, 3], pad: same, zero: [127, 0], act: 'relu6' },
  '3x3 stride 2': { in: [1, 8, 8, 3], out: 8, k: [3, 3], stride: [2, 2], pad: [0, 1, 0, 1], act: 'relu' },
  'stride beyond the window': { in: [1, 7, 7, 2], out: 3, k: [2, 2], stride: [3, 3] },
  'tall window': { in: [1, 13, 6, 1], out: 9, k: [10, 4], stride: [2, 2], pad: [4, 5, 1, 1], zero: [83, -128] },
  'row window': { in: [1, 1, 9, 3], out: 4, k: [1, 5], pad: [0, 0, 2, 2] },
  dilation: { in: [1, 9, 8, 2], out: 3, k: [3, 3], dilation: [2, 3], pad: [2, 2, 3, 3] },
  'dilation and stride': { in: [1, 9, 9, 2], out: 5, k: [3, 2], dilation: [3, 2], stride: [2, 2], pad: [3, 2, 1, 0] },
  groups: { in: [1, 5, 5, 6], out: 9, k: [3, 3], groups: 3, pad: same },
  'groups of many': { in: [1, 4, 3, 4], out: 12, k: [2, 2], groups: 2, act: 'relu' },
  'groups, 1x1, batch': { in: [2, 3, 3, 8], out: 4, k: [1, 1], groups: 4 },
  'batch, odd': { in: [2, 5, 3, 3], out: 5, k: [3, 3], pad: [1, 0, 2, 1] },
  'window larger than the image': { in: [1, 2, 2, 3], out: 4, k: [3, 3], pad: same },
  'large gain': { in: [1, 4, 4, 2], out: 6, k: [1, 1], gain: 300 },
  'large gain, 3x3': { in: [1, 4, 4, 1], out: 5, k: [2, 2], gain: 2000, zero: [-20, 17] },
  'small gain': { in: [1, 4, 4, 3], out: 5, k: [3, 3], gain: 1e-4, pad: same },
  'outputs grow': { in: [1, 5, 5, 1], out: 12, k: [3, 3], pad: same },
  'border classes': {
    in: [1, 5, 4, 3],
    out: 6,
    k: [3, 3],
    pad: same,
    border: { rows: [0, 1, 1, 1, 2], cols: [0, 1, 1, 2] },
  },
  'border classes, rows only': {
    in: [1, 4, 3, 2],
    out: 3,
    k: [3, 1],
    pad: [1, 1, 0, 0],
    border: { rows: [0, 1, 1, 2], cols: [0, 0, 0] },
  },
  '3x3 same, 8 channels': { in: [1, 5, 7, 8], out: 5, k: [3, 3], pad: same, zero: [-128, -128], act: 'relu' },
  '3x3 same, 12 channels, stride 2': { in: [1, 7, 9, 12], out: 4, k: [3, 3], pad: same, stride: [2, 2] },
  '2x3, 11 channels, dilation': { in: [1, 6, 9, 11], out: 7, k: [2, 3], pad: [0, 1, 2, 2], dilation: [1, 2] },
  '3x2, 9 channels, batch': { in: [2, 5, 5, 9], out: 2, k: [3, 2], zero: [5, -128] },
  'relu -1 to 1': { in: [1, 4, 4, 5], out: 7, k: [2, 2], act: 'relu_n1_to_1' },
  '3x3, deep': { in: [1, 4, 3, 40], out: 5, k: [3, 3], pad: same, zero: [-128, -128], act: 'relu' },
  '1x1, deep': { in: [1, 1, 7, 120], out: 3, k: [1, 1], zero: [3, -20] },
};

const depthwise: Record<string, Conv> = {
  'one value': { in: [1, 1, 1, 1], out: 1, k: [1, 1], multiplier: 1 },
  '3x3': { in: [1, 6, 5, 7], out: 7, k: [3, 3], multiplier: 1 },
  '3x3 same': { in: [1, 6, 5, 8], out: 8, k: [3, 3], pad: same, multiplier: 1, zero: [-128, -128], act: 'relu' },
  '3x3 same, narrow': { in: [1, 5, 2, 3], out: 3, k: [3, 3], pad: same, multiplier: 1, zero: [127, 3] },
  '3x3 same, wide': { in: [1, 3, 3, 70], out: 70, k: [3, 3], pad: same, multiplier: 1, act: 'relu6' },
  '3x3 stride 2': { in: [1, 8, 7, 5], out: 5, k: [3, 3], stride: [2, 2], pad: [0, 1, 1, 1], multiplier: 1 },
  '3x3 dilated': { in: [1, 7, 8, 4], out: 4, k: [3, 3], dilation: [2, 2], pad: [2, 2, 2, 2], multiplier: 1 },
  '3x3, one pixel': { in: [1, 3, 3, 6], out: 6, k: [3, 3], multiplier: 1, bias: false },
  '3x3 relu, odd width': {
    in: [1, 5, 5, 6],
    out: 6,
    k: [3, 3],
    pad: same,
    multiplier: 1,
    zero: [7, -128],
    act: 'relu',
  },
  '3x3 relu, valid': { in: [1, 7, 6, 5], out: 5, k: [3, 3], multiplier: 1, zero: [-128, -128], act: 'relu' },
  '3x3 relu, pad at the end': {
    in: [2, 4, 5, 9],
    out: 9,
    k: [3, 3],
    pad: [0, 2, 0, 1],
    multiplier: 1,
    zero: [5, -128],
    bias: false,
  },
  '3x3 relu, stride 2': {
    in: [1, 8, 8, 4],
    out: 4,
    k: [3, 3],
    stride: [2, 2],
    pad: [0, 1, 0, 1],
    multiplier: 1,
    zero: [-128, -128],
  },
  '3x3 relu, stride 2, odd': {
    in: [2, 9, 5, 7],
    out: 7,
    k: [3, 3],
    stride: [2, 2],
    pad: same,
    multiplier: 1,
    zero: [127, -128],
  },
  '3x3 relu, strides 3 and 1': {
    in: [1, 10, 4, 5],
    out: 5,
    k: [3, 3],
    stride: [3, 1],
    pad: [1, 0, 1, 1],
    multiplier: 1,
    zero: [0, -128],
  },
  '3x3 relu, unused columns': {
    in: [1, 6, 8, 5],
    out: 5,
    k: [3, 3],
    stride: [1, 2],
    pad: [2, 1, 0, 0],
    multiplier: 1,
    zero: [-3, -128],
  },
  '3x3 relu, small gain': {
    in: [1, 5, 4, 12],
    out: 12,
    k: [3, 3],
    pad: same,
    multiplier: 1,
    zero: [-128, -128],
    gain: 0.015,
  },
  '3x3 relu, tiny gain': { in: [1, 4, 4, 5], out: 5, k: [3, 3], multiplier: 1, zero: [-128, -128], gain: 1e-5 },
  'multiplier, one channel': { in: [1, 5, 5, 1], out: 8, k: [3, 3], pad: same, multiplier: 8 },
  multiplier: { in: [1, 4, 5, 3], out: 6, k: [2, 3], pad: [0, 1, 1, 1], multiplier: 2, zero: [-7, 127] },
  '5x3': { in: [1, 7, 6, 3], out: 3, k: [5, 3], pad: [2, 2, 1, 1], multiplier: 1 },
  'row window': { in: [1, 1, 30, 4], out: 4, k: [1, 7], pad: [0, 0, 3, 3], multiplier: 1 },
  'column window': { in: [1, 14, 1, 5], out: 5, k: [5, 1], multiplier: 1, zero: [3, -7] },
  'column window, padding and stride': {
    in: [1, 13, 1, 6],
    out: 6,
    k: [4, 1],
    stride: [2, 1],
    pad: [2, 1, 0, 0],
    multiplier: 1,
  },
  'whole image': { in: [1, 5, 4, 6], out: 6, k: [5, 4], multiplier: 1 },
  batch: { in: [2, 4, 3, 3], out: 3, k: [3, 3], pad: [1, 1, 0, 1], multiplier: 1 },
  'stride beyond the window': { in: [1, 7, 7, 3], out: 3, k: [2, 2], stride: [3, 3], multiplier: 1 },
  'large gain': { in: [1, 4, 4, 3], out: 3, k: [1, 2], multiplier: 1, gain: 900 },
  'border classes': {
    in: [1, 4, 5, 3],
    out: 3,
    k: [3, 3],
    pad: same,
    multiplier: 1,
    border: { rows: [0, 1, 1, 2], cols: [0, 1, 1, 1, 2] },
  },
};

const adds: Record<string, Conv> = {
  '1x1, skip second': { in: [1, 4, 4, 8], out: 8, k: [1, 1], add: 'second' },
  '1x1, channels grow': { in: [1, 3, 6, 8], out: 20, k: [1, 1], add: 'second' },
  '1x1, skip first, odd': { in: [1, 3, 3, 5], out: 7, k: [1, 1], add: 'first', act: 'relu' },
  '3x3, skip second': { in: [1, 5, 5, 3], out: 5, k: [3, 3], pad: same, add: 'second', act: 'relu' },
  '3x3, skip first, batch': { in: [2, 3, 3, 4], out: 6, k: [3, 3], pad: same, add: 'first', groups: 2 },
  '3x3, 8 channels, skip first': { in: [1, 5, 6, 8], out: 9, k: [3, 3], pad: same, add: 'first', act: 'relu' },
  'depthwise, skip second': { in: [1, 5, 4, 6], out: 6, k: [3, 3], pad: same, multiplier: 1, add: 'second' },
  'depthwise, skip first, batch': {
    in: [2, 4, 4, 3],
    out: 6,
    k: [2, 2],
    pad: [1, 0, 0, 1],
    multiplier: 2,
    add: 'first',
    act: 'relu6',
  },
};

interface Pool {
  readonly in: readonly [number, number, number, number];
  readonly filter: Pair;
  readonly stride?: Pair;
  readonly pad?: Padding;
  readonly act?: Activation;
}

const pools: Record<string, Pool> = {
  whole: { in: [1, 25, 5, 8], filter: [25, 5] },
  '2x2': { in: [1, 6, 5, 3], filter: [2, 2], stride: [2, 2] },
  same: { in: [1, 5, 5, 3], filter: [3, 3], pad: [1, 1, 1, 1], act: 'relu' },
  'one pixel': { in: [1, 1, 1, 5], filter: [1, 1] },
  'fours and a rest': { in: [1, 6, 5, 11], filter: [3, 2], stride: [1, 2], pad: [1, 1, 0, 1] },
  'many channels': { in: [1, 3, 4, 37], filter: [2, 3], pad: [1, 0, 0, 1] },
  'fours, relu6': { in: [2, 9, 8, 8], filter: [9, 8], act: 'relu6' },
  'stride beyond the window': { in: [1, 7, 8, 2], filter: [2, 1], stride: [3, 3] },
  'batch, uneven': { in: [2, 5, 4, 3], filter: [3, 2], stride: [2, 1], pad: [0, 2, 1, 0], act: 'relu6' },
};

function poolGraph(op: 'average_pool2d' | 'max_pool2d', type: Type, p: Pool): Graph {
  const { filter, stride = [1, 1], pad = [0, 0, 0, 0], act = 'none' } = p;
  const [h, w] = outSize({ in: p.in, out: 0, k: filter, stride, pad });
  const n = net('grid');
  const x = n.add(activation(type, p.in, 0.05, -4));
  const y = activation(type, [p.in[0], h, w, p.in[3]], 0.05, -4);
  return n.graph(n.node(op, { filter, stride, pad, act }, [x], y));
}

export interface Dense {
  readonly rows: number;
  readonly depth: number;
  readonly out: number;
  readonly act?: Activation;
  readonly zero?: Pair;
  readonly perChannel?: true;
  readonly gain?: number;
  readonly bias?: false;
}

const dense: Record<string, Dense> = {
  'one value': { rows: 1, depth: 1, out: 1 },
  usual: { rows: 1, depth: 64, out: 12, zero: [-128, 14] },
  'odd, batch': { rows: 3, depth: 37, out: 9, act: 'relu', zero: [127, -128] },
  'two rows': { rows: 2, depth: 10, out: 70, bias: false },
  'per channel': { rows: 1, depth: 21, out: 6, perChannel: true, act: 'relu6' },
  'large gain': { rows: 1, depth: 3, out: 5, gain: 500 },
};

export function denseGraph(type: Type, d: Dense): Graph {
  const n = net('grid');
  const [zx, zy] = d.zero ?? [2, -3];
  const x = n.add(activation(type, [d.rows, d.depth], 0.05, zx));
  const shape = [d.out, d.depth];
  const perChannel = weights(type, shape, 0, d.gain ?? 1);
  const w = n.add(type === 's8' && !d.perChannel ? { ...perChannel, quant: quant(0.006 * (d.gain ?? 1)) } : perChannel);
  const bias: Spec = { type: type === 'f32' ? 'f32' : 's32', shape: [d.out], data: noise(type, d.out, 4000) };
  const ids = [x, w, ...(d.bias === false ? [] : [n.add(bias)])];
  const y = activation(type, [d.rows, d.out], Math.fround(0.02 * Math.sqrt(d.depth)), zy);
  return n.graph(n.node('fully_connected', { act: d.act ?? 'none' }, ids, y));
}

const types: readonly Type[] = ['s8', 'f32'];

/** One case per entry and type. */
const each = <T>(what: string, table: Record<string, T>, make: (type: Type, entry: T) => Graph): GridCase[] =>
  types.flatMap((type) =>
    Object.entries(table).map(([name, entry]) => ({ name: `${what} ${type}, ${name}`, graph: make(type, entry) })),
  );

export const windowCases: readonly GridCase[] = [
  ...each('conv2d', convs, convGraph),
  ...each('depthwise', depthwise, convGraph),
  ...each('conv2d + add', adds, convGraph).filter((c) => c.graph.tensors[0]!.type === 's8'),
  ...each('average pool', pools, (type, p) => poolGraph('average_pool2d', type, p)),
  ...each('max pool', pools, (type, p) => poolGraph('max_pool2d', type, p)),
  ...each('fully connected', dense, denseGraph),
];
