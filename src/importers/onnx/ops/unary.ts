import type { UnaryFn } from '../../../ir/graph.js';
import type { Operator, OpRow, OpRows } from '../operator.js';
import * as types from '../types.js';
import type { Value } from '../value.js';

/** x through a function of one operand. */
export const unary = (op: Operator, fn: UnaryFn, x: Value, alpha = 0, beta = 0): Value =>
  op.emit('unary', { fn, alpha, beta }, [x]);

/** Whole numbers of fewer bits are widened to s32 for the work. */
export function widened(op: Operator, x: Value, work: (x: Value) => Value): Value {
  const isNarrow = x.tensor.type === 's8' || x.tensor.type === 'u8' || x.tensor.type === 's16';
  return isNarrow ? op.cast(work(op.cast(x, types.int32)), x.of) : work(x);
}

/** Real functions of whole numbers are not ONNX; abs, neg and sign are. */
const plain = (fn: UnaryFn): OpRow => ({
  inputs: [1, 1],
  build: (op) => op.out(widened(op, op.in(0), (x) => unary(op, fn, x))),
});

/** Attributes with what they are where the file says nothing. */
const withAttributes = (fn: UnaryFn, alpha: [string, number], beta?: [string, number]): OpRow => ({
  inputs: [1, 1],
  build: (op) => op.out(unary(op, fn, op.in(0), op.real(...alpha), beta ? op.real(...beta) : 0)),
});

const toBool = (op: Operator, fn: UnaryFn, alpha = 0, beta = 0): void =>
  op.out(op.emit('unary', { fn, alpha, beta }, [op.in(0)], { of: types.bool }));

export function relu(op: Operator, x: Value): Value {
  if (x.tensor.type === 'f32') return op.emit('relu', { act: 'relu' }, [x]);
  return widened(op, x, (wide) => op.emit('binary', { fn: 'maximum' }, [wide, op.like(wide, 0)]));
}

/** A bound of CLIP: attribute in old operator sets, scalar input in newer ones. */
function bound(op: Operator, name: 'min' | 'max', i: number, missing: number): Value | number {
  if (!op.since(11)) return op.real(name, missing);
  if (!op.has(i)) return missing;
  const value = op.in(i);
  return value.exact ? value.exact[0]! : value;
}

const activations: Readonly<Record<string, 'relu' | 'relu6' | 'relu_n1_to_1'>> = {
  [`0,${Number.POSITIVE_INFINITY}`]: 'relu',
  '0,3.4028234663852886e+38': 'relu',
  '0,6': 'relu6',
  '-1,1': 'relu_n1_to_1',
};

const most = 3.4028234663852886e38;
/** Least and greatest number of a type in the graph. */
const rangeOf = ({ type, range }: types.ElementType): readonly [number, number] =>
  type === 'f32' ? [-most, most] : type === 's32' ? [-(2 ** 31), 2 ** 31 - 1] : range!;

function fixedClip(op: Operator, x: Value, low: number, high: number): Value {
  const act = x.tensor.type === 'f32' ? activations[`${low},${high}`] : undefined;
  if (act) return op.emit('relu', { act }, [x]);
  const [least, greatest] = rangeOf(x.of);
  const bounds = [low, high].map((b) => Math.max(least, Math.min(greatest, b)));
  return widened(op, x, (wide) => unary(op, 'clip', wide, ...bounds));
}

function clip(op: Operator): void {
  const x = op.in(0);
  const low = bound(op, 'min', 1, Number.NEGATIVE_INFINITY);
  const high = bound(op, 'max', 2, Number.POSITIVE_INFINITY);
  if (typeof low === 'number' && typeof high === 'number') {
    op.out(
      low === Number.NEGATIVE_INFINITY && high === Number.POSITIVE_INFINITY ? same(op, x) : fixedClip(op, x, low, high),
    );
    return;
  }
  const side = (y: Value, b: Value | number, fn: 'maximum' | 'minimum'): Value => {
    if (typeof b === 'number' && !Number.isFinite(b)) return y;
    return op.emit('binary', { fn }, [y, typeof b === 'number' ? op.like(y, b) : b]);
  };
  op.out(side(side(x, low, 'maximum'), high, 'minimum'));
}

