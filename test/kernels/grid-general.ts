/** The general ops: functions, reductions, positions, indices, strided moves, products. */
import type { BinaryFn, DType, OpAttrs, OpKind, ReduceFn, Shape, TensorData, UnaryFn } from '../../src/ir/graph.js';
import { net, one, quant, type Spec } from '../support/net.js';
import type { GridCase } from './grid.js';

const stored = (type: DType): boolean => type === 's8' || type === 's16';
const spec = (type: DType, shape: Shape, scale = 0.1, zero = 0): Spec =>
  stored(type) ? { type, shape, quant: quant(scale, type === 's16' ? 0 : zero) } : { type, shape };
const s32 = (shape: Shape, ...values: number[]): Spec => ({ type: 's32', shape, data: Int32Array.from(values) });

/** What a function is given: anything, or the values of another function. */
const domains: Partial<Record<UnaryFn, UnaryFn>> = {
  log: 'exp',
  sqrt: 'square',
  rsqrt: 'exp',
  reciprocal: 'exp',
  asin: 'sin',
  acos: 'sin',
  acosh: 'cosh',
  atanh: 'softsign',
};

const plain = { alpha: 0, beta: 0 };
const parameters: Partial<Record<UnaryFn, { alpha: number; beta: number }>> = {
  hard_sigmoid: { alpha: 0.3, beta: 0.4 },
  elu: { alpha: 0.7, beta: 0 },
  selu: { alpha: 1.67, beta: 1.05 },
  celu: { alpha: 0.5, beta: 0 },
  thresholded_relu: { alpha: 0.3, beta: 0 },
  leaky_relu: { alpha: 0.2, beta: 0 },
  clip: { alpha: -0.5, beta: 1.25 },
  shrink: { alpha: 0.5, beta: 0.25 },
};

const floatFunctions: readonly UnaryFn[] =
  `abs neg sign square exp log sqrt rsqrt reciprocal floor ceil trunc round sin cos tan asin
  acos atan sinh cosh asinh acosh atanh erf softplus softsign mish swish hard_swish gelu gelu_tanh hard_sigmoid elu selu celu
  thresholded_relu leaky_relu clip shrink`.split(/\s+/) as UnaryFn[];

/** A function on values of its domain. */
function floatCase(fn: UnaryFn): GridCase {
  const n = net(fn);
  const shape = [3, 11];
  const domain = domains[fn];
  const x = n.add({ type: 'f32', shape });
  const from = domain ? n.node('unary', { fn: domain, ...plain }, [x], { type: 'f32', shape }) : x;
  const y = n.node('unary', { fn, ...(parameters[fn] ?? plain) }, [from], { type: 'f32', shape });
  return { name: `${fn} f32`, graph: n.graph(y) };
}

const functionCases: readonly GridCase[] = [
  ...floatFunctions.map(floatCase),
  ...(['is_nan', 'is_inf'] as const).map(
    (fn): GridCase => ({
      name: fn,
      graph: one('unary', { fn, alpha: 1, beta: 1 }, [spec('f32', [7])], spec('bool', [7])),
    }),
  ),
  ...(['abs', 'neg', 'sign', 'square', 'clip', 'bitwise_not'] as const).map(
    (fn): GridCase => ({
      name: `${fn} s32`,
      graph: one('unary', { fn, alpha: -100, beta: 2000 }, [spec('s32', [3, 7])], spec('s32', [3, 7])),
    }),
  ),
  {
    name: 'not',
    graph: (() => {
      const n = net();
      const b = n.node('cast', {}, [n.add(spec('s8', [9]))], { type: 'bool', shape: [9] });
      return n.graph(n.node('unary', { fn: 'not', ...plain }, [b], { type: 'bool', shape: [9] }));
    })(),
  },
  {
    name: 'leaky_relu s8',
    graph: one(
      'unary',
      { fn: 'leaky_relu', alpha: 0.3, beta: 0 },
      [spec('s8', [300], 0.1, 3)],
      spec('s8', [300], 0.07, -5),
    ),
  },
];

const comparisons: readonly BinaryFn[] = ['equal', 'not_equal', 'less', 'less_equal', 'greater', 'greater_equal'];

