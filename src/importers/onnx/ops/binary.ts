import type { ArithmeticFn, ComparisonFn } from '../../../ir/graph.js';
import type { Operator, OpRow, OpRows } from '../operator.js';
import * as types from '../types.js';
import type { Value } from '../value.js';
import { same, widened } from './unary.js';

export type Sum = 'add' | 'sub' | 'mul';

/** a + b, a - b, a * b. */
export function sum(op: Operator, kind: Sum, a: Value, b: Value): Value {
  return widened(op, a, (wide) => op.emit(kind, { act: 'none' }, [wide, op.cast(b, wide.of)]));
}

export const binary = (op: Operator, fn: ArithmeticFn, a: Value, b: Value): Value => op.emit('binary', { fn }, [a, b]);

export const compare = (op: Operator, fn: ComparisonFn, a: Value, b: Value): Value =>
  op.emit('binary', { fn }, [a, b], { of: types.bool });

/** Before operator set 7 the second operand was placed along an axis of the first. */
function operands(op: Operator): [Value, Value] {
  const [a, b] = [op.in(0), op.in(1)];
  if (op.since(7) || !op.int('broadcast', 0)) return [a, b];
  const [rank, own] = [a.tensor.shape.length, b.tensor.shape.length];
  const axis = op.axis(op.int('axis', rank - own), rank);
  return [a, op.reshape(b, [...b.tensor.shape, ...new Array<number>(Math.max(0, rank - axis - own)).fill(1)])];
}

const sums = (kind: Sum): OpRow => ({ inputs: [2, 2], build: (op) => op.out(sum(op, kind, ...operands(op))) });

const arithmetic = (fn: ArithmeticFn): OpRow => ({
  inputs: [2, 2],
  build: (op) => {
    const [a, b] = operands(op);
    op.out(widened(op, a, (wide) => binary(op, fn, wide, op.cast(b, wide.of))));
  },
});

/** Operands of 8 and 16 bits as they are. */
const bitwise = (fn: ArithmeticFn): OpRow => ({
  inputs: [2, 2],
  build: (op) => op.out(binary(op, fn, ...operands(op))),
});

const comparison = (fn: ComparisonFn): OpRow => ({
  inputs: [2, 2],
  build: (op) => {
    const [a, b] = operands(op);
    const isBool = a.tensor.type === 'bool';
    const [p, q] = isBool ? [op.cast(a, types.int32), op.cast(b, types.int32)] : [a, b];
    op.out(compare(op, fn, p!, q!));
  },
});

/** The base's type is the result's; exponents may have another one. */
function pow(op: Operator): void {
  const [a, b] = operands(op);
  const real = binary(op, 'pow', op.cast(a, types.float), op.cast(b, types.float));
  op.out(op.cast(real, a.of));
}

function mod(op: Operator): void {
  const fn = op.int('fmod', 0) ? 'fmod' : 'mod';
  op.out(widened(op, op.in(0), (wide) => binary(op, fn, wide, op.cast(op.in(1), wide.of))));
}

function shift(op: Operator): void {
  const fn = op.text('direction', 'LEFT') === 'RIGHT' ? 'shift_right' : 'shift_left';
  op.out(widened(op, op.in(0), (wide) => binary(op, fn, wide, op.cast(op.in(1), wide.of))));
}

/** Slopes lie along the last axes, or along the channels by shape [C] in old models: numpy's rules tell. */
function prelu(op: Operator): void {
  const [x, slope] = [op.in(0), op.in(1)];
  const { shape } = x.tensor;
  const old = !op.since(7) && slope.tensor.shape.length === 1 && slope.tensor.shape[0] !== 1;
  const placed = old ? op.reshape(slope, [slope.tensor.shape[0]!, ...shape.slice(2).map(() => 1)]) : slope;
  op.out(binary(op, 'prelu', x, placed));
}

type Join = (op: Operator, a: Value, b: Value) => Value;

/** Any number of operands, one after the other. */
const variadic = (join: Join, finish: (op: Operator, y: Value, count: number) => Value = (_, y) => y): OpRow => ({
  inputs: [1, Number.POSITIVE_INFINITY],
  build: (op) => {
    const [first, ...rest] = op.all();
    const joined = rest.length ? rest.reduce((a, b) => join(op, a, b), first!) : same(op, first!);
    op.out(finish(op, joined, rest.length + 1));
  },
});

const extreme =
  (fn: 'maximum' | 'minimum'): Join =>
  (op, a, b) =>
    widened(op, a, (wide) => binary(op, fn, wide, op.cast(b, wide.of)));

const add: Join = (op, a, b) => sum(op, 'add', a, b);

function where(op: Operator): void {
  const [condition, a, b] = [op.in(0), op.in(1), op.in(2)];
  op.out(op.emit('select', {}, [condition, a, b], { of: a.of }));
}

export const binaries: OpRows = {
  Add: sums('add'),
  Sub: sums('sub'),
  Mul: sums('mul'),
  Div: arithmetic('div'),
  Mod: { inputs: [2, 2], build: mod },
  Pow: { inputs: [2, 2], build: pow },
  PRelu: { inputs: [2, 2], build: prelu },
  And: bitwise('logical_and'),
  Or: bitwise('logical_or'),
  Xor: bitwise('logical_xor'),
  BitwiseAnd: bitwise('bitwise_and'),
  BitwiseOr: bitwise('bitwise_or'),
  BitwiseXor: bitwise('bitwise_xor'),
  BitShift: { inputs: [2, 2], build: shift },
  Equal: comparison('equal'),
  Less: comparison('less'),
  LessOrEqual: comparison('less_equal'),
  Greater: comparison('greater'),
  GreaterOrEqual: comparison('greater_equal'),
  Max: variadic(extreme('maximum')),
  Min: variadic(extreme('minimum')),
  Sum: variadic(add),
  Mean: variadic(add, (op, y, count) => binary(op, 'div', y, op.like(y, count))),
  Where: { inputs: [3, 3], build: where },
};
