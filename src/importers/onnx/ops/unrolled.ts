/** Recurrent operators step by step: what the fused ops do not know. */
import type { Operator } from '../operator.js';
import * as types from '../types.js';
import { constant, type Value } from '../value.js';
import { add, type Cell, clipped, mul, sub } from './cells.js';
import { fullyConnected } from './dense.js';

const mostSteps = 64;

/** [N,T,H] of all steps, [N,H] after the last one; the cell state of an LSTM. */
export interface Sequence {
  readonly y: Value;
  readonly h: Value;
  readonly c?: Value;
}

interface State {
  readonly h: Value;
  readonly c: Value;
}

const numbers = (op: Operator, name: string, shape: readonly number[], values: ArrayLike<number>): Value =>
  op.number(name, shape, values);

/** Rows `from` to `to` of gates of constant weights. */
function rows(op: Operator, v: Value, from: number, to: number): Value {
  const [, depth] = v.tensor.shape as [number, number];
  return numbers(op, 'rows', [to - from, depth], Float64Array.from(v.exact!).subarray(from * depth, to * depth));
}

/** One gate before its activation. */
class Gates {
  constructor(
    private readonly op: Operator,
    private readonly cell: Cell,
    private readonly x: Value,
  ) {}

  input(gate: number): Value {
    const { op, cell } = this;
    const [from, to] = [gate * cell.units, (gate + 1) * cell.units];
    const bias = numbers(op, 'bias', [cell.units], cell.inputBias.subarray(from, to));
    return fullyConnected(op, this.x, rows(op, cell.weights, from, to), [bias]);
  }

  state(gate: number, h: Value): Value {
    const { op, cell } = this;
    const [from, to] = [gate * cell.units, (gate + 1) * cell.units];
    const bias = numbers(op, 'bias', [cell.units], cell.stateBias.subarray(from, to));
    return fullyConnected(op, h, rows(op, cell.recurrent, from, to), [bias]);
  }

  sum(gate: number, h: Value): Value {
    return add(this.op, this.input(gate), this.state(gate, h));
  }
}

/** What a cell state adds to a gate that looks at it. */
function peep(op: Operator, cell: Cell, gate: number, sum: Value, c: Value): Value {
  if (!cell.peepholes) return sum;
  const { units } = cell;
  const weights = numbers(op, 'peephole', [units], cell.peepholes.subarray(gate * units, (gate + 1) * units));
  return add(op, sum, mul(op, c, weights));
}

/** Gates i, o, f, c. Source: ONNX, operator LSTM. */
function lstmStep(op: Operator, cell: Cell, x: Value, { h, c }: State): State {
  const gates = new Gates(op, cell, x);
  const [f, g, out] = cell.activations as [Cell['activations'][0], Cell['activations'][0], Cell['activations'][0]];
  const input = f(op, clipped(op, peep(op, cell, 0, gates.sum(0, h), c)));
  const forget = op.int('input_forget', 0)
    ? sub(op, op.like(input, 1), input)
    : f(op, clipped(op, peep(op, cell, 2, gates.sum(2, h), c)));
  const next = add(op, mul(op, forget, c), mul(op, input, g(op, clipped(op, gates.sum(3, h)))));
  const output = f(op, clipped(op, peep(op, cell, 1, gates.sum(1, h), next)));
  return { h: mul(op, output, out(op, next)), c: next };
}

/** Gates z, r, h. Source: ONNX, operator GRU. */
function gruStep(op: Operator, cell: Cell, x: Value, { h, c }: State): State {
  const gates = new Gates(op, cell, x);
  const [f, g] = cell.activations as [Cell['activations'][0], Cell['activations'][0]];
  const z = f(op, clipped(op, gates.sum(0, h)));
  const r = f(op, clipped(op, gates.sum(1, h)));
  const past = op.int('linear_before_reset', 0) ? mul(op, r, gates.state(2, h)) : gates.state(2, mul(op, r, h));
  const fresh = g(op, clipped(op, add(op, gates.input(2), past)));
  return { h: add(op, mul(op, sub(op, op.like(z, 1), z), fresh), mul(op, z, h)), c };
}

function rnnStep(op: Operator, cell: Cell, x: Value, { h, c }: State): State {
  return { h: cell.activations[0]!(op, clipped(op, new Gates(op, cell, x).sum(0, h))), c };
}

const steps = { LSTM: lstmStep, GRU: gruStep, RNN: rnnStep };

/** Sequences that have ended keep their state. */
function masked(op: Operator, { lengths, batch }: Cell, t: number, fresh: Value, old: Value): Value {
  if (!lengths || lengths.every((n) => t < n)) return fresh;
  const mask = constant(
    'running',
    types.bool,
    [batch, 1],
    lengths.map((n) => (t < n ? 1 : 0)),
  );
  return op.emit('select', {}, [mask, fresh, old], { of: fresh.of, shape: fresh.tensor.shape });
}

/** Every step as ops of its own. @throws Problem where there are too many */
export function unrolled(op: Operator, cell: Cell): Sequence {
  const { batch, steps: count, units, x, reverse } = cell;
  if (count > mostSteps)
    throw op.problem('op-unsupported', `${count} steps with states, peepholes, clipping or unusual activations`);
  const zero = numbers(op, 'zero', [batch, units], new Float64Array(batch * units));
  let state: State = { h: cell.h0 ?? zero, c: cell.c0 ?? zero };
  const outputs: Value[] = [];
  for (let k = 0; k < count; k++) {
    const t = reverse ? count - 1 - k : k;
    const attr = { begin: [0, t, 0], strides: [1, 1, 1] };
    const slice = op.emit('strided_slice', attr, [x], { shape: [batch, 1, x.tensor.shape[2]!] });
    const next = steps[cell.kind](op, cell, op.reshape(slice, [batch, x.tensor.shape[2]!]), state);
    outputs[t] = op.reshape(masked(op, cell, t, next.h, zero), [batch, 1, units]);
    state = { h: masked(op, cell, t, next.h, state.h), c: masked(op, cell, t, next.c, state.c) };
  }
  const y = outputs.length === 1 ? outputs[0]! : op.emit('concatenation', { axis: 1, act: 'none' }, outputs);
  return { y, ...state };
}
