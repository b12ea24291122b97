import { elements } from '../../../ir/graph.js';
import type { Operator, OpRows } from '../operator.js';
import * as types from '../types.js';
import { constant, type Value } from '../value.js';
import { sum } from './binary.js';
import { reduce } from './reduce.js';
import { cut, whole } from './shape.js';

const isReal = (v: Value): boolean => v.tensor.type === 'f32';

/** x [..., K] times constant weights [Co, K], with a bias [Co]. */
export function fullyConnected(op: Operator, x: Value, weights: Value, bias: readonly Value[] = []): Value {
  const [outputs, depth] = weights.tensor.shape as [number, number];
  op.demand(x.tensor.shape.at(-1) === depth, `[${x.tensor.shape}] times [${depth},${outputs}]`);
  const shape = [...x.tensor.shape.slice(0, -1), outputs];
  return op.emit('fully_connected', { act: 'none' }, [x, weights, ...bias], { shape });
}

/** numpy's product: vectors are a row on the left and a column on the right. */
export function matMul(op: Operator, a: Value, b: Value): Value {
  const [left, right] = [a.tensor.shape, b.tensor.shape];
  op.demand(left.length >= 1 && right.length >= 1, 'an operand is a scalar');
  if (left.length === 1) return dropAxis(op, matMul(op, op.reshape(a, [1, left[0]!]), b), right.length === 1 ? -1 : -2);
  if (right.length === 1) return dropAxis(op, matMul(op, a, op.reshape(b, [right[0]!, 1])), -1);
  if (b.tensor.data && !a.tensor.data && right.length === 2 && isReal(a))
    return fullyConnected(op, a, op.transpose(b, [1, 0]));
  return op.emit('batch_matmul', { transposeA: false, transposeB: false }, [a, b]);
}

function dropAxis(op: Operator, y: Value, axis: number): Value {
  const at = y.tensor.shape.length + axis;
  return op.reshape(
    y,
    y.tensor.shape.filter((_, i) => i !== at),
  );
}

const times = (op: Operator, x: Value, factor: number): Value =>
  factor === 1 ? x : sum(op, 'mul', x, op.like(x, factor));

/** A constant that is added to every row, as a bias. */
function asBias(op: Operator, c: Value, outputs: number, beta: number): Value | undefined {
  const { shape, data } = c.tensor;
  if (!data || (elements(shape) !== 1 && (elements(shape) !== outputs || shape.at(-1) !== outputs))) return undefined;
  if (elements(shape) === outputs) return times(op, op.reshape(c, [outputs]), beta);
  return op.number('bias', [outputs], new Array<number>(outputs).fill(beta * data[0]!));
}

/** alpha * a' * b' + beta * c */
export function gemm(op: Operator, x: Value, y: Value, c?: Value): Value {
  const turned = (v: Value, name: string) => (op.int(name, 0) ? op.transpose(v, [1, 0]) : v);
  const [alpha, beta] = [op.real('alpha', 1), op.real('beta', 1)];
  const a = turned(x, 'transA');
  if (y.tensor.data && !a.tensor.data && isReal(a)) {
    const weights = times(op, op.int('transB', 0) ? y : op.transpose(y, [1, 0]), alpha);
    const bias = c && asBias(op, c, weights.tensor.shape[0]!, beta);
    const product = fullyConnected(op, a, weights, bias ? [bias] : []);
    return bias || !c ? product : sum(op, 'add', product, times(op, c, beta));
  }
  const product = times(op, matMul(op, a, turned(y, 'transB')), alpha);
  return c ? sum(op, 'add', product, times(op, c, beta)) : product;
}

/** So many products of 8-bit numbers sum up exactly in float32, which holds whole numbers up to 2^24. */
export const mostExact = 256;

/** Sums of parts of `size` each: real ones that are exact, as whole numbers. */
export function summedParts(
  op: Operator,
  depth: number,
  size: number,
  part: (begin: number, count: number) => Value,
): Value {
  const parts = Array.from({ length: Math.ceil(depth / size) }, (_, i) =>
    op.cast(part(i * size, Math.min(size, depth - i * size)), types.int32),
  );
  return parts.reduce((a, b) => sum(op, 'add', a, b));
}

