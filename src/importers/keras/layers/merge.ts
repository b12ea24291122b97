import type { TensorId } from '../../../ir/graph.js';
import type { LayerCall, LayerRow, LayerRows } from '../layer.js';

/** Operands with as many dimensions, broadcast as Keras does: missing ones come after the batch. */
function operands(call: LayerCall): readonly TensorId[] {
  if (call.inputs.length < 2)
    throw call.problem('op-arity', `${call.inputs.length} inputs where 2 or more are expected`);
  const shapes = call.inputs.map((id) => call.draft.shape(id));
  const rank = Math.max(...shapes.map((s) => s.length));
  return call.inputs.map((id, i) => {
    const [n, ...rest] = shapes[i] as [number, ...number[]];
    return call.reshape(id, [n, ...new Array<number>(rank - shapes[i]!.length).fill(1), ...rest]);
  });
}

const chain =
  (op: 'add' | 'sub' | 'mul'): LayerRow =>
  (call) =>
    operands(call).reduce((a, b) => call.node(op, { act: 'none' }, [a, b]));

const extreme =
  (fn: 'maximum' | 'minimum'): LayerRow =>
  (call) =>
    operands(call).reduce((a, b) => call.node('binary', { fn }, [a, b]));

function average(call: LayerCall): TensorId {
  const sum = operands(call).reduce((a, b) => call.add(a, b));
  return call.mul(sum, call.numbers('factor', [1 / call.inputs.length]));
}

function concatenate(call: LayerCall): TensorId {
  const { length } = call.draft.shape(call.inputs[0] ?? call.x);
  const given = call.fields.integer('axis', -1);
  const axis = given < 0 ? given + length : given;
  if (axis < 0 || axis >= length) throw call.problem('op-attribute', `axis ${given} of ${length} dimensions`);
  return call.node('concatenation', { axis, act: 'none' }, call.inputs);
}

export const merges: LayerRows = {
  Add: chain('add'),
  Subtract: chain('sub'),
  Multiply: chain('mul'),
  Average: average,
  Maximum: extreme('maximum'),
  Minimum: extreme('minimum'),
  Concatenate: concatenate,
};