const shapes: readonly (readonly [Shape, Shape, Shape])[] = [
  [
    [2, 3, 5],
    [2, 3, 5],
    [2, 3, 5],
  ],
  [
    [4, 1, 3, 1],
    [2, 1, 5],
    [4, 2, 3, 5],
  ],
  [[6], [1], [6]],
];

/** Float operands of which the first may have to be positive. */
function pairCase(fn: BinaryFn, [a, b, y]: readonly [Shape, Shape, Shape]): GridCase {
  const n = net(fn);
  const first = n.add(spec('f32', a));
  const left = fn === 'pow' ? n.node('unary', { fn: 'exp', ...plain }, [first], spec('f32', a)) : first;
  const second = n.add(spec('f32', b));
  const right = /div|mod/.test(fn) ? n.node('unary', { fn: 'cosh', ...plain }, [second], spec('f32', b)) : second;
  const type = comparisons.includes(fn) ? 'bool' : 'f32';
  return {
    name: `${fn} f32 of [${a}], [${b}]`,
    graph: n.graph(n.node('binary', { fn }, [left, right], spec(type, y))),
  };
}

const real: readonly BinaryFn[] = [
  'div',
  'floor_div',
  'mod',
  'fmod',
  'pow',
  'maximum',
  'minimum',
  'squared_difference',
  'prelu',
  'atan2',
];
const whole: readonly BinaryFn[] = [
  'div',
  'floor_div',
  'mod',
  'fmod',
  'pow',
  'maximum',
  'minimum',
  'squared_difference',
  'prelu',
  'bitwise_and',
  'bitwise_or',
  'bitwise_xor',
  'shift_left',
  'shift_right',
];
const truths: readonly BinaryFn[] = ['logical_and', 'logical_or', 'logical_xor', 'equal', 'not_equal'];

const typed = (fn: BinaryFn, type: DType, [a, b, y]: readonly [Shape, Shape, Shape]): GridCase => ({
  name: `${fn} ${type} of [${a}], [${b}]`,
  graph: one(
    'binary',
    { fn },
    [spec(type, a), spec(type, b)],
    spec(comparisons.includes(fn) && type !== 'bool' ? 'bool' : type, y),
  ),
});

const pairCases: readonly GridCase[] = [
  ...real.flatMap((fn) => shapes.map((s) => pairCase(fn, s))),
  ...comparisons.map((fn) => pairCase(fn, shapes[1]!)),
  ...[...whole, ...comparisons].flatMap((fn) => shapes.slice(0, fn === 'div' ? 3 : 2).map((s) => typed(fn, 's32', s))),
  ...truths.flatMap((fn) => shapes.slice(0, 2).map((s) => typed(fn, 'bool', s))),
  ...(['maximum', 'minimum'] as const).flatMap((fn) =>
    (['s8', 's16'] as const).flatMap((t) => shapes.slice(0, 2).map((s) => typed(fn, t, s))),
  ),
  ...comparisons.map((fn) => ({
    name: `${fn} s8`,
    graph: one('binary', { fn }, [spec('s8', [5, 20], 0.5, 3), spec('s8', [20], 0.25, -10)], spec('bool', [5, 20])),
  })),
  ...shapes.slice(0, 2).flatMap(([a, b, y]) =>
    (['prelu', 'squared_difference'] as const).map((fn) => ({
      name: `${fn} s8 of [${a}], [${b}]`,
      graph: one('binary', { fn }, [spec('s8', a, 0.05, 3), spec('s8', b, 0.02, -10)], spec('s8', y, 0.03, -100)),
    })),
  ),
  ...(['add', 'sub', 'mul'] as const).flatMap((op) =>
    (['s32', 's16'] as const).flatMap((type) =>
      shapes.slice(0, 2).map(([a, b, y]) => ({
        name: `${op} ${type} of [${a}], [${b}]`,
        graph: one(
          op,
          { act: 'none' },
          [spec(type, a, 0.001), spec(type, b, 0.0007)],
          spec(type, y, op === 'mul' ? 0.01 : 0.0013),
        ),
      })),
    ),
  ),
];

