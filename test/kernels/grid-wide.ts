/** 16-bit activations, weights of 9 bits, and stored values of 16 and 32 bits with other parameters. */
import type { DType, OpAttrs, Pair, Shape } from '../../src/ir/graph.js';
import { one, perAxis, quant, type Spec } from '../support/net.js';
import type { GridCase } from './grid.js';

interface Layer {
  readonly x: Shape;
  readonly w: Shape;
  readonly y: Shape;
  readonly stride?: Pair;
  readonly dilation?: Pair;
  readonly pad?: OpAttrs['conv2d']['pad'];
  readonly narrow?: true;
}

const convs: readonly Layer[] = [
  { x: [1, 5, 6, 3], w: [4, 3, 3, 3], y: [1, 5, 6, 4], pad: [1, 1, 1, 1] },
  { x: [2, 7, 5, 4], w: [6, 2, 3, 2], y: [2, 3, 2, 6], stride: [2, 2], narrow: true },
  { x: [1, 9, 9, 2], w: [3, 3, 2, 2], y: [1, 6, 8, 3], dilation: [3, 2], pad: [2, 1, 1, 0] },
];

const depthwise: readonly Layer[] = [
  { x: [1, 6, 5, 4], w: [1, 3, 3, 4], y: [1, 6, 5, 4], pad: [1, 1, 1, 1] },
  { x: [1, 5, 5, 3], w: [1, 2, 2, 6], y: [1, 2, 2, 6], stride: [2, 2] },
];

const values = (count: number, most: number): number[] =>
  Array.from({ length: count }, (_, i) => ((i * 97 + 31) % (2 * most + 1)) - most);

const size = (shape: Shape): number => shape.reduce((n, d) => n * d, 1);

/** Activations s16 with weights s8, or activations s8 with weights s16. */
function weights(type: 's8' | 's16', shape: Shape, axis: number): Spec {
  const data = type === 's8' ? Int8Array.from(values(size(shape), 127)) : Int16Array.from(values(size(shape), 255));
  if (type === 's16') return { type, shape, data, quant: quant(0.02) };
  return {
    type,
    shape,
    data,
    quant: perAxis(
      Array.from({ length: shape[axis]! }, (_, i) => 0.001 + 0.0004 * i),
      axis,
    ),
  };
}

const bias = (count: number): Spec => ({ type: 's32', shape: [count], data: Int32Array.from(values(count, 9000)) });

const activation = (type: 's8' | 's16', shape: Shape, scale: number, zero: number): Spec =>
  type === 's16' ? { type, shape, quant: quant(scale / 200) } : { type, shape, quant: quant(scale, zero) };

function layerCase(op: 'conv2d' | 'depthwise_conv2d' | 'fully_connected', type: 's8' | 's16', l: Layer): GridCase {
  const axis = op === 'depthwise_conv2d' ? 3 : 0;
  const count = l.w[axis]!;
  const w = weights(type === 's16' ? 's8' : 's16', l.w, axis);
  const inputs = [activation(type, l.x, 0.05, 3), w, bias(count)];
  const y = activation(type, l.y, type === 's16' ? 2 : 5, -20);
  const name = `${op} ${type} of [${l.x}], weights ${w.type}${l.narrow ? ', narrow sums' : ''}`;
  const act = l.stride ? 'relu' : 'none';
  if (op === 'fully_connected') return { name, graph: one(op, { act }, inputs, y) };
  const window = {
    stride: l.stride ?? ([1, 1] as const),
    dilation: l.dilation ?? ([1, 1] as const),
    pad: l.pad ?? ([0, 0, 0, 0] as const),
    act,
  } as const;
  if (op === 'depthwise_conv2d') return { name, graph: one(op, { ...window, multiplier: count / l.x[3]! }, inputs, y) };
  const groups = l.x[3]! / l.w[3]!;
  const accumulator = l.narrow && type === 's16' && { accumulator: 's32' as const };
  return { name, graph: one(op, { ...window, groups, ...accumulator }, inputs, y) };
}

