import type { ReduceFn } from '../../../ir/graph.js';
import type { Operator, OpRow, OpRows } from '../operator.js';
import * as types from '../types.js';
import type { Value } from '../value.js';
import { unary, widened } from './unary.js';

/** The axes that are reduced: attribute or input; none given means all, or nothing where the model says so. */
function reducedAxes(op: Operator, rank: number): number[] | undefined {
  const axes = op.list('axes', 1);
  if (axes?.length) return op.axes(axes, rank);
  return op.int('noop_with_empty_axes', 0) ? undefined : Array.from({ length: rank }, (_, i) => i);
}

type Reduce = (op: Operator, x: Value, axes: readonly number[], keepDims: boolean) => Value;

export const mean: Reduce = (op, x, axes, keepDims) => op.emit('mean', { axes, keepDims }, [x]);

export const reduce =
  (fn: ReduceFn): Reduce =>
  (op, x, axes, keepDims) =>
    widened(op, x, (wide) => op.emit('reduce', { fn, axes, keepDims }, [wide]));

const row = (make: Reduce): OpRow => ({
  inputs: [1, 2],
  build: (op) => {
    const x = op.in(0);
    const axes = reducedAxes(op, x.tensor.shape.length);
    op.out(axes ? make(op, x, axes, op.int('keepdims', 1) !== 0) : op.reshape(unreduced(op, x, make), x.tensor.shape));
  },
});

/** Without axes every value is reduced alone: log and square still apply. */
const unreduced = (op: Operator, x: Value, make: Reduce): Value =>
  make(op, op.reshape(x, [...x.tensor.shape, 1]), [x.tensor.shape.length], false);

/** Over whole rows in real numbers. */
const realMean: Reduce = (op, x, axes, keepDims) => {
  if (x.tensor.type === 'f32') return mean(op, x, axes, keepDims);
  return op.cast(mean(op, op.cast(x, types.float), axes, keepDims), x.of);
};

const arg = (kind: 'arg_max' | 'arg_min'): OpRow => ({
  inputs: [1, 1],
  build: (op) => {
    const x = op.in(0);
    const attr = {
      axis: op.axis(op.int('axis', 0), x.tensor.shape.length),
      keepDims: op.int('keepdims', 1) !== 0,
      last: op.int('select_last_index', 0) !== 0,
    };
    op.out(op.emit(kind, attr, [x], { of: types.int64, quant: undefined }));
  },
});

/** The axis turned to the end, `work` done there, and turned back. */
export function overLast(op: Operator, x: Value, axis: number, work: (x: Value) => Value): Value {
  const rank = x.tensor.shape.length;
  const perm = [...Array(rank).keys()].filter((a) => a !== axis).concat(axis);
  const back = perm.map((_, i) => perm.indexOf(i));
  return op.transpose(work(op.transpose(x, perm)), back);
}

/** Along an axis; before operator set 13 over all axes from that one on. */
const normalising = (work: (op: Operator, x: Value) => Value): OpRow => ({
  inputs: [1, 1],
  build: (op) => {
    const x = op.in(0);
    const { shape } = x.tensor;
    const axis = op.axis(op.int('axis', op.since(13) ? -1 : 1), shape.length);
    const isLast = axis === shape.length - 1 || shape.slice(axis + 1).every((d) => d === 1);
    if (op.since(13) || isLast) {
      op.out(overLast(op, x, axis, (y) => work(op, y)));
      return;
    }
    const width = shape.slice(axis).reduce((a, b) => a * b, 1);
    const rows = shape.slice(0, axis).reduce((a, b) => a * b, 1);
    op.out(op.reshape(work(op, op.reshape(x, [rows, width])), shape));
  },
});

const hardmax = (op: Operator, x: Value): Value => {
  const { shape } = x.tensor;
  const axis = shape.length - 1;
  const places = op.emit('arg_max', { axis, keepDims: false, last: false }, [x], { of: types.int64 });
  return op.emit('one_hot', { axis, on: 1, off: 0 }, [places], { of: x.of, shape });
};

export const softmax = (op: Operator, x: Value): Value => op.emit('softmax', { beta: 1 }, [x]);
export const logSoftmax = (op: Operator, x: Value): Value => op.emit('log_softmax', {}, [x]);

function cumsum(op: Operator): void {
  const x = op.in(0);
  const axis = op.axis(op.constant(1, 'axis')[0]!, x.tensor.shape.length);
  const attr = { axis, exclusive: op.int('exclusive', 0) !== 0, reverse: op.int('reverse', 0) !== 0 };
  op.out(op.emit('cumsum', attr, [x]));
}

function topK(op: Operator): void {
  const x = op.in(0);
  const k = op.since(10) ? op.constant(1, 'k')[0]! : op.int('k', 1);
  const axis = op.axis(op.int('axis', -1), x.tensor.shape.length);
  const attr = { axis, k, largest: op.int('largest', 1) !== 0 };
  if (op.wants(0)) op.out(op.emit('top_k', { ...attr, result: 'values' }, [x]));
  if (op.wants(1)) op.out(op.emit('top_k', { ...attr, result: 'indices' }, [x], { of: types.int64 }), 1);
}

export const reductions: OpRows = {
  ReduceMean: row(realMean),
  ReduceSum: row(reduce('sum')),
  ReduceProd: row(reduce('prod')),
  ReduceMax: row(reduce('max')),
  ReduceMin: row(reduce('min')),
  ReduceL1: row(reduce('l1')),
  ReduceL2: row(reduce('l2')),
  ReduceLogSum: row(reduce('log_sum')),
  ReduceLogSumExp: row(reduce('log_sum_exp')),
  ReduceSumSquare: row(reduce('sum_square')),
  ArgMax: arg('arg_max'),
  ArgMin: arg('arg_min'),
  Softmax: normalising(softmax),
  LogSoftmax: normalising(logSoftmax),
  Hardmax: normalising(hardmax),
  CumSum: { inputs: [2, 2], build: cumsum },
  TopK: { inputs: [1, 2], build: topK },
};

/** The square root of x. */
export const root = (op: Operator, x: Value): Value => unary(op, 'sqrt', x);
