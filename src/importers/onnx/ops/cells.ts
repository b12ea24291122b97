/** What LSTM, GRU and RNN are given. */
import type { Operator } from '../operator.js';
import * as types from '../types.js';
import { constant, type Value } from '../value.js';
import { demandConstant } from './conv.js';
import { unary } from './unary.js';

/** One direction of a recurrent operator. Weights and biases are constants, per gate in ONNX's order. */
export interface Cell {
  readonly kind: 'LSTM' | 'GRU' | 'RNN';
  /** [N,T,I] */
  readonly x: Value;
  readonly batch: number;
  readonly steps: number;
  readonly units: number;
  readonly gates: number;
  /** [gates * H, I], [gates * H, H] */
  readonly weights: Value;
  readonly recurrent: Value;
  /** [gates * H] of the input's part and of the state's */
  readonly inputBias: Float64Array;
  readonly stateBias: Float64Array;
  /** [N,H]; undefined = 0 */
  readonly h0: Value | undefined;
  readonly c0: Value | undefined;
  /** [3][H] of the input, output and forget gate */
  readonly peepholes: Float64Array | undefined;
  /** steps per sequence, where some are shorter */
  readonly lengths: readonly number[] | undefined;
  readonly reverse: boolean;
  readonly activations: readonly Activation[];
  readonly hasUsualActivations: boolean;
}

export type Activation = (op: Operator, x: Value) => Value;

const gatesOf = { LSTM: 4, GRU: 3, RNN: 1 } as const;
const usual = { LSTM: ['Sigmoid', 'Tanh', 'Tanh'], GRU: ['Sigmoid', 'Tanh'], RNN: ['Tanh'] } as const;

/** Activations by name, with their parameters or the usual ones. */
const functions: Readonly<Record<string, (alpha?: number, beta?: number) => Activation>> = {
  Sigmoid: () => (op, x) => op.emit('logistic', {}, [x]),
  Tanh: () => (op, x) => op.emit('tanh', {}, [x]),
  Relu: () => (op, x) => op.emit('relu', { act: 'relu' }, [x]),
  Affine:
    (alpha = 1, beta = 0) =>
    (op, x) => {
      const scaled = op.emit('mul', { act: 'none' }, [x, op.like(x, alpha)]);
      return op.emit('add', { act: 'none' }, [scaled, op.like(x, beta)]);
    },
  LeakyRelu:
    (alpha = 0.01) =>
    (op, x) =>
      unary(op, 'leaky_relu', x, alpha),
  ThresholdedRelu:
    (alpha = 1) =>
    (op, x) =>
      unary(op, 'thresholded_relu', x, alpha),
  HardSigmoid:
    (alpha = 0.2, beta = 0.5) =>
    (op, x) =>
      unary(op, 'hard_sigmoid', x, alpha, beta),
  Elu:
    (alpha = 1) =>
    (op, x) =>
      unary(op, 'elu', x, alpha),
  Softsign: () => (op, x) => unary(op, 'softsign', x),
  Softplus: () => (op, x) => unary(op, 'softplus', x),
};

function activationsOf(op: Operator, kind: Cell['kind'], direction: number): Activation[] {
  const strings = op.attribute('activations')?.strings ?? [];
  const given = strings.map((s) => new TextDecoder().decode(s));
  const names = given.length ? given : [...usual[kind], ...usual[kind]];
  const [alphas, betas] = [op.reals('activation_alpha') ?? [], op.reals('activation_beta') ?? []];
  const first = direction * usual[kind].length;
  return usual[kind].map((_, i) => {
    const name = names[first + i] ?? '';
    const make = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (!make) throw op.problem('op-unsupported', `the activation "${name.slice(0, 50)}" is not supported`);
    return make(alphas[first + i], betas[first + i]);
  });
}

/** Part `direction` of a constant whose first axis are the directions. */
function part(op: Operator, i: number, what: string, direction: number, shape: readonly number[]): Value {
  const value = op.in(i);
  demandConstant(op, value, what);
  const size = shape.reduce((a, b) => a * b, 1);
  const data = Float64Array.from(value.tensor.data!).subarray(direction * size, (direction + 1) * size);
  op.demand(data.length === size, `${what} [${value.tensor.shape}]`);
  return constant(`${value.tensor.name}/${direction}`, types.float, shape, data);
}

/** A state at the beginning; zeros are as good as none. */
function initial(op: Operator, i: number, direction: number, batch: number, units: number): Value | undefined {
  if (!op.has(i) || op.in(i).tensor.data?.every((v) => v === 0)) return undefined;
  const given = op.in(i);
  const [rank, axis] = [given.tensor.shape.length, op.int('layout', 0) ? 1 : 0];
  op.demand(rank === 3, `a state [${given.tensor.shape}]`);
  const attr = { begin: given.tensor.shape.map((_, a) => (a === axis ? direction : 0)), strides: [1, 1, 1] };
  const shape = given.tensor.shape.map((d, a) => (a === axis ? 1 : d));
  return op.reshape(op.emit('strided_slice', attr, [given], { shape }), [batch, units]);
}

function lengthsOf(op: Operator, steps: number): readonly number[] | undefined {
  const lengths = op.has(4) ? op.constant(4, 'sequence_lens') : [];
  return lengths.some((n) => n !== steps) ? lengths : undefined;
}

export const directionsOf = (op: Operator): boolean[] => {
  const direction = op.text('direction', 'forward');
  return direction === 'bidirectional' ? [false, true] : [direction === 'reverse'];
};

/** Direction number `direction` of the operator. */
export function cellOf(op: Operator, kind: Cell['kind'], direction: number, x: Value): Cell {
  const gates = gatesOf[kind];
  const [batch, steps, inputs] = x.tensor.shape as [number, number, number];
  const units = op.in(2).tensor.shape.at(-1) ?? 0;
  const biases = op.has(3) ? part(op, 3, 'the bias', direction, [2 * gates * units]).exact! : undefined;
  const half = (from: number) => Float64Array.from({ length: gates * units }, (_, i) => biases?.[from + i] ?? 0);
  const peepholes = kind === 'LSTM' && op.has(7) ? part(op, 7, 'the peepholes', direction, [3 * units]) : undefined;
  return {
    ...{ kind, x, batch, steps, units, gates },
    weights: part(op, 1, 'the weights', direction, [gates * units, inputs]),
    recurrent: part(op, 2, 'the recurrent weights', direction, [gates * units, units]),
    inputBias: half(0),
    stateBias: half(gates * units),
    h0: initial(op, 5, direction, batch, units),
    c0: kind === 'LSTM' ? initial(op, 6, direction, batch, units) : undefined,
    peepholes: peepholes && Float64Array.from(peepholes.exact!),
    lengths: lengthsOf(op, steps),
    reverse: directionsOf(op)[direction]!,
    activations: activationsOf(op, kind, direction),
    hasUsualActivations: !op.attribute('activations')?.strings.length,
  };
}

/** Values within -+clip, where the operator wants it. */
export function clipped(op: Operator, x: Value): Value {
  const clip = op.real('clip', 0);
  return clip > 0 ? unary(op, 'clip', x, -clip, clip) : x;
}

export const add = (op: Operator, a: Value, b: Value): Value => op.emit('add', { act: 'none' }, [a, b]);
export const sub = (op: Operator, a: Value, b: Value): Value => op.emit('sub', { act: 'none' }, [a, b]);
export const mul = (op: Operator, a: Value, b: Value): Value => op.emit('mul', { act: 'none' }, [a, b]);
