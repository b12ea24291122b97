/** Gradients of functions of one and two operands, of reductions and of what walks along an axis. */
import { elements, type ReduceFn, type UnaryFn } from '../../ir/graph.js';
import { around } from '../along.js';
import { realLaw } from '../binary-functions.js';
import { reductionTargets } from '../broadcast.js';
import { realFunctions } from '../unary-functions.js';
import type { BatchData } from './batch.js';
import { type Derivative, operands, outShape, type Slope, shapeOf } from './slope.js';

/** Functions that are flat wherever they do not jump. */
const steps: readonly UnaryFn[] = ['sign', 'floor', 'ceil', 'trunc', 'round', 'is_nan', 'is_inf', 'not', 'bitwise_not'];

/**
 * The derivative of a function by a difference in double precision, about 1e-9 of it off: far less than float32 can hold.
 * 0 where the function is not defined around x; at a bend the mean of both sides.
 */
export function derivative(f: (x: number) => number, x: number): number {
  const step = 1e-5 * (Math.abs(x) + 1e-3);
  const slope = (f(x + step) - f(x - step)) / (2 * step);
  return Number.isFinite(slope) ? slope : 0;
}

function unary({ node, inputs: [x], g }: Slope<'unary'>): BatchData[] {
  const { fn, alpha, beta } = node.attr;
  if (steps.includes(fn)) return [new Float32Array(g.length)];
  const f = realFunctions[fn];
  const of = (v: number) => f(v, alpha, beta);
  return [g.map((v, i) => v * derivative(of, x![i]!))];
}

/** Of those that are no steps; equal operands of a maximum share the gradient. */
function binary(s: Slope<'binary'>): (BatchData | undefined)[] {
  const { fn } = s.node.attr;
  const law = realLaw(fn);
  const isSmooth = ['div', 'pow', 'maximum', 'minimum', 'squared_difference', 'prelu', 'atan2', 'fmod', 'mod'].includes(
    fn,
  );
  if (!isSmooth) return operands(s, [() => 0, () => 0]);
  const first: Derivative = (a, b) => derivative((v) => law(v, b), a);
  const second: Derivative = (b, a) => derivative((v) => law(a, v), b);
  return operands(s, [first, second]);
}

/** The derivative by one value, given the result. */
const reductions: Readonly<Record<Exclude<ReduceFn, 'prod'>, (x: number, y: number) => number>> = {
  sum: () => 1,
  max: (x, y) => (x === y ? 1 : 0),
  min: (x, y) => (x === y ? 1 : 0),
  any: () => 0,
  all: () => 0,
  l1: Math.sign,
  l2: (x, y) => (y ? x / y : 0),
  log_sum: (_, y) => Math.exp(-y),
  log_sum_exp: (x, y) => Math.exp(x - y),
  sum_square: (x) => 2 * x,
};

/** Products of all others: a value of 0 has a gradient too. */
function products(x: BatchData, to: Int32Array, size: number): Float64Array {
  const each = to.length;
  const others = new Float64Array(x.length);
  const [zeros, rest] = [new Int32Array((x.length / each) * size), new Float64Array((x.length / each) * size).fill(1)];
  const at = (i: number) => Math.floor(i / each) * size + to[i % each]!;
  x.forEach((v, i) => {
    if (v === 0) zeros[at(i)]!++;
    else rest[at(i)]! *= v;
  });
  x.forEach((v, i) => {
    const [none, p] = [zeros[at(i)]!, rest[at(i)]!];
    others[i] = v === 0 ? (none === 1 ? p : 0) : none ? 0 : p / v;
  });
  return others;
}

function reduce(s: Slope<'reduce'>): BatchData[] {
  const [x, to, size] = [s.inputs[0]!, reductionTargets(shapeOf(s, 0), s.node.attr.axes), elements(outShape(s))];
  const { fn } = s.node.attr;
  const at = (i: number) => Math.floor(i / to.length) * size + to[i % to.length]!;
  if (fn === 'prod') {
    const others = products(x, to, size);
    return [x.map((_, i) => s.g[at(i)]! * others[i]!)];
  }
  const slope = reductions[fn];
  return [x.map((v, i) => s.g[at(i)]! * slope(v, s.y[at(i)]!))];
}

function logSoftmax(s: Slope<'log_softmax'>): BatchData[] {
  const depth = outShape(s).at(-1)!;
  const dx = new Float32Array(s.g.length);
  for (let row = 0; row < dx.length; row += depth) {
    let sum = 0;
    for (let i = row; i < row + depth; i++) sum += s.g[i]!;
    for (let i = row; i < row + depth; i++) dx[i] = s.g[i]! - Math.exp(s.y[i]!) * sum;
  }
  return [dx];
}

/** A running sum passes the gradient on from its other end. */
function cumsum(s: Slope<'cumsum'>): BatchData[] {
  const { axis, exclusive, reverse } = s.node.attr;
  const { outer, size, inner } = around(shapeOf(s, 0), axis);
  const dx = new Float32Array(s.g.length);
  for (let o = 0; o < s.count * outer; o++)
    for (let c = 0; c < inner; c++) {
      let sum = 0;
      for (let i = 0; i < size; i++) {
        const at = (o * size + (reverse ? i : size - 1 - i)) * inner + c;
        if (exclusive) dx[at] = sum;
        sum += s.g[at]!;
        if (!exclusive) dx[at] = sum;
      }
    }
  return [dx];
}

function localResponse(s: Slope<'local_response_normalization'>): BatchData[] {
  const { radius, bias, alpha, beta } = s.node.attr;
  const [x, depth] = [s.inputs[0]!, outShape(s).at(-1)!];
  const near = (i: number, visit: (k: number) => void) => {
    const [start, c] = [i - (i % depth), i % depth];
    for (let k = Math.max(0, c - radius); k <= Math.min(depth - 1, c + radius); k++) visit(start + k);
  };
  const sums = Float64Array.from(x, (_, i) => {
    let sum = 0;
    near(i, (k) => {
      sum += x[k]! ** 2;
    });
    return bias + alpha * sum;
  });
  const dx = x.map((_, i) => s.g[i]! * sums[i]! ** -beta);
  x.forEach((v, i) => {
    const pull = 2 * alpha * beta * s.g[i]! * v * sums[i]! ** (-beta - 1);
    near(i, (k) => {
      dx[k]! -= pull * x[k]!;
    });
  });
  return [dx];
}

/** Positions and other whole numbers: nothing flows back. */
const nothing = (): BatchData[] => [];

export const functionRules = {
  unary,
  binary,
  reduce,
  log_softmax: logSoftmax,
  cumsum,
  local_response_normalization: localResponse,
  arg_max: nothing,
  arg_min: nothing,
  one_hot: nothing,
} as const;
