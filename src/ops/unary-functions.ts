/** The real functions behind `unary`, with what each can be computed on. */
import type { UnaryFn } from '../ir/graph.js';
import { clamp } from '../support/fixed.js';
import { erf, roundHalfEven } from '../support/special.js';

/** x and the attributes alpha and beta; bool counts as 0 and 1. */
export type RealFunction = (x: number, alpha: number, beta: number) => number;

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const elu = (x: number, alpha: number): number => (x >= 0 ? x : alpha * Math.expm1(x));

function infinite(x: number, negative: number, positive: number): number {
  return (x === Infinity && positive) || (x === -Infinity && negative) ? 1 : 0;
}

function shrink(x: number, alpha: number, beta: number): number {
  if (x < -alpha) return x + beta;
  return x > alpha ? x - beta : 0;
}

export const realFunctions: Readonly<Record<UnaryFn, RealFunction>> = {
  abs: Math.abs,
  neg: (x) => -x,
  sign: Math.sign,
  square: (x) => x * x,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  rsqrt: (x) => 1 / Math.sqrt(x),
  reciprocal: (x) => 1 / x,
  floor: Math.floor,
  ceil: Math.ceil,
  trunc: Math.trunc,
  round: roundHalfEven,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  erf,
  softplus,
  softsign: (x) => x / (1 + Math.abs(x)),
  mish: (x) => x * Math.tanh(softplus(x)),
  swish: (x) => x * logistic(x),
  hard_swish: (x) => (x * clamp(x + 3, 0, 6)) / 6,
  gelu: (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
  gelu_tanh: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  hard_sigmoid: (x, alpha, beta) => clamp(alpha * x + beta, 0, 1),
  elu,
  selu: (x, alpha, beta) => beta * elu(x, alpha),
  celu: (x, alpha) => (x >= 0 ? x : alpha * Math.expm1(x / alpha)),
  thresholded_relu: (x, alpha) => (x > alpha ? x : 0),
  leaky_relu: (x, alpha) => (x >= 0 ? x : alpha * x),
  clip: (x, least, most) => Math.min(most, Math.max(least, x)),
  shrink,
  is_nan: (x) => (Number.isNaN(x) ? 1 : 0),
  is_inf: infinite,
  not: (x) => (x ? 0 : 1),
  bitwise_not: (x) => ~x,
};

/** Functions that give bool, of f32. */
export const predicates: readonly UnaryFn[] = ['is_nan', 'is_inf'];

/** Functions of whole numbers that give whole numbers. */
export const wholeFunctions: readonly UnaryFn[] = ['abs', 'neg', 'sign', 'square', 'clip', 'bitwise_not'];
