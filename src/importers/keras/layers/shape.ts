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

/** What does nothing at inference. */
const nothing: LayerRow = (call) => call.x;

export const shapes: LayerRows = {
  Flatten: flatten,
  Reshape: reshape,
  Permute: permute,
  ZeroPadding1D: zeroPadding(1),
  ZeroPadding2D: zeroPadding(2),
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
