import type { TensorId } from '../../../ir/graph.js';
import { permuted } from '../../permute.js';
import { Fields, isObject, type JsonObject } from '../fields.js';
import type { LayerCall, LayerRow, LayerRows } from '../layer.js';

type Kind = 'LSTM' | 'GRU';

/** Slope of the gates' function; 0 = logistic. */
function slopeOf(call: LayerCall, fields: Fields): number {
  const name = fields.text('recurrent_activation', 'sigmoid');
  if (name === 'sigmoid') return 0;
  if (name === 'hard_sigmoid') return call.keras >= 3 ? 1 / 6 : 0.2;
  throw call.problem(
    'activation-unsupported',
    `recurrent_activation "${name.slice(0, 30)}" is not supported`,
    'supported: sigmoid, hard_sigmoid',
  );
}

/** Columns of [rows, gates * units] as matrices [gates, units, rows]. */
const matrices = (data: Float32Array, rows: number, count: number, units: number): Float32Array =>
  permuted(data, [rows, count, units], [1, 2, 0]);

interface Weights {
  readonly kernel: Float32Array;
  readonly recurrent: Float32Array;
  readonly bias: Float32Array;
}

/** Keras's GRU has one row of biases, or two where the reset gate comes after the product. */
function weightsOf(call: LayerCall, fields: Fields, kind: Kind, part: string, resetAfter: boolean): Weights {
  const depth = call.shape(3)[2]!;
  const units = fields.size('units');
  const gates = kind === 'LSTM' ? 4 : 3;
  const rows = kind === 'GRU' && resetAfter ? [2, 3 * units] : [gates * units];
  const w = call.weights(
    {
      kernel: [depth, gates * units],
      recurrent_kernel: [units, gates * units],
      bias: fields.flag('use_bias', true) ? rows : undefined,
    },
    part,
  );
  const bias = new Float32Array((kind === 'LSTM' ? 4 : 6) * units);
  if (w.bias) bias.set(w.bias);
  return {
    kernel: matrices(w.kernel!, depth, gates, units),
    recurrent: matrices(w.recurrent_kernel!, units, gates, units),
    bias,
  };
}

function demandPlain(call: LayerCall, fields: Fields): void {
  for (const key of ['return_state', 'time_major'] as const)
    if (fields.flag(key, false)) throw call.problem('op-attribute', `${key} is not supported`);
  const activation = fields.get('activation') ?? 'tanh';
  if (activation !== 'tanh')
    throw call.problem(
      'activation-unsupported',
      `activation ${JSON.stringify(activation).slice(0, 30)} is not supported`,
      'supported: tanh',
    );
}

/** What one direction of a layer is made of. */
interface Direction {
  readonly fields: Fields;
  readonly part: string;
  readonly reverse: boolean;
  readonly sequences: boolean;
}

function cell(call: LayerCall, kind: Kind, { fields, part, reverse, sequences }: Direction): TensorId {
  demandPlain(call, fields);
  const [batch, , depth] = call.shape(3) as [number, number, number];
  const units = fields.size('units');
  const resetAfter = fields.flag('reset_after', false);
  const w = weightsOf(call, fields, kind, part, resetAfter);
  const gates = kind === 'LSTM' ? 4 : 3;
  const name = part.split('/')[0] ?? '';
  const inputs = [
    call.x,
    call.constant(`${name}kernel`, [gates, units, depth], w.kernel),
    call.constant(`${name}recurrent`, [gates, units, units], w.recurrent),
    call.constant(`${name}bias`, [w.bias.length / units, units], w.bias),
  ];
  const shared = { reverse, last: !sequences, hardSlope: slopeOf(call, fields) };
  const kept = fields.flag('stateful', false) ? (kind === 'LSTM' ? 2 : 1) : 0;
  if (kind === 'LSTM') return call.cell('lstm', { ...shared, cellPower: 0, cellClip: 0 }, inputs, kept, [batch, units]);
  return call.cell('gru', { ...shared, resetAfter }, inputs, kept, [batch, units]);
}

/** Steps in the other order. */
function turned(call: LayerCall, y: TensorId): TensorId {
  const shape = call.draft.shape(y);
  return call.node('strided_slice', { begin: [0, shape[1]! - 1, 0], strides: [1, -1, 1] }, [y], shape);
}

const layer =
  (kind: Kind): LayerRow =>
  (call) => {
    const { fields } = call;
    const reverse = fields.flag('go_backwards', false);
    const sequences = fields.flag('return_sequences', false);
    const y = cell(call, kind, { fields, part: 'cell', reverse, sequences });
    return reverse && sequences ? turned(call, y) : y;
  };

const wrapped: Readonly<Record<string, Kind>> = { LSTM: 'LSTM', GRU: 'GRU' };

/** Both directions of a wrapped layer, joined. */
function bidirectional(call: LayerCall): TensorId {
  const inner: JsonObject | undefined = call.fields.object('layer');
  const kind =
    inner && typeof inner.class_name === 'string' && Object.hasOwn(wrapped, inner.class_name)
      ? wrapped[inner.class_name]
      : undefined;
  if (!inner || !kind || !isObject(inner.config))
    throw call.problem('layer-unsupported', 'wraps a layer that is neither LSTM nor GRU');
  const fields = new Fields(inner.config, call.from);
  const sequences = fields.flag('return_sequences', false);
  const forward = cell(call, kind, { fields, part: 'forward_layer/cell', reverse: false, sequences });
  const backward = cell(call, kind, { fields, part: 'backward_layer/cell', reverse: true, sequences });
  const mode = call.fields.get('merge_mode') ?? 'concat';
  if (mode === 'concat')
    return call.node('concatenation', { axis: sequences ? 2 : 1, act: 'none' }, [forward, backward]);
  if (mode === 'mul') return call.mul(forward, backward);
  const sum = call.add(forward, backward);
  if (mode === 'sum') return sum;
  if (mode === 'ave') return call.mul(sum, call.numbers('factor', [0.5]));
  throw call.problem('op-attribute', `merge_mode ${JSON.stringify(mode).slice(0, 30)} is not supported`);
}

export const recurrent: LayerRows = { LSTM: layer('LSTM'), GRU: layer('GRU'), Bidirectional: bidirectional };
