import type { Operator, OpRows } from '../operator.js';
import type { Value } from '../value.js';
import { binary, sum } from './binary.js';
import { mean, overLast, reduce, root } from './reduce.js';
import { unary } from './unary.js';

const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);

/** A value per channel beside [N,C,...]. */
const perChannel = (op: Operator, v: Value, rank: number): Value =>
  op.reshape(v, [v.tensor.shape.reduce((a, b) => a * b, 1), ...new Array<number>(Math.max(0, rank - 2)).fill(1)]);

/** x * factor + offset; one multiplication and one addition per element, or none after a convolution. */
function batchNormalization(op: Operator): void {
  const x = op.in(0);
  if (op.since(14) ? op.int('training_mode', 0) : op.wants(1))
    throw op.problem('op-unsupported', 'is in training mode', 'export the model for inference');
  const parameters = [1, 2, 3, 4].map((i) => op.in(i));
  const epsilon = op.real('epsilon', 1e-5);
  const rank = x.tensor.shape.length;
  const place = (v: Value) => perChannel(op, v, rank);
  const [factor, offset] = parameters.every((v) => v.exact)
    ? folded(
        op,
        parameters.map((v) => v.exact!),
        epsilon,
      )
    : computed(op, parameters as [Value, Value, Value, Value], epsilon);
  op.out(sum(op, 'add', sum(op, 'mul', x, place(factor!)), place(offset!)));
}

function folded(op: Operator, [scale, bias, average, variance]: ArrayLike<number>[], epsilon: number): Value[] {
  const factor = Array.from(scale!, (s, i) => s / Math.sqrt(variance![i]! + epsilon));
  const offset = factor.map((f, i) => bias![i]! - average![i]! * f);
  return [op.number('factor', [factor.length], factor), op.number('offset', [offset.length], offset)];
}

function computed(op: Operator, [scale, bias, average, variance]: [Value, Value, Value, Value], epsilon: number) {
  const spread = root(op, sum(op, 'add', variance, op.like(variance, epsilon)));
  const factor = binary(op, 'div', scale, spread);
  return [factor, sum(op, 'sub', bias, sum(op, 'mul', average, factor))];
}

interface Normalised {
  readonly y: Value;
  readonly mean: Value;
  /** 1 / standard deviation */
  readonly inverse: Value;
}

/** (x - mean) / sqrt(variance + epsilon) over axes. */
function normalised(op: Operator, x: Value, axes: readonly number[], epsilon: number): Normalised {
  const average = mean(op, x, axes, true);
  const centred = sum(op, 'sub', x, average);
  const variance = mean(op, sum(op, 'mul', centred, centred), axes, true);
  const inverse = unary(op, 'rsqrt', sum(op, 'add', variance, op.like(variance, epsilon)));
  return { y: sum(op, 'mul', centred, inverse), mean: average, inverse };
}

/** y * scale + bias */
function scaled(op: Operator, y: Value, scale: Value | undefined, bias: Value | undefined): Value {
  const product = scale ? sum(op, 'mul', y, scale) : y;
  return bias ? sum(op, 'add', product, bias) : product;
}

function instanceNormalization(op: Operator): void {
  const x = op.in(0);
  const rank = x.tensor.shape.length;
  const { y } = normalised(op, x, range(2, rank), op.real('epsilon', 1e-5));
  op.out(scaled(op, y, perChannel(op, op.in(1), rank), perChannel(op, op.in(2), rank)));
}

function layerNormalization(op: Operator): void {
  const x = op.in(0);
  const rank = x.tensor.shape.length;
  const axis = op.axis(op.int('axis', -1), rank);
  const { y, mean: average, inverse } = normalised(op, x, range(axis, rank), op.real('epsilon', 1e-5));
  op.out(scaled(op, y, op.has(1) ? op.in(1) : undefined, op.has(2) ? op.in(2) : undefined));
  op.out(average, 1);
  op.out(inverse, 2);
}

/** Groups of channels; scale and bias are per channel since operator set 21, per group before. */
function groupNormalization(op: Operator): void {
  const x = op.in(0);
  const [n, c, ...sizes] = x.tensor.shape as [number, number, ...number[]];
  const groups = op.int('num_groups', 1);
  op.demand(groups >= 1 && c % groups === 0, `${groups} groups of ${c} channels`);
  const parts = op.reshape(x, [n, groups, c / groups, ...sizes]);
  const rank = parts.tensor.shape.length;
  const { y } = normalised(op, parts, range(2, rank), op.real('epsilon', 1e-5));
  const isPerChannel = op.in(1).tensor.shape[0] === c;
  const place = (v: Value) =>
    op.reshape(v, isPerChannel ? [groups, c / groups, ...sizes.map(() => 1)] : [groups, 1, ...sizes.map(() => 1)]);
  op.out(op.reshape(scaled(op, y, place(op.in(1)), place(op.in(2))), x.tensor.shape));
}

function meanVarianceNormalization(op: Operator): void {
  const x = op.in(0);
  const axes = op.axes(op.ints('axes') ?? [0, 2, 3], x.tensor.shape.length);
  const centred = sum(op, 'sub', x, mean(op, x, axes, true));
  const spread = root(op, mean(op, sum(op, 'mul', centred, centred), axes, true));
  op.out(binary(op, 'div', centred, sum(op, 'add', spread, op.like(spread, 1e-9))));
}

function lpNormalization(op: Operator): void {
  const x = op.in(0);
  const axis = op.axis(op.int('axis', -1), x.tensor.shape.length);
  const size = reduce(op.int('p', 2) === 1 ? 'l1' : 'l2')(op, x, [axis], true);
  op.out(binary(op, 'div', x, size));
}

function localResponse(op: Operator): void {
  const x = op.in(0);
  const size = op.int('size', 1);
  if (size % 2 === 0) throw op.problem('op-unsupported', `over ${size} channels; only odd numbers are supported`);
  const attr = {
    radius: (size - 1) / 2,
    bias: op.real('bias', 1),
    alpha: op.real('alpha', 1e-4) / size,
    beta: op.real('beta', 0.75),
  };
  op.out(overLast(op, x, 1, (y) => op.emit('local_response_normalization', attr, [y])));
}

export const norms: OpRows = {
  BatchNormalization: { inputs: [5, 5], build: batchNormalization },
  GroupNormalization: { inputs: [3, 3], build: groupNormalization },
  InstanceNormalization: { inputs: [3, 3], build: instanceNormalization },
  LayerNormalization: { inputs: [2, 3], build: layerNormalization },
  LpNormalization: { inputs: [1, 1], build: lpNormalization },
  LRN: { inputs: [1, 1], build: localResponse },
  MeanVarianceNormalization: { inputs: [1, 1], build: meanVarianceNormalization },
};
