import {
  type Activation,
  elements,
  type Quant,
  type Tensor,
  type TensorData,
  type TensorId,
} from '../../../ir/graph.js';
import type { Operator, OpRows } from '../operator.js';
import { SVDF, UNIDIRECTIONAL_SEQUENCE_LSTM } from '../schema.js';

function joined(parts: readonly TensorData[]): TensorData {
  const kind = parts[0]!.constructor as new (length: number) => TensorData;
  const all = new kind(parts.reduce((n, p) => n + p.length, 0));
  parts.reduce((at, part) => {
    all.set(part, at);
    return at + part.length;
  }, 0);
  return all;
}

/** Constant inputs of the four gates as one tensor, a slice and a scale each. */
function gates(op: Operator, first: number, what: string, isFloat: boolean): TensorId {
  const parts = [0, 1, 2, 3].map((g) => {
    if (!op.has(first + g))
      throw op.problem('op-attribute', 'has no input gate of its own (CIFG), which is not supported');
    return isFloat ? op.tensor(op.realInput(first + g)) : op.given(first + g);
  });
  const [t] = parts as [Tensor];
  const data = parts.map((p, g) => p.data ?? op.constant(first + g, what));
  if (parts.some((p) => `${p.shape}` !== `${t.shape}` || p.type !== t.type))
    throw op.problem('op-shape', `${what} of its gates have different shapes`);
  if (parts.some((p) => (p.quant?.scale.length ?? 1) !== 1))
    throw op.problem('tflite-quantization', `${what} have scales per channel`);
  const quant: Quant | undefined =
    t.type === 's8'
      ? { scale: parts.map((p) => p.quant?.scale[0] ?? 1), zero: parts.map((p) => p.quant?.zero[0] ?? 0), axis: 0 }
      : undefined;
  return op.own({ shape: [4, ...t.shape], type: t.type, data: joined(data), ...(quant && { quant }) }, what);
}

const absent: readonly [number, string][] = [
  [9, 'peephole weights'],
  [16, 'a projection'],
  [20, 'layer normalisation'],
];

/** log2 of the scale of a cell state. */
function powerOf(op: Operator, cell: Tensor): number {
  const power = Math.log2(cell.quant?.scale[0] ?? 1);
  if (Number.isInteger(power)) return power;
  throw op.problem('tflite-quantization', 'the scale of its cell state is no power of two');
}

/** [steps, batch, values] as [batch, steps, values], or back. */
function turned(op: Operator, x: TensorId, out?: TensorId): TensorId {
  const [a, b, depth] = op.tensor(x).shape as [number, number, number];
  if (out === undefined) return a === 1 || b === 1 ? op.reshaped(x, [b, a, depth]) : op.transposed(x, [1, 0, 2]);
  if (a === 1 || b === 1) op.emit('reshape', {}, [x], out);
  else op.emit('transpose', { perm: [1, 0, 2] }, [x], out);
  return out;
}

function lstm(op: Operator): void {
  const o = op.options(UNIDIRECTIONAL_SEQUENCE_LSTM);
  const tanh = 4;
  if (o.act !== tanh) throw op.problem('activation-unsupported', 'its activation is not tanh');
  if (o.diagonal) throw op.problem('op-attribute', 'diagonal weights are not supported');
  for (const [i, what] of absent)
    if (op.has(i)) throw op.problem('op-attribute', `has ${what}, which is not supported`);
  const given = op.input(0);
  const isFloat = op.tensor(given).type === 'f32';
  if (op.tensor(given).shape.length !== 3) throw op.problem('op-shape', 'its input should have 3 dimensions');
  const x = o.timeMajor ? turned(op, given) : given;
  const weights = [
    gates(op, 1, 'weights', isFloat),
    gates(op, 5, 'recurrent weights', isFloat),
    gates(op, 12, 'biases', isFloat),
  ];
  const [h, c] = [op.state(18), op.state(19)];
  const cell = op.tensor(c.before);
  const cellPower = isFloat ? 0 : powerOf(op, cell);
  const cellClip = isFloat ? o.cellClip : Math.min(32767, Math.round(o.cellClip / 2 ** cellPower));
  const attr = { reverse: false, last: false, hardSlope: 0, cellPower, cellClip };
  const out = op.output();
  const { shape, quant, type } = op.tensor(out);
  const y = o.timeMajor
    ? op.own({ shape: [shape[1]!, shape[0]!, shape[2]!], type, ...(quant && { quant }) }, 'sequence')
    : out;
  op.emitMany('lstm', attr, [x, ...weights, h.before, c.before], [y, h.after, c.after]);
  if (o.timeMajor) turned(op, y, out);
}

/** The integer kernels of TensorFlow Lite Micro leave the activation to the range of the output. */
function svdf(op: Operator): void {
  const o = op.options(SVDF);
  const x = op.input(0);
  const isFloat = op.tensor(x).type === 'f32';
  const take = (i: number): TensorId => (isFloat ? op.realInput(i) : op.input(i));
  const [feature, time] = [take(1), take(2)];
  const units = op.tensor(feature).shape[0]! / o.rank;
  if (!Number.isInteger(units)) throw op.problem('op-shape', `[${op.tensor(feature).shape}] has not rank ${o.rank}`);
  const bias = op.has(3)
    ? take(3)
    : op.own(
        {
          shape: [units],
          type: isFloat ? 'f32' : 's32',
          data: isFloat ? new Float32Array(units) : new Int32Array(units),
        },
        'bias',
      );
  const state = op.state(4);
  const act: Activation = isFloat ? op.activation(o.act) : 'none';
  if (elements(op.tensor(x).shape) !== op.tensor(x).shape[0]! * op.tensor(feature).shape[1]!)
    throw op.problem('op-shape', `input [${op.tensor(x).shape}] does not fit weights [${op.tensor(feature).shape}]`);
  op.emitMany('svdf', { rank: o.rank, act }, [x, feature, time, bias, state.before], [op.output(), state.after]);
}

/** Operators that keep a state in variable tensors. */
export const recurrent: OpRows = {
  UNIDIRECTIONAL_SEQUENCE_LSTM: { inputs: [20, 24], build: lstm },
  SVDF: { inputs: [5, 5], build: svdf },
};