const layers: readonly GridCase[] = (['s8', 's16'] as const).flatMap((type) => [
  ...convs.map((l) => layerCase('conv2d', type, l)),
  ...depthwise.map((l) => layerCase('depthwise_conv2d', type, l)),
  layerCase('fully_connected', type, { x: [3, 10], w: [7, 10], y: [3, 7] }),
]);

const transposed: GridCase = {
  name: 'transpose_conv s16',
  graph: one(
    'transpose_conv',
    { stride: [2, 2], dilation: [1, 1], pad: [1, 0, 0, 1], groups: 1, act: 'none' },
    [activation('s16', [1, 3, 4, 2], 0.05, 0), weights('s8', [3, 3, 2, 2], 0), bias(3)],
    activation('s16', [1, 6, 8, 3], 0.5, 0),
  ),
};

const shape = [7, 13];
const spec = (type: DType, scale: number, zero: number): Spec =>
  type === 'f32' ? { type, shape } : { type, shape, quant: quant(scale, type === 's8' ? zero : 0) };

const pairs: readonly (readonly [DType, DType])[] = [
  ['s16', 's16'],
  ['s16', 's8'],
  ['s8', 's16'],
  ['s16', 's32'],
  ['s8', 's32'],
  ['s32', 's16'],
  ['s32', 's8'],
  ['f32', 's16'],
];

const scales: Partial<Record<DType, number>> = { s8: 0.05, s16: 0.0002, s32: 0.0001 };
const stored = (type: DType, k = 1): Spec => spec(type, k * (scales[type] ?? 1), -3);

const rescaled: readonly GridCase[] = [
  ...pairs.map(([from, to]) => ({
    name: `quantize ${from} -> ${to}`,
    graph: one('quantize', {}, [stored(from)], stored(to, from === to ? 1.7 : 1)),
  })),
  ...(['s16', 's32'] as const).map((from) => ({
    name: `dequantize ${from}`,
    graph: one('dequantize', {}, [stored(from)], spec('f32', 1, 0)),
  })),
  ...(['relu', 'relu6'] as const).map((act) => ({
    name: `${act} s16`,
    graph: one('relu', { act }, [stored('s16')], stored('s16', 1.5)),
  })),
  ...(['abs', 'neg'] as const).map((fn) => ({
    name: `${fn} s16`,
    graph: one('unary', { fn, alpha: 0, beta: 0 }, [stored('s16')], stored('s16', 0.7)),
  })),
  ...(['exp', 'log', 'hard_swish', 'rsqrt', 'sign'] as const).map((fn) => ({
    name: `${fn} s16`,
    graph: one('unary', { fn, alpha: 0, beta: 0 }, [stored('s16')], stored('s16', 2)),
  })),
  {
    name: 'leaky_relu s16',
    graph: one('unary', { fn: 'leaky_relu', alpha: 0.2, beta: 0 }, [stored('s16')], stored('s16', 0.8)),
  },
];

const sixteen = (dims: Shape, scale: number): Spec => ({ type: 's16', shape: dims, quant: quant(scale) });

const curves: readonly GridCase[] = [
  ...([2 ** -12, 0.0007, 0.0001] as const).flatMap((scale) =>
    (['logistic', 'tanh'] as const).map((op) => ({
      name: `${op} s16, scale ${scale}`,
      graph: one(op, {}, [sixteen([3, 50], scale)], sixteen([3, 50], 2 ** -15)),
    })),
  ),
  ...([0.0002, 0.001] as const).map((scale) => ({
    name: `softmax s16, scale ${scale}`,
    graph: one('softmax', { beta: 1 }, [sixteen([4, 9], scale)], sixteen([4, 9], 2 ** -15)),
  })),
  ...(['average_pool2d', 'max_pool2d'] as const).map((op) => ({
    name: `${op} s16`,
    graph: one(
      op,
      { filter: [3, 2], stride: [2, 1], pad: [1, 1, 0, 1], act: 'relu' },
      [sixteen([2, 5, 6, 3], 0.001)],
      sixteen([2, 3, 6, 3], 0.001),
    ),
  })),
];

export const wideCases: readonly GridCase[] = [...layers, transposed, ...rescaled, ...curves];
