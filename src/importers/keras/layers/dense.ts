import type { TensorId } from '../../../ir/graph.js';
import { permuted } from '../../permute.js';
import { activate, activated, clippedRelu, softmax } from '../activation.js';
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

/** A slope per value, shared along axes that are counted from 1. */
function prelu(call: LayerCall): TensorId {
  const shared = call.fields.has('shared_axes') ? call.fields.numbers('shared_axes') : [];
  const shape = call.draft
    .shape(call.x)
    .slice(1)
    .map((d, i) => (shared.includes(i + 1) ? 1 : d));
  const { alpha } = call.weights({ alpha: shape });
  return call.node('binary', { fn: 'prelu' }, [call.x, call.constant('alpha', shape, alpha!)]);
}

/** Over the last axis: (x - mean) / sqrt(variance + epsilon) * gamma + beta. */
function layerNormalization(call: LayerCall): TensorId {
  const { fields } = call;
  const channels = lastAxis(call);
  if (fields.flag('rms_scaling', false)) throw call.problem('op-attribute', 'rms_scaling is not supported');
  const axes = [call.draft.shape(call.x).length - 1];
  const w = call.weights({
    gamma: fields.flag('scale', true) ? [channels] : undefined,
    beta: fields.flag('center', true) ? [channels] : undefined,
  });
  const mean = call.node('mean', { axes, keepDims: true }, [call.x]);
  const centred = call.node('sub', { act: 'none' }, [call.x, mean]);
  const variance = call.node('mean', { axes, keepDims: true }, [call.mul(centred, centred)]);
  const shifted = call.add(variance, call.numbers('epsilon', [fields.number('epsilon', 1e-3)]));
  const scaled = call.mul(centred, call.node('unary', { fn: 'rsqrt', alpha: 0, beta: 0 }, [shifted]));
  const weighted = w.gamma ? call.mul(scaled, call.constant('gamma', [channels], w.gamma)) : scaled;
  return w.beta ? call.add(weighted, call.constant('beta', [channels], w.beta)) : weighted;
}

/** A row of the table per whole number. */
function embedding(call: LayerCall): TensorId {
  const { fields } = call;
  const shape = [fields.size('input_dim'), fields.size('output_dim')];
  if (fields.flag('mask_zero', false)) throw call.problem('layer-unsupported', 'masks (mask_zero) are not supported');
  const { embeddings } = call.weights({ embeddings: shape });
  const picks =
    call.draft.tensor(call.x).type === 's32'
      ? call.x
      : call.draft.node('cast', call.place, {}, [call.x], undefined, 's32');
  return call.node('gather', { axis: 0, batchDims: 0 }, [call.constant('embeddings', shape, embeddings!), picks]);
}

export const dense: LayerRows = {
  Dense: denseLayer,
  BatchNormalization: batchNormalization,
  BatchNormalizationV1: batchNormalization,
  SyncBatchNormalization: batchNormalization,
  Activation: (call) => activated(call, call.x),
  ReLU: (call) => clippedRelu(call, call.x, call.fields),
  LeakyReLU: (call) => activate(call, call.x, 'leaky_relu'),
  ELU: (call) => call.node('unary', { fn: 'elu', alpha: call.fields.number('alpha', 1), beta: 0 }, [call.x]),
  PReLU: prelu,
  LayerNormalization: layerNormalization,
  Embedding: embedding,
  Softmax: softmaxLayer,
  Rescaling: rescaling,
  Normalization: normalization,
};
