/** Sums and products with broadcasting, means, softmax, functions of one operand, quantize and dequantize. */
import type { Activation, DType, Shape } from '../../src/ir/graph.js';
import { one, quant, type Spec } from '../support/net.js';
import type { GridCase } from './grid.js';

const spec = (type: DType, shape: Shape, scale: number, zero = 0): Spec =>
  type === 'f32' ? { type, shape } : { type, shape, quant: quant(scale, zero) };

interface Binary {
  readonly a: Shape;
  readonly b: Shape;
  readonly y: Shape;
  readonly act?: Activation;
  readonly scales?: readonly [a: number, b: number, y: number];
  readonly zeros?: readonly [a: number, b: number, y: number];
}

const binaries: Record<string, Binary> = {
  'same shape': { a: [1, 3, 4, 5], b: [1, 3, 4, 5], y: [1, 3, 4, 5] },
  'one value': { a: [1], b: [1], y: [1], zeros: [-128, 127, 0] },
  'scalar second': { a: [2, 7], b: [1], y: [2, 7], act: 'relu' },
  'scalar first': { a: [1, 1], b: [3, 5], y: [3, 5], zeros: [127, -128, 127] },
  'channels second': { a: [1, 3, 2, 6], b: [6], y: [1, 3, 2, 6], act: 'relu6' },
  'channels first': { a: [1, 1, 1, 4], b: [2, 3, 3, 4], y: [2, 3, 3, 4] },
  'pixels second': { a: [1, 3, 4, 5], b: [1, 3, 4, 1], y: [1, 3, 4, 5] },
  'both repeat': { a: [4, 1, 3, 1], b: [1, 2, 1, 5], y: [4, 2, 3, 5] },
  'five axes': { a: [2, 1, 3, 1, 2], b: [1, 2, 1, 2, 1], y: [2, 2, 3, 2, 2] },
  'far scales': { a: [33], b: [33], y: [33], scales: [0.001, 0.9, 0.3], zeros: [-128, 5, 11] },
  'equal scales': {
    a: [2, 9],
    b: [2, 9],
    y: [2, 9],
    scales: [0.05, 0.05, 0.05],
    zeros: [-128, -128, -128],
    act: 'relu',
  },
  'halves of both signs': {
    a: [3, 33],
    b: [3, 33],
    y: [3, 33],
    scales: [Math.fround(0.3), 0.25, 0.5],
    zeros: [0, 0, 0],
  },
  'halves, half the scale': {
    a: [66],
    b: [66],
    y: [66],
    scales: [Math.fround(0.1), 0.25, Math.fround(0.1)],
    zeros: [0, 0, 0],
    act: 'relu',
  },
  'fine output': { a: [40], b: [40], y: [40], scales: [0.5, 0.4, 0.01] },
};

const binaryCases = (['add', 'sub', 'mul'] as const).flatMap((op) =>
  (['s8', 'f32'] as const).flatMap((type) =>
    Object.entries(binaries).map(([name, b]): GridCase => {
      const [sa, sb, sy] = b.scales ?? [0.04, 0.09, op === 'mul' ? 0.3 : 0.11];
      const [za, zb, zy] = b.zeros ?? [3, -7, 5];
      const inputs = [spec(type, b.a, sa, za), spec(type, b.b, sb, zb)];
      return {
        name: `${op} ${type}, ${name}`,
        graph: one(op, { act: b.act ?? 'none' }, inputs, spec(type, b.y, sy, zy)),
      };
    }),
  ),
);

const means: readonly { x: Shape; axes: readonly number[] }[] = [
  { x: [1, 5, 4, 7], axes: [1, 2] },
  { x: [2, 3, 4, 5], axes: [1, 2] },
  { x: [1, 5, 4, 7], axes: [3] },
  { x: [3, 4], axes: [0] },
  { x: [2, 3, 4, 5], axes: [0, 2] },
  { x: [2, 3, 4, 5], axes: [1, 3] },
  { x: [2, 3], axes: [0, 1] },
  { x: [1, 1, 6], axes: [1] },
  { x: [1, 6, 5, 37], axes: [1, 2] },
];