/** `count` places of an axis from `begin` on. */
export function partOf(op: Operator, x: Value, axis: number, begin: number, count: number): Value {
  const cuts = whole(x.tensor.shape);
  cuts[axis] = { begin, stride: 1, count };
  return cut(op, x, cuts);
}

/** Whole numbers less their zero point, as real ones. */
export function centred(op: Operator, x: Value, zero: Value | undefined): Value {
  const real = op.cast(x, types.float);
  return zero ? sum(op, 'sub', real, op.cast(zero, types.float)) : real;
}

function matMulInteger(op: Operator): void {
  const a = centred(op, op.in(0), rowZero(op));
  const b = centred(op, op.in(1), op.has(3) ? op.in(3) : undefined);
  const [left, right] = [a.tensor.shape.length, b.tensor.shape.length];
  const product = summedParts(op, a.tensor.shape.at(-1) ?? 1, mostExact, (begin, count) =>
    matMul(op, partOf(op, a, left - 1, begin, count), partOf(op, b, Math.max(0, right - 2), begin, count)),
  );
  op.out(product);
}

/** A zero point per row of a stands beside its rows. */
function rowZero(op: Operator): Value | undefined {
  if (!op.has(2)) return undefined;
  const zero = op.in(2);
  const { shape } = zero.tensor;
  return shape.length === 1 && shape[0]! > 1 ? op.reshape(zero, [shape[0]!, 1]) : zero;
}

/** Letters of the operands and of the result; `...` stands for capital letters that align at the right. */
function subscripts(op: Operator, equation: string, ranks: readonly number[]): [string[], string] {
  const [left = '', right] = equation.replace(/\s/g, '').split('->');
  const terms = left.split(',');
  op.demand(terms.length === ranks.length, `"${equation}" for ${ranks.length} operands`);
  const free = terms.map((t, i) => (t.includes('...') ? ranks[i]! - t.replace('...', '').length : 0));
  const most = Math.max(...free);
  const capitals = Array.from({ length: most }, (_, i) => String.fromCharCode(65 + i)).join('');
  const filled = terms.map((t, i) => t.replace('...', capitals.slice(most - free[i]!)));
  const letters = [...new Set(filled.join(''))].filter((c) => !capitals.includes(c));
  const once = letters.filter((c) => filled.join('').split(c).length === 2).sort();
  return [filled, right === undefined ? capitals + once.join('') : right.replace('...', capitals)];
}

/** Operands side by side on the axes of all letters, multiplied, and summed over the letters that the result lacks. */
function einsum(op: Operator): void {
  const operands = op.all();
  const equation = op.text('equation', '');
  const [terms, result] = subscripts(
    op,
    equation,
    operands.map((v) => v.tensor.shape.length),
  );
  const isSimple = terms.every((t, i) => new Set(t).size === t.length && t.length === operands[i]!.tensor.shape.length);
  if (!isSimple) throw op.problem('op-unsupported', `the equation "${equation.slice(0, 50)}" is not supported`);
  const letters = [...new Set([...result, ...terms.join('')])];
  const spread = operands.map((x, i) => {
    const own = letters.filter((c) => terms[i]!.includes(c));
    const turned = op.transpose(
      x,
      own.map((c) => terms[i]!.indexOf(c)),
    );
    return op.reshape(
      turned,
      letters.map((c) => (own.includes(c) ? x.tensor.shape[terms[i]!.indexOf(c)]! : 1)),
    );
  });
  const product = spread.reduce((a, b) => sum(op, 'mul', a, b));
  const summed = letters.slice(result.length).map((_, i) => result.length + i);
  op.out(summed.length ? reduce('sum')(op, product, summed, false) : product);
}

export const denses: OpRows = {
  Gemm: {
    inputs: [2, 3],
    build: (op) => op.out(gemm(op, op.in(0), op.in(1), op.has(2) ? op.in(2) : undefined)),
  },
  MatMul: { inputs: [2, 2], build: (op) => op.out(matMul(op, op.in(0), op.in(1))) },
  MatMulInteger: { inputs: [2, 4], build: matMulInteger },
  Einsum: { inputs: [1, Number.POSITIVE_INFINITY], build: einsum },
};

/** A constant of one number per row, as weights of a sum. */
export const matrix = (name: string, rows: number, columns: number, values: ArrayLike<number>): Value =>
  constant(name, types.float, [rows, columns], values);