const selectCases: readonly GridCase[] = (['s8', 'f32'] as const).flatMap((type) =>
  [
    [
      [2, 3, 4],
      [2, 3, 4],
      [2, 3, 4],
      [2, 3, 4],
    ],
    [[3, 1], [2, 1, 4], [1], [2, 3, 4]],
  ].map(
    ([c, a, b, y]): GridCase => ({
      name: `select ${type} of [${c}], [${a}], [${b}]`,
      graph: one('select', {}, [spec('bool', c!), spec(type, a!), spec(type, b!)], spec(type, y!)),
    }),
  ),
);

const reductions: readonly { x: Shape; axes: readonly number[] }[] = [
  { x: [2, 3, 4, 5], axes: [1, 3] },
  { x: [2, 3, 4], axes: [0, 1, 2] },
  { x: [3, 2, 4, 2, 3], axes: [0, 2, 4] },
];

function reduceCase(fn: ReduceFn, type: DType, { x, axes }: { x: Shape; axes: readonly number[] }): GridCase {
  const kept = x.map((d, i) => (axes.includes(i) ? 1 : d));
  const n = net(fn);
  const given = n.add(spec(type, x, 0.05, 3));
  const from = fn === 'log_sum' ? n.node('unary', { fn: 'exp', ...plain }, [given], spec(type, x)) : given;
  const out = fn === 'sum' ? spec(type, kept, 0.6, -10) : spec(type, kept, 0.05, 3);
  return {
    name: `reduce ${fn} ${type} of [${x}]`,
    graph: n.graph(n.node('reduce', { fn, axes, keepDims: true }, [from], out)),
  };
}

const reduceCases: readonly GridCase[] = reductions.flatMap((r) => [
  ...(['sum', 'prod', 'max', 'min', 'l1', 'l2', 'log_sum', 'log_sum_exp', 'sum_square'] as const).map((fn) =>
    reduceCase(fn, 'f32', r),
  ),
  ...(['sum', 'prod', 'max', 'min', 'l1', 'sum_square'] as const).map((fn) => reduceCase(fn, 's32', r)),
  ...(['s8', 's16', 'u8'] as const).flatMap((t) => (['max', 'min'] as const).map((fn) => reduceCase(fn, t, r))),
  ...(['any', 'all'] as const).map((fn) => reduceCase(fn, 'bool', r)),
  reduceCase('sum', 's8', r),
]);

const types: readonly DType[] = ['f32', 's8', 's16', 's32'];

const alongCases: readonly GridCase[] = [
  ...types.flatMap((t) =>
    [0, 1, 2].flatMap((axis): GridCase[] => {
      const x = [3, 9, 2];
      const k = Math.min(3, x[axis]!);
      const few = x.with(axis, k);
      return [
        ...(['arg_max', 'arg_min'] as const).map((op) => ({
          name: `${op} ${t} along ${axis}`,
          graph: one(op, { axis, keepDims: true, last: axis === 1 }, [spec(t, x)], spec('s32', x.with(axis, 1))),
        })),
        {
          name: `top_k values ${t} along ${axis}`,
          graph: one('top_k', { axis, k, largest: axis !== 1, result: 'values' }, [spec(t, x)], spec(t, few)),
        },
        {
          name: `top_k indices ${t} along ${axis}`,
          graph: one('top_k', { axis, k, largest: axis === 1, result: 'indices' }, [spec(t, x)], spec('s32', few)),
        },
      ];
    }),
  ),
  ...(['f32', 's32'] as const).flatMap((t) =>
    [false, true].map((exclusive) => ({
      name: `cumsum ${t}, exclusive ${exclusive}`,
      graph: one('cumsum', { axis: 1, exclusive, reverse: exclusive }, [spec(t, [2, 5, 3])], spec(t, [2, 5, 3])),
    })),
  ),
];

