/** The laws behind `binary`, on real numbers and on whole ones. */
import type { ArithmeticFn, BinaryFn, ComparisonFn } from '../ir/graph.js';

export type Law = (a: number, b: number) => number;

/** Remainder with the sign of the divisor. */
function modulo(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}

const flag = (truth: boolean): number => (truth ? 1 : 0);

const comparisons: Readonly<Record<ComparisonFn, Law>> = {
  equal: (a, b) => flag(a === b),
  not_equal: (a, b) => flag(a !== b),
  less: (a, b) => flag(a < b),
  less_equal: (a, b) => flag(a <= b),
  greater: (a, b) => flag(a > b),
  greater_equal: (a, b) => flag(a >= b),
};

const arithmetic: Readonly<Record<ArithmeticFn, Law>> = {
  div: (a, b) => a / b,
  floor_div: (a, b) => Math.floor(a / b),
  mod: modulo,
  fmod: (a, b) => a % b,
  pow: (a, b) => a ** b,
  maximum: Math.max,
  minimum: Math.min,
  squared_difference: (a, b) => (a - b) * (a - b),
  prelu: (a, b) => (a >= 0 ? a : a * b),
  atan2: Math.atan2,
  bitwise_and: (a, b) => a & b,
  bitwise_or: (a, b) => a | b,
  bitwise_xor: (a, b) => a ^ b,
  shift_left: (a, b) => a << b,
  shift_right: (a, b) => a >> b,
  logical_and: (a, b) => flag(a !== 0 && b !== 0),
  logical_or: (a, b) => flag(a !== 0 || b !== 0),
  logical_xor: (a, b) => flag((a !== 0) !== (b !== 0)),
};

/** Whole numbers: quotients towards zero; a division by 0 gives 0, so that no program stops. */
const whole: Readonly<Partial<Record<BinaryFn, Law>>> = {
  div: (a, b) => (b === 0 ? 0 : Math.trunc(a / b) | 0),
  floor_div: (a, b) => (b === 0 ? 0 : Math.floor(a / b) | 0),
  mod: (a, b) => (b === 0 ? 0 : modulo(a, b)),
  fmod: (a, b) => (b === 0 ? 0 : a % b),
  pow: wholePower,
  squared_difference: (a, b) => Math.imul(a - b, a - b),
  prelu: (a, b) => (a >= 0 ? a : Math.imul(a, b)),
};

/** a to the power b modulo 2^32; 0 below exponent 0 except of 1 and -1. */
function wholePower(a: number, b: number): number {
  if (b < 0) return a === 1 ? 1 : a === -1 ? (b % 2 ? -1 : 1) : 0;
  let [result, base] = [1, a];
  for (let rest = b; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2) result = Math.imul(result, base);
    base = Math.imul(base, base);
  }
  return result;
}

export const isComparison = (fn: BinaryFn): fn is ComparisonFn => fn in comparisons;
export const isLogical = (fn: BinaryFn): boolean => fn.startsWith('logical_');
export const isBitwise = (fn: BinaryFn): boolean => fn.startsWith('bitwise_') || fn.startsWith('shift_');

/** The law of real numbers. */
export const realLaw = (fn: BinaryFn): Law => (isComparison(fn) ? comparisons[fn] : arithmetic[fn]);

/** The law of whole numbers; results wrap into the stored type. */
export const wholeLaw = (fn: BinaryFn): Law => whole[fn] ?? realLaw(fn);
