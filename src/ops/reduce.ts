import { elements, type NodeOf, newData, type ReduceFn, type Shape, type Tensor } from '../ir/graph.js';
import { clamp, requantize } from '../support/fixed.js';
import { keptShape, reductionTargets } from './broadcast.js';
import type { OpDef, Value } from './op.js';
import { quantizeParams, sameQuantisation, typeRange, zeroPoint } from './quantised.js';
import { demand, demandAxis, demandPerTensor, demandSameType, demandType } from './validate.js';

/** A fold over the values, from `start`, and what is made of its result. */
interface Fold {
  readonly start: number;
  readonly step: (total: number, value: number) => number;
  readonly end?: (total: number) => number;
}

const sum: Fold = { start: 0, step: (t, v) => t + v };
const folds: Readonly<Record<Exclude<ReduceFn, 'log_sum_exp'>, Fold>> = {
  sum,
  prod: { start: 1, step: (t, v) => t * v },
  max: { start: -Infinity, step: Math.max },
  min: { start: Infinity, step: Math.min },
  any: { start: 0, step: (t, v) => (t || v ? 1 : 0) },
  all: { start: 1, step: (t, v) => (t && v ? 1 : 0) },
  l1: { start: 0, step: (t, v) => t + Math.abs(v) },
  l2: { start: 0, step: (t, v) => t + v * v, end: Math.sqrt },
  log_sum: { ...sum, end: Math.log },
  sum_square: { start: 0, step: (t, v) => t + v * v },
};

/** The shape of a reduction's result. @throws Problem unless axes are rising and there */
export function reducedShape(node: NodeOf<'reduce'> | NodeOf<'mean'>, shape: Shape): Shape {
  const { axes, keepDims } = node.attr;
  for (const axis of axes) demandAxis(node, axis, shape);
  const rising = axes.every((axis, i) => i === 0 || axis > axes[i - 1]!);
  demand(node, rising, 'op-attribute', `axes [${axes}] should be sorted, each once`);
  return keepDims ? keptShape(shape, axes) : shape.filter((_, axis) => !axes.includes(axis));
}

function folded(x: Value, axes: readonly number[], { start, step, end }: Fold): Float64Array {
  const to = reductionTargets(x.shape, axes);
  const totals = new Float64Array(elements(keptShape(x.shape, axes))).fill(start);
  for (let i = 0; i < to.length; i++) totals[to[i]!] = step(totals[to[i]!]!, x.data[i]!);
  return end ? totals.map(end) : totals;
}

/** Less the greatest value, so that no exponential overflows. */
function logSumExp(x: Value, axes: readonly number[]): Float64Array {
  const most = folded(x, axes, folds.max);
  const to = reductionTargets(x.shape, axes);
  const sums = new Float64Array(most.length);
  for (let i = 0; i < to.length; i++) sums[to[i]!]! += Math.exp(x.data[i]! - most[to[i]!]!);
  return sums.map((s, i) => Math.log(s) + most[i]!);
}

function checkTypes(node: NodeOf<'reduce'>, x: Tensor, y: Tensor): void {
  const { fn } = node.attr;
  demandSameType(node, [x, y]);
  if (fn === 'any' || fn === 'all') {
    demandType(node, 'the input', x, ['bool']);
    return;
  }
  demandType(node, 'the input', x, ['f32', 's32', 's8', 'u8', 's16']);
  if (x.type === 'f32' || x.type === 's32') {
    const whole = ['sum', 'prod', 'max', 'min', 'sum_square', 'l1'].includes(fn);
    demand(node, x.type === 'f32' || whole, 'op-type', `${fn} of s32`);
    return;
  }
  demand(node, ['sum', 'max', 'min'].includes(fn), 'op-type', `${fn} of ${x.type}`, 'dequantise the values first');
  if (fn !== 'sum') {
    demand(node, sameQuantisation(x, y), 'op-quant', 'input and output differ in scale or zero point');
    return;
  }
  demandPerTensor(node, 'the input', x);
  demandPerTensor(node, 'the output', y);
}

/** A sum of stored values in the output's steps. */
function storedSum(x: Value, y: Tensor, axes: readonly number[]): (sum: number) => number {
  const { multiplier, shift } = quantizeParams(x, y);
  const count = elements(x.shape) / elements(keptShape(x.shape, axes));
  const [least, most] = typeRange(y.type);
  return (total) =>
    clamp(requantize((total - zeroPoint(x) * count) | 0, multiplier, shift) + zeroPoint(y), least, most);
}

const isWrapping = (y: Tensor, fn: ReduceFn): boolean => y.type === 's32' && (fn === 'prod' || fn === 'sum_square');

/** Products modulo 2^32, step by step. */
const wrapped = (fn: ReduceFn): Fold =>
  fn === 'prod' ? { start: 1, step: Math.imul } : { start: 0, step: (t, v) => (t + Math.imul(v, v)) | 0 };

/** Values of some axes brought together; f32 in double, stored sums as TFLite Micro's. */
export const reduce: OpDef<'reduce'> = {
  inputs: [1, 1],
  infer(node, inputs, [y]) {
    checkTypes(node, inputs[0]!, y!);
    return [reducedShape(node, inputs[0]!.shape)];
  },
  run(node, inputs, [y]) {
    const x = inputs[0] as Value;
    const { fn, axes } = node.attr;
    const out = newData(y!.type, elements(y!.shape));
    if (fn === 'log_sum_exp') {
      out.set(logSumExp(x, axes));
      return [out];
    }
    const totals = folded(x, axes, isWrapping(y!, fn) ? wrapped(fn) : folds[fn]);
    const rule = fn === 'sum' && x.quant ? storedSum(x, y!, axes) : (total: number) => total;
    for (let i = 0; i < out.length; i++) out[i] = rule(totals[i]!);
    return [out];
  },
  macs: () => 0,
};