const indexCases: readonly GridCase[] = [
  ...(['s8', 'f32'] as const).flatMap((t): GridCase[] => [
    {
      name: `gather ${t}`,
      graph: one(
        'gather',
        { axis: 1, batchDims: 0 },
        [spec(t, [2, 5, 3]), s32([2, 2], 0, -1, 4, 9)],
        spec(t, [2, 2, 2, 3]),
      ),
    },
    {
      name: `gather ${t} in batches`,
      graph: one(
        'gather',
        { axis: 2, batchDims: 1 },
        [spec(t, [2, 3, 4]), s32([2, 3], 0, 1, 3, 2, -4, 1)],
        spec(t, [2, 3, 3]),
      ),
    },
    {
      name: `gather_nd ${t}`,
      graph: one('gather_nd', { batchDims: 0 }, [spec(t, [2, 3, 4]), s32([3, 2], 1, 2, 0, -1, 1, 0)], spec(t, [3, 4])),
    },
    {
      name: `gather_nd ${t} in batches`,
      graph: one('gather_nd', { batchDims: 1 }, [spec(t, [2, 3, 4]), s32([2, 2, 1], 1, 2, 0, -1)], spec(t, [2, 2, 4])),
    },
    {
      name: `gather_elements ${t}`,
      graph: one('gather_elements', { axis: 1 }, [spec(t, [3, 4]), s32([2, 3], 0, -1, 2, 3, 3, 1)], spec(t, [2, 3])),
    },
  ]),
  ...(['none', 'add', 'mul', 'max', 'min'] as const).flatMap((fn) =>
    (fn === 'none' ? (['s8'] as const) : (['f32', 's32'] as const)).flatMap((t): GridCase[] => [
      {
        name: `scatter_elements ${fn} ${t}`,
        graph: one(
          'scatter_elements',
          { axis: 1, fn },
          [spec(t, [2, 4]), s32([2, 3], 0, -1, 2, 3, 3, 1), spec(t, [2, 3])],
          spec(t, [2, 4]),
        ),
      },
      {
        name: `scatter_nd ${fn} ${t}`,
        graph: one(
          'scatter_nd',
          { fn },
          [spec(t, [3, 2, 2]), s32([3, 2], 0, 1, 2, 1, 0, -1), spec(t, [3, 2])],
          spec(t, [3, 2, 2]),
        ),
      },
    ]),
  ),
  ...(['s8', 'f32', 's16'] as const).map((t) => ({
    name: `one_hot ${t}`,
    graph: one('one_hot', { axis: 1, on: 5, off: -2 }, [s32([2, 3], 0, 3, -1, 7, 1, 2)], spec(t, [2, 4, 3])),
  })),
];

const moveCases: readonly GridCase[] = (['s8', 's16', 'f32'] as const).flatMap((t): GridCase[] => [
  {
    name: `slice ${t}`,
    graph: one('strided_slice', { begin: [1, 0, 2], strides: [1, 2, 1] }, [spec(t, [3, 5, 6])], spec(t, [2, 3, 4])),
  },
  {
    name: `reversed ${t}`,
    graph: one('strided_slice', { begin: [2, 4], strides: [-1, -3] }, [spec(t, [3, 5])], spec(t, [3, 2])),
  },
  { name: `tile ${t}`, graph: one('tile', { multiples: [2, 1, 3] }, [spec(t, [2, 3, 2])], spec(t, [4, 3, 6])) },
  { name: `broadcast_to ${t}`, graph: one('broadcast_to', {}, [spec(t, [2, 1, 3])], spec(t, [4, 2, 5, 3])) },
  {
    name: `resize_nearest ${t}`,
    graph: one(
      'resize_nearest',
      { coordinates: 'half_pixel', rounding: 'prefer_floor', steps: [1, 0.5, 1.5, 1] },
      [spec(t, [2, 3, 6, 3])],
      spec(t, [2, 6, 4, 3]),
    ),
  },
  {
    name: `resize_nearest ${t} of all axes`,
    graph: one(
      'resize_nearest',
      { coordinates: 'asymmetric', rounding: 'floor', steps: [0.5, 1, 2, 0.4] },
      [spec(t, [2, 2, 4, 2])],
      spec(t, [4, 2, 2, 5]),
    ),
  },
]);

const castTypes: readonly DType[] = ['f32', 's8', 'u8', 's16', 's32'];
const castCases: readonly GridCase[] = castTypes.flatMap((from) =>
  ([...castTypes, 'bool'] as const).map((to) => ({
    name: `cast ${from} ${to}`,
    graph: one('cast', {}, [{ type: from, shape: [31] }], { type: to, shape: [31] }),
  })),
);

