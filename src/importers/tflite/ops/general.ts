/** Functions of one and two operands, reductions, positions. */
import type { BinaryFn, OpAttrs, ReduceFn, TensorId, UnaryFn } from '../../../ir/graph.js';
import type { Operator, OpRow, OpRows } from '../operator.js';
import { BATCH_MATMUL, CUMSUM, DIV, GELU, L2_NORM, LEAKY_RELU, LRN, REDUCER } from '../schema.js';
import { axes } from './axes.js';

const plain = { alpha: 0, beta: 0 };

const functionRow = (attr: (op: Operator) => OpAttrs['unary']): OpRow => ({
  inputs: [1, 1],
  build: (op) => op.emit('unary', attr(op), [op.input(0)]),
});

const unary = (fn: UnaryFn, parameters = plain): OpRow => functionRow(() => ({ fn, ...parameters }));

/** Ops that the graph knows for stored values; the others go by real values. */
const stored: readonly BinaryFn[] = ['squared_difference', 'prelu'];
const comparisons: readonly BinaryFn[] = ['equal', 'not_equal', 'less', 'less_equal', 'greater', 'greater_equal'];
const extremes: readonly BinaryFn[] = ['maximum', 'minimum'];

function pair(op: Operator, fn: BinaryFn, inputs: readonly TensorId[]): void {
  const { quant, type } = op.tensor(inputs[0]!);
  const keeps = stored.includes(fn) || comparisons.includes(fn);
  const alike = () => inputs.map((id) => op.like(id, op.result));
  if (!quant || (keeps && type === 's8')) op.emit('binary', { fn }, inputs);
  else if (extremes.includes(fn)) op.emit('binary', { fn }, alike());
  else {
    const real = inputs.map((id) => op.real(id));
    if (comparisons.includes(fn)) op.emit('binary', { fn }, real);
    else op.emitReal('binary', { fn }, real);
  }
}

const binary = (fn: BinaryFn): OpRow => ({
  inputs: [2, 2],
  build: (op) => pair(op, fn, [op.input(0), op.input(1)]),
});

/** A quotient and the activation that may follow it. */
function divide(op: Operator): void {
  const act = op.activation(op.options(DIV).act);
  const inputs = [op.input(0), op.input(1)];
  if (act === 'none') {
    pair(op, 'div', inputs);
    return;
  }
  const real = inputs.map((id) => op.real(id));
  const quotient = op.step('binary', { fn: 'div' }, real, { type: 'f32', shape: op.result.shape });
  op.emitReal('relu', { act }, [quotient]);
}

const keepDims = (op: Operator): boolean => op.options(REDUCER).keepDims;

const sortedAxes = (op: Operator, rank: number): number[] =>
  [...new Set(axes(op, op.constant(1, 'the list of axes'), rank))].sort((a, b) => a - b);

const reduction = (fn: ReduceFn): OpRow => ({
  inputs: [2, 2],
  build(op) {
    const x = op.input(0);
    const { shape, quant, type } = op.tensor(x);
    const attr = { fn, axes: sortedAxes(op, shape.length), keepDims: keepDims(op) };
    if (!quant || (fn === 'sum' && type === 's8')) op.emit('reduce', attr, [x]);
    else if (fn === 'max' || fn === 'min') op.emit('reduce', attr, [op.like(x, op.result)]);
    else op.emitReal('reduce', attr, [op.real(x)]);
  },
});

const position = (kind: 'arg_max' | 'arg_min'): OpRow => ({
  inputs: [2, 2],
  build(op) {
    const x = op.input(0);
    const [axis] = axes(op, op.constant(1, 'the axis'), op.tensor(x).shape.length);
    op.emit(kind, { axis: axis!, keepDims: false, last: false }, [x]);
  },
});

/** Values, then positions; outputs that the model does not name are left out. */
function topK(op: Operator): void {
  const x = op.input(0);
  const attr = { axis: op.tensor(x).shape.length - 1, k: op.constant(1, 'k')[0]!, largest: true };
  op.emit('top_k', { ...attr, result: 'values' }, [x]);
  if (op.outputCount > 1) op.emit('top_k', { ...attr, result: 'indices' }, [x], op.output(1));
}

function cumsum(op: Operator): void {
  const x = op.input(0);
  const [axis] = axes(op, op.constant(1, 'the axis'), op.tensor(x).shape.length);
  op.emitReal('cumsum', { axis: axis!, ...op.options(CUMSUM) }, [op.real(x)]);
}

function batchMatmul(op: Operator): void {
  const { adjX, adjY } = op.options(BATCH_MATMUL);
  const inputs = [op.input(0), op.input(1)];
  const attr = { transposeA: adjX, transposeB: adjY };
  if (inputs.every((id) => op.tensor(id).type === 's8')) op.emit('batch_matmul', attr, inputs);
  else
    op.emitReal(
      'batch_matmul',
      attr,
      inputs.map((id) => op.real(id)),
    );
}

