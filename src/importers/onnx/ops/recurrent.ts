import type { Operator, OpRow, OpRows } from '../operator.js';
import type { Value } from '../value.js';
import { type Cell, cellOf, directionsOf } from './cells.js';
import { cut, whole } from './shape.js';
import { type Sequence, unrolled } from './unrolled.js';

/** Can the graph's own op do it: from zero, to the end, in the usual way? */
function isPlain(op: Operator, cell: Cell): boolean {
  const usual = cell.hasUsualActivations && !op.real('clip', 0) && !op.int('input_forget', 0) && !cell.peepholes;
  return cell.kind !== 'RNN' && usual && !cell.h0 && !cell.c0 && !cell.lengths && !op.wants(2);
}

/** ONNX's gates i, o, f, c as input, forget, cell, output; GRU's are in the graph's order. */
const order = { LSTM: [0, 2, 3, 1], GRU: [0, 1, 2], RNN: [0] } as const;

/** Rows of gates in the graph's order. */
function reordered({ kind }: Cell, values: ArrayLike<number>): Float64Array {
  const size = values.length / order[kind].length;
  const out = new Float64Array(values.length);
  order[kind].forEach((from, to) => {
    out.set(
      Array.from({ length: size }, (_, i) => values[from * size + i]!),
      to * size,
    );
  });
  return out;
}

function constants(op: Operator, cell: Cell): Value[] {
  const { gates, units, x } = cell;
  const inputs = x.tensor.shape[2]!;
  const [ofInput, ofState] = [reordered(cell, cell.inputBias), reordered(cell, cell.stateBias)];
  const bias =
    cell.kind === 'LSTM'
      ? op.number(
          'bias',
          [4, units],
          ofInput.map((b, i) => b + ofState[i]!),
        )
      : op.number('bias', [6, units], [...ofInput, ...ofState]);
  return [
    op.number('weights', [gates, units, inputs], reordered(cell, cell.weights.exact!)),
    op.number('recurrent', [gates, units, units], reordered(cell, cell.recurrent.exact!)),
    bias,
  ];
}

/** One op for all steps; where only the last state is wanted, it alone. */
function fused(op: Operator, cell: Cell): Sequence {
  const { batch, steps, units, reverse } = cell;
  const last = !op.wants(0);
  const attr = { reverse, last, hardSlope: 0 };
  const inputs = [cell.x, ...constants(op, cell)];
  const y =
    cell.kind === 'LSTM'
      ? op.emit('lstm', { ...attr, cellPower: 0, cellClip: 0 }, inputs)
      : op.emit('gru', { ...attr, resetAfter: op.int('linear_before_reset', 0) !== 0 }, inputs);
  if (last) return { y, h: y };
  const cuts = whole([batch, steps, units]);
  cuts[1] = { begin: reverse ? 0 : steps - 1, stride: 1, count: 1 };
  return { y, h: op.reshape(cut(op, y, cuts), [batch, units]) };
}

const joined = (op: Operator, parts: readonly Value[], axis: number): Value =>
  parts.length === 1 ? parts[0]! : op.emit('concatenation', { axis, act: 'none' }, parts);

/** Layout 0: sequences [T,N,...], directions before the batch; layout 1: [N,T,...], directions after it. */
function row(kind: Cell['kind']): OpRow {
  return {
    inputs: [3, kind === 'LSTM' ? 8 : 6],
    build: (op) => {
      const isBatchFirst = op.int('layout', 0) !== 0;
      const given = op.in(0);
      op.demand(given.tensor.shape.length === 3, `sequences [${given.tensor.shape}]`);
      const x = isBatchFirst ? given : op.transpose(given, [1, 0, 2]);
      const cells = directionsOf(op).map((_, i) => cellOf(op, kind, i, x));
      const results = cells.map((cell) => (isPlain(op, cell) ? fused(op, cell) : unrolled(op, cell)));
      const { batch, steps, units } = cells[0]!;
      if (op.wants(0)) {
        const all = results.map(({ y }) => op.reshape(y, [batch, steps, 1, units]));
        op.out(isBatchFirst ? joined(op, all, 2) : op.transpose(joined(op, all, 2), [1, 2, 0, 3]));
      }
      const state = (v: Value) => op.reshape(v, isBatchFirst ? [batch, 1, units] : [1, batch, units]);
      const axis = isBatchFirst ? 1 : 0;
      if (op.wants(1))
        op.out(
          joined(
            op,
            results.map(({ h }) => state(h)),
            axis,
          ),
          1,
        );
      if (op.wants(2))
        op.out(
          joined(
            op,
            results.map(({ c }) => state(c!)),
            axis,
          ),
          2,
        );
    },
  };
}

export const recurrents: OpRows = { LSTM: row('LSTM'), GRU: row('GRU'), RNN: row('RNN') };
