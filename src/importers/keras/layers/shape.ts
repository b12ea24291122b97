import { elements, type TensorId } from '../../../ir/graph.js';
import { isList } from '../fields.js';
import type { LayerCall, LayerRow, LayerRows } from '../layer.js';

const flatten: LayerRow = (call) => {
  call.demandChannelsLast();
  const [n, ...rest] = call.draft.shape(call.x);
  return call.reshape(call.x, [n!, elements(rest)]);
};

/** One dimension may be -1: what is left over. */
function reshape(call: LayerCall): TensorId {
  const [n, ...rest] = call.draft.shape(call.x);
  const target = call.fields.get('target_shape') ?? null;
  if (!isList(target) || !target.every((d) => Number.isInteger(d)))
    throw call.problem('keras-config', 'its target_shape is no list of whole numbers');
  const known = (target as number[]).reduce((p, d) => (d === -1 ? p : p * d), 1);
  return call.reshape(call.x, [n!, ...(target as number[]).map((d) => (d === -1 ? elements(rest) / known : d))]);
}

/** Axes are counted from 1, the batch stays in front. */
function permute(call: LayerCall): TensorId {
  const { length } = call.draft.shape(call.x);
  const perm = [0, ...call.fields.sizes('dims', length - 1)];
  if ([...perm].sort((a, b) => a - b).some((axis, i) => axis !== i))
    throw call.problem('op-attribute', `[${perm.slice(1)}] is no permutation of ${length - 1} axes`);
  return call.node('transpose', { perm }, [call.x]);
}

/** [before, after] per axis from a number, a pair, or a pair of pairs. */
export function sides(call: LayerCall, key: string, axes: 1 | 2): [number[], number[]] {
  const value = call.fields.get(key) ?? 1;
  const list = typeof value === 'number' ? new Array<number>(axes).fill(value) : value;
  const rows = axes === 1 && isList(list) && list.length === 2 ? [list] : list;
  if (!isList(rows) || rows.length !== axes) throw call.problem('keras-config', `its ${key} does not fit`);
  const pairs = rows.map((row) => (isList(row) ? row : [row, row]));
  for (const pair of pairs)
    if (pair.length !== 2 || !pair.every((n) => Number.isInteger(n) && (n as number) >= 0 && (n as number) < 65536))
      throw call.problem('keras-config', `its ${key} is ${JSON.stringify(value).slice(0, 60)}`);
  return [pairs.map((p) => p[0] as number), pairs.map((p) => p[1] as number)];
}

const zeroPadding =
  (axes: 1 | 2): LayerRow =>
  (call) => {
    call.demandChannelsLast();
    call.shape(axes + 2);
    const [before, after] = sides(call, 'padding', axes);
    return call.node('pad', { before: [0, ...before, 0], after: [0, ...after, 0], value: 0 }, [call.x]);
  };

const cropping =
  (axes: 1 | 2): LayerRow =>
  (call) => {
    call.demandChannelsLast();
    const shape = call.shape(axes + 2);
    const [before, after] = sides(call, 'cropping', axes);
    const left = shape.map((d, i) => (i >= 1 && i <= axes ? d - before[i - 1]! - after[i - 1]! : d));
    return call.node('strided_slice', { begin: [0, ...before, 0], strides: shape.map(() => 1) }, [call.x], left);
  };

function upSampling2d(call: LayerCall): TensorId {
  call.demandChannelsLast();
  const [n, height, width, channels] = call.shape(4) as [number, number, number, number];
  const [rows, cols] = call.fields.pair('size', 2);
  const kind = call.fields.text('interpolation', 'nearest');
  const size = [height * rows, width * cols] as const;
  if (kind === 'bilinear')
    return call.node('resize_bilinear', { size, alignCorners: false, halfPixel: true }, [call.x]);
  if (kind !== 'nearest') throw call.problem('op-attribute', `interpolation "${kind}" is not supported`);
  return nearest(call, call.x, [1, rows, cols, 1], [n, ...size, channels]);
}

function upSampling1d(call: LayerCall): TensorId {
  const [n, steps, channels] = call.shape(3) as [number, number, number];
  const [times] = call.fields.sizes('size', 1, 2) as [number];
  return nearest(call, call.x, [1, times, 1], [n, steps * times, channels]);
}

/** Every value several times. */
const nearest = (call: LayerCall, x: TensorId, times: readonly number[], shape: readonly number[]): TensorId =>
  call.node(
    'resize_nearest',
    { coordinates: 'asymmetric', rounding: 'floor', steps: times.map((t) => 1 / t) },
    [x],
    shape,
  );

function repeatVector(call: LayerCall): TensorId {
  const [n, channels] = call.shape(2) as [number, number];
  const multiples = [1, call.fields.size('n'), 1];
  return call.node('tile', { multiples }, [call.reshape(call.x, [n, 1, channels])]);
}

/** What does nothing at inference. */
const nothing: LayerRow = (call) => call.x;

export const shapes: LayerRows = {
  Flatten: flatten,
  Reshape: reshape,
  Permute: permute,
  ZeroPadding1D: zeroPadding(1),
  ZeroPadding2D: zeroPadding(2),
  Cropping1D: cropping(1),
  Cropping2D: cropping(2),
  UpSampling1D: upSampling1d,
  UpSampling2D: upSampling2d,
  RepeatVector: repeatVector,
  Dropout: nothing,
  AlphaDropout: nothing,
  GaussianDropout: nothing,
  GaussianNoise: nothing,
  SpatialDropout1D: nothing,
  SpatialDropout2D: nothing,
  ActivityRegularization: nothing,
  RandomBrightness: nothing,
  RandomContrast: nothing,
  RandomFlip: nothing,
  RandomRotation: nothing,
  RandomTranslation: nothing,
  RandomZoom: nothing,
};