type Matmul = readonly [a: Shape, b: Shape, y: Shape, transposeA?: boolean, transposeB?: boolean];
const products: readonly Matmul[] = [
  [
    [3, 5],
    [5, 4],
    [3, 4],
  ],
  [
    [2, 1, 3, 5],
    [3, 5, 4],
    [2, 3, 3, 4],
  ],
  [[2, 5, 3], [2, 4, 5], [2, 3, 4], true, true],
];

type Transposed = Omit<OpAttrs['transpose_conv'], 'act'> & { x: Shape; w: Shape; y: Shape };
const convs: readonly Transposed[] = [
  { x: [1, 3, 4, 2], w: [3, 3, 2, 2], y: [1, 7, 8, 3], stride: [2, 2], dilation: [1, 1], pad: [0, 0, 0, 0], groups: 1 },
  { x: [2, 3, 3, 4], w: [6, 3, 3, 2], y: [2, 5, 6, 6], stride: [2, 2], dilation: [1, 1], pad: [1, 1, 1, 1], groups: 2 },
  { x: [1, 2, 3, 1], w: [2, 2, 2, 1], y: [1, 4, 7, 2], stride: [1, 2], dilation: [2, 2], pad: [0, 0, 0, 0], groups: 1 },
];

function convCase(c: Transposed, type: 's8' | 'f32'): GridCase {
  const { x, w, y, ...attr } = c;
  const size = w.reduce((n, d) => n * d, 1);
  const values = Array.from({ length: size }, (_, i) => ((i * 37 + 11) % 41) - 20);
  const bias = Array.from({ length: w[0]! }, (_, i) => 30 * i - 40);
  const data = (v: readonly number[], f: number): TensorData => Float32Array.from(v, (n) => n / f);
  const weights: Spec =
    type === 'f32'
      ? { type, shape: w, data: data(values, 20) }
      : {
          type,
          shape: w,
          data: Int8Array.from(values),
          quant: {
            scale: w.slice(0, 1).flatMap((n) => Array.from({ length: n }, (_, i) => 0.01 + 0.002 * i)),
            zero: Array(w[0]!).fill(0),
            axis: 0,
          },
        };
  const b: Spec =
    type === 'f32'
      ? { type, shape: [w[0]!], data: data(bias, 50) }
      : { type: 's32', shape: [w[0]!], data: Int32Array.from(bias) };
  const act = c.groups === 1 ? 'none' : 'relu';
  return {
    name: `transpose_conv ${type} of [${x}]`,
    graph: one('transpose_conv', { ...attr, act }, [spec(type, x, 0.05, 4), weights, b], spec(type, y, 0.06, -20)),
  };
}

const one2 = <K extends OpKind>(name: string, op: K, attr: OpAttrs[K], shape: Shape): GridCase => ({
  name,
  graph: one(op, attr, [spec('f32', shape)], spec('f32', shape)),
});

const productCases: readonly GridCase[] = [
  ...(['f32', 's8'] as const).flatMap((t) =>
    products.map(([a, b, y, transposeA = false, transposeB = false]) => ({
      name: `batch_matmul ${t} of [${a}], [${b}]`,
      graph: one(
        'batch_matmul',
        { transposeA, transposeB },
        [spec(t, a, 0.05, 3), spec(t, b, 0.02, -10)],
        spec(t, y, 0.1, 7),
      ),
    })),
  ),
  ...convs.flatMap((c) => [convCase(c, 's8'), convCase(c, 'f32')]),
  one2('log_softmax', 'log_softmax', {}, [3, 7]),
  one2(
    'local_response_normalization',
    'local_response_normalization',
    { radius: 2, bias: 1.5, alpha: 0.3, beta: 0.75 },
    [2, 3, 9],
  ),
];

export const generalCases: readonly GridCase[] = [
  ...functionCases,
  ...pairCases,
  ...selectCases,
  ...reduceCases,
  ...alongCases,
  ...indexCases,
  ...moveCases,
  ...castCases,
  ...productCases,
];
