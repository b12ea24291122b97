import type { Coordinates, OpAttrs } from '../../../ir/graph.js';
import type { Operator, OpRows } from '../operator.js';
import type { Value } from '../value.js';
import { fullyConnected, matrix } from './dense.js';
import { overLast } from './reduce.js';
import { type Axis, places, resizeMatrix, type Shape1 } from './resize-matrix.js';
import { same } from './unary.js';
import { toFirst, toLast } from './window.js';

/** How each axis changes, and what is said about it. */
interface Plan {
  readonly axes: readonly Axis[];
  readonly mode: string;
  readonly coordinates: string;
}

/** Sizes as given, or one scale for all axes that are given. */
function fittedSizes(op: Operator, sizes: readonly number[], shape: readonly number[], axes: readonly number[]) {
  const policy = op.text('keep_aspect_ratio_policy', 'stretch');
  if (policy === 'stretch') return { sizes, scale: undefined };
  const ratios = axes.map((axis, i) => sizes[i]! / shape[axis]!);
  const scale = policy === 'not_larger' ? Math.min(...ratios) : Math.max(...ratios);
  return { sizes: axes.map((axis) => Math.floor(scale * shape[axis]! + 0.5)), scale };
}

/** Inputs moved over the operator sets: (x, scales), then (x, roi, scales, sizes). */
function axesOf(op: Operator, x: Value): Axis[] {
  const { shape } = x.tensor;
  const [scalesAt, sizesAt] = op.kind === 'Upsample' || !op.since(11) ? [1, -1] : [2, 3];
  const axes = (op.ints('axes') ?? shape.map((_, i) => i)).map((a) => op.axis(a, shape.length));
  const result: Axis[] = shape.map((d) => ({ from: d, to: d, scale: 1 }));
  if (sizesAt > 0 && op.has(sizesAt)) {
    const given = op.constant(sizesAt, 'sizes');
    op.demand(given.length === axes.length, `${given.length} sizes for ${axes.length} axes`);
    const { sizes, scale } = fittedSizes(op, given, shape, axes);
    axes.forEach((axis, i) => {
      result[axis] = { from: shape[axis]!, to: sizes[i]!, scale: scale ?? sizes[i]! / shape[axis]! };
    });
    return result;
  }
  const scales = op.reals('scales') ?? op.constant(scalesAt, 'scales');
  op.demand(scales.length === axes.length && scales.every((s) => s > 0), `scales [${scales}] for ${axes.length} axes`);
  axes.forEach((axis, i) => {
    const [from, scale] = [shape[axis]!, scales[i]!];
    result[axis] = { from, to: Math.floor(from * scale), scale };
  });
  return result;
}

const nearestModes: Readonly<Record<string, OpAttrs['resize_nearest']['rounding']>> = {
  round_prefer_floor: 'prefer_floor',
  round_prefer_ceil: 'prefer_ceil',
  floor: 'floor',
  ceil: 'ceil',
};

const coordinateNames: Readonly<Record<string, Coordinates>> = {
  asymmetric: 'asymmetric',
  half_pixel: 'half_pixel',
  half_pixel_symmetric: 'half_pixel_symmetric',
  pytorch_half_pixel: 'pytorch_half_pixel',
  align_corners: 'align_corners',
  tf_half_pixel_for_nn: 'tf_half_pixel',
};

function nearest(op: Operator, x: Value, { axes, coordinates }: Plan): Value {
  const rounding = nearestModes[op.text('nearest_mode', op.since(11) ? 'round_prefer_floor' : 'floor')];
  const kind = coordinateNames[coordinates];
  if (!rounding || !kind) throw op.problem('op-unsupported', `"${coordinates}" is not supported`);
  const attr = { coordinates: kind, rounding, steps: axes.map((a) => 1 / a.scale) };
  const shape = axes.map((a) => a.to);
  const image = x.tensor.shape.length === 4 ? { x: toLast(op, x), turn: true } : { x, turn: false };
  if (!image.turn) return op.emit('resize_nearest', attr, [x], { shape });
  const order = [0, 2, 3, 1];
  const turned = { ...attr, steps: order.map((a) => attr.steps[a]!) };
  return toFirst(op, op.emit('resize_nearest', turned, [image.x], { shape: order.map((a) => shape[a]!) }));
}

/** Can the graph's own bilinear op do it? It lays whole images over each other. */
function isBilinear(op: Operator, { axes, coordinates, mode }: Plan): boolean {
  return (
    mode === 'linear' &&
    axes.length === 4 &&
    !op.int('antialias', 0) &&
    axes[0]!.to === axes[0]!.from &&
    axes[1]!.to === axes[1]!.from &&
    axes.every((a) => Math.abs(a.scale * a.from - a.to) < 1e-6) &&
    (/^(asymmetric|half_pixel)$/.test(coordinates) ||
      (coordinates === 'align_corners' && axes.every((a) => a.to > 1 || a.from === 1)))
  );
}

function bilinear(op: Operator, x: Value, { axes, coordinates }: Plan): Value {
  const attr = {
    size: [axes[2]!.to, axes[3]!.to] as const,
    alignCorners: coordinates === 'align_corners',
    halfPixel: coordinates === 'half_pixel',
  };
  return toFirst(op, op.emit('resize_bilinear', attr, [toLast(op, x)]));
}

function byMatrix(op: Operator, x: Value, { axes, mode, coordinates }: Plan): Value {
  const place = places[coordinates];
  if (!place) throw op.problem('op-unsupported', `coordinates "${coordinates}" are not supported`);
  const curve: Shape1 = {
    mode: mode === 'cubic' ? 'cubic' : 'linear',
    cubic: op.real('cubic_coeff_a', -0.75),
    antialias: op.int('antialias', 0) !== 0,
    excludeOutside: op.int('exclude_outside', 0) !== 0,
  };
  return axes.reduce((y, a, axis) => {
    if (a.to === a.from && a.scale === 1) return y;
    op.demand(a.to * a.from <= 2 ** 22, `an axis of ${a.from} to ${a.to}`);
    const weights = matrix(`${x.tensor.name}/resize_${axis}`, a.to, a.from, resizeMatrix(a, place, curve));
    return overLast(op, y, axis, (z) => fullyConnected(op, z, weights));
  }, x);
}

function resize(op: Operator): void {
  const x = op.in(0);
  const axes = axesOf(op, x);
  op.demand(
    axes.every((a) => a.to >= 1 && a.to < 2 ** 20),
    `sizes [${axes.map((a) => a.to)}]`,
  );
  const mode = op.text('mode', 'nearest');
  const coordinates = op.text(
    'coordinate_transformation_mode',
    op.since(11) && op.kind === 'Resize' ? 'half_pixel' : 'asymmetric',
  );
  const plan = { axes, mode, coordinates };
  const isSame = axes.every((a) => a.to === a.from && a.scale === 1);
  if (isSame && coordinates !== 'tf_half_pixel_for_nn' && coordinates !== 'tf_crop_and_resize') op.out(same(op, x));
  else if (mode === 'nearest') op.out(nearest(op, x, plan));
  else if (isBilinear(op, plan)) op.out(bilinear(op, x, plan));
  else op.out(byMatrix(op, x, plan));
}

export const resizes: OpRows = {
  Resize: { inputs: [1, 4], build: resize },
  Upsample: { inputs: [1, 2], build: resize },
};
