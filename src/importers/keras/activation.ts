import type { Activation, TensorId } from '../../ir/graph.js';
import { Fields, isObject, type Json } from './fields.js';
import type { LayerCall } from './layer.js';

type Row = (call: LayerCall, x: TensorId) => TensorId;

const relu =
  (act: Exclude<Activation, 'none'>): Row =>
  (call, x) =>
    call.node('relu', { act }, [x]);

/** Softmax over the last axis; another one is turned there and back. */
export function softmax(call: LayerCall, x: TensorId, axis = -1): TensorId {
  const { length } = call.draft.shape(x);
  const at = axis < 0 ? axis + length : axis;
  if (at === length - 1) return call.node('softmax', { beta: 1 }, [x]);
  if (at < 1 || at >= length) throw call.problem('op-attribute', `axis ${axis} of ${length} dimensions`);
  const perm = [...Array(length).keys()].map((i) => (i === at ? length - 1 : i === length - 1 ? at : i));
  const turned = call.node('softmax', { beta: 1 }, [call.node('transpose', { perm }, [x])]);
  return call.node('transpose', { perm }, [turned]);
}

/** Activations by the names that Keras gives them. */
const rows: { readonly [name: string]: Row } = {
  linear: (_, x) => x,
  relu: relu('relu'),
  relu6: relu('relu6'),
  sigmoid: (call, x) => call.node('logistic', {}, [x]),
  tanh: (call, x) => call.node('tanh', {}, [x]),
  softmax: (call, x) => softmax(call, x),
};

/** Both `hard_sigmoid` and `HardSigmoid` are in use. */
const snake = (name: string): string => name.replace(/(?<=[a-z0-9])([A-Z])/g, '_$1').toLowerCase();

/** `relu`, or an object of a class with its settings; a function of Keras's own is `{ class_name: "function", config: "relu" }`. */
function nameOf(call: LayerCall, activation: Json): { name: string; settings?: Fields } {
  if (activation === null) return { name: 'linear' };
  if (typeof activation === 'string') return { name: activation };
  if (!isObject(activation)) throw call.problem('keras-config', 'its activation is no name');
  const kind = activation.class_name;
  const { config } = activation;
  if (kind === 'function' && typeof config === 'string') return { name: config };
  if (typeof kind !== 'string') throw call.problem('keras-config', 'its activation has no name');
  return { name: kind, ...(isObject(config) && { settings: new Fields(config, call.from) }) };
}

/** Adds the activation that a setting names. @throws Problem `activation-unsupported` */
export function activate(call: LayerCall, x: TensorId, activation: Json): TensorId {
  const { name } = nameOf(call, activation);
  const row = Object.hasOwn(rows, snake(name)) ? rows[snake(name)] : undefined;
  if (row) return row(call, x);
  throw call.problem(
    'activation-unsupported',
    `activation "${name}" is not supported`,
    `supported: ${Object.keys(rows).join(', ')}`,
  );
}

/** The layer's own `activation`, if it has one. */
export const activated = (call: LayerCall, x: TensorId): TensorId =>
  activate(call, x, call.fields.get('activation') ?? null);