/** x / sqrt(max(sum of squares of the last axis, 1e-6^2)), by real values. */
function l2Normalization(op: Operator): void {
  const act = op.activation(op.options(L2_NORM).act);
  const x = op.real(op.input(0));
  const { shape } = op.tensor(x);
  const row = { type: 'f32', shape: shape.with(-1, 1) } as const;
  const sum = op.step('reduce', { fn: 'sum_square', axes: [shape.length - 1], keepDims: true }, [x], row);
  const bounded = op.step('unary', { fn: 'clip', alpha: 1e-12, beta: Number.MAX_VALUE }, [sum], row, 'bounded');
  const inverse = op.step('unary', { fn: 'rsqrt', ...plain }, [bounded], row, 'inverse');
  op.emitReal('mul', { act }, [x, inverse]);
}

function logSoftmax(op: Operator): void {
  op.emitReal('log_softmax', {}, [op.real(op.input(0))]);
}

function responses(op: Operator): void {
  op.emitReal('local_response_normalization', op.options(LRN), [op.real(op.input(0))]);
}

function select(op: Operator): void {
  const condition = op.input(0);
  const { shape } = op.tensor(condition);
  const rank = op.tensor(op.output()).shape.length;
  // SELECT with a vector takes whole rows
  const rows = op.kind === 'SELECT' && shape.length === 1 && rank > 1;
  const by = rows ? op.reshaped(condition, [shape[0]!, ...Array(rank - 1).fill(1)]) : condition;
  op.emit('select', {}, [by, op.like(op.input(1), op.result), op.like(op.input(2), op.result)]);
}

/** Sums of more than two tensors, one after the other. */
function addN(op: Operator): void {
  const { type, shape, quant } = op.result;
  let sum = op.input(0);
  for (let i = 1; i < op.inputCount; i++) {
    const last = i === op.inputCount - 1;
    const out = last ? op.output() : op.between({ type, shape, ...(quant && { quant }) }, `sum_${i}`);
    op.emit('add', { act: 'none' }, [sum, op.input(i)], out);
    sum = out;
  }
}

export const general: OpRows = {
  ABS: unary('abs'),
  NEG: unary('neg'),
  SIGN: unary('sign'),
  SQUARE: unary('square'),
  EXP: unary('exp'),
  LOG: unary('log'),
  SQRT: unary('sqrt'),
  RSQRT: unary('rsqrt'),
  FLOOR: unary('floor'),
  CEIL: unary('ceil'),
  ROUND: unary('round'),
  SIN: unary('sin'),
  COS: unary('cos'),
  HARD_SWISH: unary('hard_swish'),
  ELU: unary('elu', { alpha: 1, beta: 0 }),
  RELU_0_TO_1: unary('clip', { alpha: 0, beta: 1 }),
  LOGICAL_NOT: unary('not'),
  LEAKY_RELU: functionRow((op) => ({ fn: 'leaky_relu', alpha: op.options(LEAKY_RELU).alpha, beta: 0 })),
  GELU: functionRow((op) => ({ fn: op.options(GELU).approximate ? 'gelu_tanh' : 'gelu', ...plain })),
  DIV: { inputs: [2, 2], build: divide },
  FLOOR_DIV: binary('floor_div'),
  FLOOR_MOD: binary('mod'),
  POW: binary('pow'),
  MAXIMUM: binary('maximum'),
  MINIMUM: binary('minimum'),
  SQUARED_DIFFERENCE: binary('squared_difference'),
  PRELU: binary('prelu'),
  ATAN2: binary('atan2'),
  BITWISE_XOR: binary('bitwise_xor'),
  RIGHT_SHIFT: binary('shift_right'),
  EQUAL: binary('equal'),
  NOT_EQUAL: binary('not_equal'),
  LESS: binary('less'),
  LESS_EQUAL: binary('less_equal'),
  GREATER: binary('greater'),
  GREATER_EQUAL: binary('greater_equal'),
  LOGICAL_AND: binary('logical_and'),
  LOGICAL_OR: binary('logical_or'),
  SUM: reduction('sum'),
  REDUCE_PROD: reduction('prod'),
  REDUCE_MAX: reduction('max'),
  REDUCE_MIN: reduction('min'),
  REDUCE_ANY: reduction('any'),
  REDUCE_ALL: reduction('all'),
  ARG_MAX: position('arg_max'),
  ARG_MIN: position('arg_min'),
  TOPK_V2: { inputs: [2, 2], outputs: 2, build: topK },
  CUMSUM: { inputs: [2, 2], build: cumsum },
  BATCH_MATMUL: { inputs: [2, 2], build: batchMatmul },
  L2_NORMALIZATION: { inputs: [1, 1], build: l2Normalization },
  LOG_SOFTMAX: { inputs: [1, 1], build: logSoftmax },
  LOCAL_RESPONSE_NORMALIZATION: { inputs: [1, 1], build: responses },
  SELECT: { inputs: [3, 3], build: select },
  SELECT_V2: { inputs: [3, 3], build: select },
  ADD_N: { inputs: [1, 64], build: addN },
};
