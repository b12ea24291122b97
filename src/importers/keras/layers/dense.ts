import type { Activation, TensorId } from '../../../ir/graph.js';
import { permuted } from '../../permute.js';
import { activated, softmax } from '../activation.js';
import { isList } from '../fields.js';
import type { LayerCall, LayerRows } from '../layer.js';

function denseLayer(call: LayerCall): TensorId {
  const { fields } = call;
  const units = fields.size('units');
  const shape = call.draft.shape(call.x);
  const depth = shape.at(-1)!;
  const { kernel, bias } = call.weights({
    kernel: [depth, units],
    bias: fields.flag('use_bias', true) ? [units] : undefined,
  });
  const weights = call.constant('kernel', [units, depth], permuted(kernel!, [depth, units], [1, 0]));
  const rest = bias ? [call.constant('bias', [units], bias)] : [];
  const y = call.node('fully_connected', { act: 'none' }, [call.x, weights, ...rest], [...shape.slice(0, -1), units]);
  return activated(call, y);
}

/** The last axis of the input, which must be the only one that a layer works along. @throws Problem `op-attribute` */
function lastAxis(call: LayerCall): number {
  const { length } = call.draft.shape(call.x);
  const given = call.fields.get('axis') ?? -1;
  const [axis] = isList(given) && given.length === 1 ? given : [given];
  if (axis === -1 || axis === length - 1) return call.draft.shape(call.x).at(-1)!;
  throw call.problem(
    'op-attribute',
    `works along axis ${JSON.stringify(given)} of ${length}`,
    'only the last axis (channels_last) is supported',
  );
}

/** x * gamma / sqrt(variance + epsilon) + rest, as one factor and one term per channel. */
function batchNormalization(call: LayerCall): TensorId {
  const { fields } = call;
  const channels = [lastAxis(call)];
  const w = call.weights({
    gamma: fields.flag('scale', true) ? channels : undefined,
    beta: fields.flag('center', true) ? channels : undefined,
    moving_mean: channels,
    moving_variance: channels,
  });
  const epsilon = fields.number('epsilon', 1e-3);
  const factor = Array.from(w.moving_variance!, (v, i) => (w.gamma?.[i] ?? 1) / Math.sqrt(v + epsilon));
  if (!factor.every(Number.isFinite)) throw call.problem('not-finite', 'its variance is not positive');
  const term = Array.from(w.moving_mean!, (mean, i) => (w.beta?.[i] ?? 0) - mean * factor[i]!);
  return call.add(call.mul(call.x, call.numbers('factor', factor)), call.numbers('term', term));
}

function reluLayer(call: LayerCall): TensorId {
  const { fields } = call;
  const most = fields.get('max_value') ?? null;
  if (fields.number('threshold', 0) !== 0 || fields.number('negative_slope', 0) !== 0 || (most !== null && most !== 6))
    throw call.problem('activation-unsupported', 'only max_value none or 6, without slope and threshold, is supported');
  const act: Exclude<Activation, 'none'> = most === 6 ? 'relu6' : 'relu';
  return call.node('relu', { act }, [call.x]);
}

function softmaxLayer(call: LayerCall): TensorId {
  const axis = call.fields.get('axis') ?? -1;
  const [only] = isList(axis) && axis.length === 1 ? axis : [axis];
  if (typeof only !== 'number') throw call.problem('op-attribute', 'works along several axes');
  return softmax(call, call.x, only);
}

/** x * scale + offset; both may be one number or one per channel. */
function rescaling(call: LayerCall): TensorId {
  const scaled = call.mul(call.x, call.numbers('scale', call.fields.numbers('scale')));
  const offset = call.fields.has('offset') ? call.fields.numbers('offset') : [0];
  return offset.every((v) => v === 0) ? scaled : call.add(scaled, call.numbers('offset', offset));
}

/** (x - mean) / max(sqrt(variance), 1e-7), with numbers that are settings or weights. */
function normalization(call: LayerCall): TensorId {
  const { fields } = call;
  const channels = lastAxis(call);
  const isGiven = fields.has('mean') && fields.has('variance');
  const w = isGiven ? undefined : call.weights({ mean: [channels], variance: [channels] });
  const mean = w ? Array.from(w.mean!) : fields.numbers('mean');
  const deviation = (w ? Array.from(w.variance!) : fields.numbers('variance')).map((v) => Math.max(Math.sqrt(v), 1e-7));
  if (deviation.length !== mean.length || !deviation.every(Number.isFinite))
    throw call.problem('keras-config', 'its mean and variance do not fit each other');
  if (fields.flag('invert', false))
    return call.add(call.mul(call.x, call.numbers('factor', deviation)), call.numbers('term', mean));
  const factor = deviation.map((d) => 1 / d);
  const term = mean.map((m, i) => -m * factor[i]!);
  return call.add(call.mul(call.x, call.numbers('factor', factor)), call.numbers('term', term));
}

export const dense: LayerRows = {
  Dense: denseLayer,
  BatchNormalization: batchNormalization,
  BatchNormalizationV1: batchNormalization,
  SyncBatchNormalization: batchNormalization,
  Activation: (call) => activated(call, call.x),
  ReLU: reluLayer,
  Softmax: softmaxLayer,
  Rescaling: rescaling,
  Normalization: normalization,
};
