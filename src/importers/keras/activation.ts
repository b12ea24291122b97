import type { Activation, TensorId, UnaryFn } from '../../ir/graph.js';
import { Fields, isObject, type Json } from './fields.js';
import type { LayerCall } from './layer.js';

/** `settings` are those of the activation where it is an object */
type Row = (call: LayerCall, x: TensorId, settings?: Fields) => TensorId;

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

const unary =
  (fn: UnaryFn, usual = 0, beta = 0, setting = 'alpha'): Row =>
  (call, x, settings) =>
    call.node('unary', { fn, alpha: settings?.number(setting, usual) ?? usual, beta }, [x]);

/** x + 3, cut to [0, 6], over 6: Keras 3. Before it was 0.2 * x + 0.5, cut to [0, 1]. */
const hardSigmoid: Row = (call, x) =>
  call.node('unary', { fn: 'hard_sigmoid', alpha: call.keras >= 3 ? 1 / 6 : 0.2, beta: 0.5 }, [x]);

/** Keras 2: by erf unless told otherwise, as Keras 3. */
const gelu: Row = (call, x, settings) =>
  call.node('unary', { fn: settings?.flag('approximate', false) ? 'gelu_tanh' : 'gelu', alpha: 0, beta: 0 }, [x]);

/** Source: Klambauer et al. 2017, as Keras rounds them. */
const seluAlpha = 1.6732632423543772;
const seluScale = 1.0507009873554805;

/** Activations by the names that Keras gives them. */
const rows: { readonly [name: string]: Row } = {
  linear: (_, x) => x,
  relu: (call, x, settings) => clippedRelu(call, x, settings),
  re_lu: (call, x, settings) => clippedRelu(call, x, settings),
  relu6: relu('relu6'),
  sigmoid: (call, x) => call.node('logistic', {}, [x]),
  tanh: (call, x) => call.node('tanh', {}, [x]),
  softmax: (call, x) => softmax(call, x),
  log_softmax: (call, x) => call.node('log_softmax', {}, [x]),
  hard_sigmoid: hardSigmoid,
  hard_swish: unary('hard_swish'),
  hard_silu: unary('hard_swish'),
  swish: unary('swish'),
  silu: unary('swish'),
  gelu,
  elu: unary('elu', 1),
  selu: unary('selu', seluAlpha, seluScale, 'none'),
  exponential: unary('exp'),
  softplus: unary('softplus'),
  softsign: unary('softsign'),
  mish: unary('mish'),
  leaky_relu: (call, x, settings) => leakyRelu(call, x, settings),
  leaky_re_lu: (call, x, settings) => leakyRelu(call, x, settings),
};

/** Keras 2 calls the slope alpha (0.3 usually), Keras 3 negative_slope (0.2 as a function, 0.3 as a layer). */
function leakyRelu(call: LayerCall, x: TensorId, settings = call.fields): TensorId {
  const usual = call.kind === 'LeakyReLU' ? 0.3 : 0.2;
  const slope = settings.has('negative_slope') ? settings.number('negative_slope') : settings.number('alpha', usual);
  return call.node('unary', { fn: 'leaky_relu', alpha: slope, beta: 0 }, [x]);
}

/** Settings `max_value`, `negative_slope` and `threshold` of a ReLU. */
export function clippedRelu(call: LayerCall, x: TensorId, settings?: Fields): TensorId {
  const most = settings?.has('max_value') ? settings.number('max_value') : undefined;
  const slope = settings?.has('negative_slope') ? settings.number('negative_slope') : 0;
  if ((settings?.has('threshold') ? settings.number('threshold') : 0) !== 0)
    throw call.problem('activation-unsupported', 'a ReLU with a threshold is not supported');
  if (slope === 0 && (most === undefined || most === 6))
    return call.node('relu', { act: most === 6 ? 'relu6' : 'relu' }, [x]);
  const bent = slope === 0 ? x : call.node('unary', { fn: 'leaky_relu', alpha: slope, beta: 0 }, [x]);
  const low = slope === 0 ? 0 : -floatMost;
  return most === undefined ? bent : call.node('unary', { fn: 'clip', alpha: low, beta: most }, [bent]);
}

const floatMost = 3.4028234663852886e38;

/** Both `hard_sigmoid` and `HardSigmoid` are in use. */
const snake = (name: string): string =>
  name
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();

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
  const { name, settings } = nameOf(call, activation);
  const row = Object.hasOwn(rows, snake(name)) ? rows[snake(name)] : undefined;
  if (row) return row(call, x, settings);
  throw call.problem(
    'activation-unsupported',
    `activation "${name}" is not supported`,
    `supported: ${Object.keys(rows).join(', ')}`,
  );
}

/** The layer's own `activation`, if it has one. */
export const activated = (call: LayerCall, x: TensorId): TensorId =>
  activate(call, x, call.fields.get('activation') ?? null);