const meanCases = (['s8', 'f32'] as const).flatMap((type) =>
  means.map(({ x, axes }): GridCase => {
    const kept = x.map((d, i) => (axes.includes(i) ? 1 : d));
    const attr = { axes, keepDims: true };
    return {
      name: `mean ${type} of [${x}] over [${axes}]`,
      graph: one('mean', attr, [spec(type, x, 0.05, -17)], spec(type, kept, 0.03, 40)),
    };
  }),
);

const softmaxes: readonly { shape: Shape; scale: number; beta?: number }[] = [
  { shape: [1, 12], scale: 0.2 },
  { shape: [1, 1], scale: 0.1 },
  { shape: [3, 7], scale: 0.0039 },
  { shape: [2, 2, 3, 5], scale: 1.5 },
  { shape: [1, 300], scale: 0.01 },
  { shape: [2, 10], scale: 0.1, beta: 0.5 },
];

const softmaxWider: readonly GridCase[] = softmaxes.map(({ shape, scale, beta = 1 }) => ({
  name: `softmax s8 to s16 of [${shape}], scale ${scale}`,
  graph: one('softmax', { beta }, [spec('s8', shape, scale, 30)], {
    type: 's16',
    shape,
    quant: quant(2 ** -16, -32768),
  }),
}));

const softmaxCases = (['s8', 'f32'] as const).flatMap((type) =>
  softmaxes.map(
    ({ shape, scale, beta = 1 }): GridCase => ({
      name: `softmax ${type} of [${shape}], scale ${scale}`,
      graph: one('softmax', { beta }, [spec(type, shape, scale, 30)], spec(type, shape, 1 / 256, -128)),
    }),
  ),
);

const shape = [2, 5, 13];

/** A function of one operand between two types, with scale and zero point of each. */
const unary = (op: 'logistic' | 'tanh' | 'quantize' | 'dequantize', from: Spec, to: Spec): GridCase => ({
  name: `${op} ${from.type} -> ${to.type}, zero ${from.quant?.zero ?? ''} -> ${to.quant?.zero ?? ''}`,
  graph: one(op, {}, [from], to),
});

const relu = (act: Exclude<Activation, 'none'>, from: Spec, to: Spec): GridCase => ({
  name: `${act} ${from.type}`,
  graph: one('relu', { act }, [from], to),
});

const unaryCases: readonly GridCase[] = [
  unary('logistic', spec('s8', shape, 0.05, 10), spec('s8', shape, 1 / 256, -128)),
  unary('tanh', spec('s8', shape, 0.03, -128), spec('s8', shape, 1 / 128, 0)),
  unary('logistic', spec('f32', shape, 1), spec('f32', shape, 1)),
  unary('tanh', spec('f32', shape, 1), spec('f32', shape, 1)),
  relu('relu', spec('s8', shape, 0.05, -10), spec('s8', shape, 0.04, -128)),
  relu('relu6', spec('s8', [257], 0.1, 5), spec('s8', [257], 0.1, 5)),
  relu('relu', spec('f32', shape, 1), spec('f32', shape, 1)),
  relu('relu6', spec('f32', shape, 1), spec('f32', shape, 1)),
  relu('relu_n1_to_1', spec('f32', shape, 1), spec('f32', shape, 1)),
  unary('quantize', spec('s8', shape, 0.05, 3), spec('s8', shape, 0.07, -100)),
  unary('quantize', spec('u8', shape, 0.05, 131), spec('s8', shape, 0.05, 3)),
  unary('quantize', spec('s8', shape, 0.05, 3), spec('u8', shape, 0.02, 255)),
  unary('quantize', spec('f32', shape, 1), spec('s8', shape, 0.02, -128)),
  unary('quantize', spec('f32', shape, 1), spec('s8', shape, 0.0078125, 127)),
  unary('quantize', spec('f32', shape, 1), spec('u8', shape, 0.01, 128)),
  unary('dequantize', spec('s8', shape, 0.037, -128), spec('f32', shape, 1)),
  unary('dequantize', spec('u8', shape, 0.11, 255), spec('f32', shape, 1)),
];

export const elementwiseCases: readonly GridCase[] = [
  ...binaryCases,
  ...meanCases,
  ...softmaxCases,
  ...softmaxWider,
  ...unaryCases,
];