/** The value itself: names of the model may share it. */
export const same = (_: Operator, x: Value): Value => x;

function gelu(op: Operator): void {
  op.out(unary(op, op.text('approximate', 'none') === 'tanh' ? 'gelu_tanh' : 'gelu', op.in(0)));
}

/** The mask of DROPOUT keeps everything outside training. */
function dropout(op: Operator): void {
  const x = op.in(0);
  if (op.has(2) && op.constant(2, 'training_mode')[0])
    throw op.problem('op-attribute', 'is in training mode', 'export the model for inference');
  op.out(same(op, x));
  if (!op.wants(1)) return;
  const { shape } = x.tensor;
  const of = op.since(10) ? types.bool : x.of;
  op.out({ ...op.like({ ...x, of }, 1, shape) }, 1);
}

const names: Readonly<Record<string, UnaryFn>> = {
  Abs: 'abs',
  Acos: 'acos',
  Acosh: 'acosh',
  Asin: 'asin',
  Asinh: 'asinh',
  Atan: 'atan',
  Atanh: 'atanh',
  BitwiseNot: 'bitwise_not',
  Ceil: 'ceil',
  Cos: 'cos',
  Cosh: 'cosh',
  Erf: 'erf',
  Exp: 'exp',
  Floor: 'floor',
  HardSwish: 'hard_swish',
  Log: 'log',
  Mish: 'mish',
  Neg: 'neg',
  Reciprocal: 'reciprocal',
  Round: 'round',
  Sign: 'sign',
  Sin: 'sin',
  Sinh: 'sinh',
  Softplus: 'softplus',
  Softsign: 'softsign',
  Sqrt: 'sqrt',
  Tan: 'tan',
};

export const unaries: OpRows = {
  ...Object.fromEntries(Object.entries(names).map(([kind, fn]) => [kind, plain(fn)])),
  Celu: withAttributes('celu', ['alpha', 1]),
  Clip: { inputs: [1, 3], build: clip },
  Dropout: { inputs: [1, 3], build: dropout },
  Elu: withAttributes('elu', ['alpha', 1]),
  Gelu: { inputs: [1, 1], build: gelu },
  'com.microsoft.Gelu': { inputs: [1, 1], build: (op) => op.out(unary(op, 'gelu', op.in(0))) },
  HardSigmoid: withAttributes('hard_sigmoid', ['alpha', 0.2], ['beta', 0.5]),
  Identity: { inputs: [1, 1], build: (op) => op.out(same(op, op.in(0))) },
  IsInf: {
    inputs: [1, 1],
    build: (op) => toBool(op, 'is_inf', op.int('detect_negative', 1), op.int('detect_positive', 1)),
  },
  IsNaN: { inputs: [1, 1], build: (op) => toBool(op, 'is_nan') },
  LeakyRelu: withAttributes('leaky_relu', ['alpha', 0.01]),
  Not: { inputs: [1, 1], build: (op) => toBool(op, 'not') },
  Relu: { inputs: [1, 1], build: (op) => op.out(relu(op, op.in(0))) },
  Selu: withAttributes('selu', ['alpha', 1.6732631921768188], ['gamma', 1.0507010221481323]),
  Shrink: {
    inputs: [1, 1],
    build: (op) => op.out(unary(op, 'shrink', op.in(0), op.real('lambd', 0.5), op.real('bias', 0))),
  },
  Sigmoid: { inputs: [1, 1], build: (op) => op.out(op.emit('logistic', {}, [op.in(0)])) },
  Tanh: { inputs: [1, 1], build: (op) => op.out(op.emit('tanh', {}, [op.in(0)])) },
  ThresholdedRelu: withAttributes('thresholded_relu', ['alpha', 1]),
};
