import { type Coordinates, elements, type NodeOf, newData, type Tensor } from '../ir/graph.js';
import { clamp } from '../support/fixed.js';
import { stridesOf } from './broadcast.js';
import type { OpDef, Value } from './op.js';
import { sameQuantisation } from './quantised.js';
import { demand } from './validate.js';

/** An axis of a resize: elements of the input and of the output, input elements per output element. */
interface Axis {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

const f32 = Math.fround;

/** Where output element i lies on the input's axis, in float32 as TFLite and ONNX Runtime compute it. */
const places: Readonly<Record<Coordinates, (i: number, axis: Axis) => number>> = {
  asymmetric: (i, { step }) => f32(i * step),
  half_pixel: (i, { step }) => f32(f32((i + 0.5) * step) - 0.5),
  half_pixel_symmetric: (i, { from, to, step }) => f32((from / 2) * (1 - (to * step) / from) + (i + 0.5) * step - 0.5),
  pytorch_half_pixel: (i, { to, step }) => (to > 1 ? f32(f32((i + 0.5) * step) - 0.5) : 0),
  align_corners: (i, { from, to }) => (to > 1 ? f32(i * f32((from - 1) / (to - 1))) : 0),
  tf_half_pixel: (i, { step }) => f32((i + 0.5) * step),
};

const roundings: Readonly<Record<NodeOf<'resize_nearest'>['attr']['rounding'], (x: number) => number>> = {
  floor: Math.floor,
  ceil: Math.ceil,
  prefer_floor: (x) => Math.ceil(x - 0.5),
  prefer_ceil: (x) => Math.floor(x + 0.5),
};

/** Per axis, the input element of every output element. */
export function nearestIndices({ attr }: NodeOf<'resize_nearest'>, x: Tensor, y: Tensor): number[][] {
  const [place, rounding] = [places[attr.coordinates], roundings[attr.rounding]];
  return x.shape.map((from, axis) => {
    const [to, step] = [y.shape[axis]!, attr.steps[axis]!];
    if (from === to && step === 1) return Array.from({ length: to }, (_, i) => i);
    return Array.from({ length: to }, (_, i) => clamp(rounding(place(i, { from, to, step })), 0, from - 1));
  });
}

/** Elements repeated or left out; any type and number of axes. */
export const resizeNearest: OpDef<'resize_nearest'> = {
  inputs: [1, 1],
  infer(node, [x], [y]) {
    const { steps } = node.attr;
    demand(node, sameQuantisation(x!, y!), 'op-type', 'input and output differ in type or parameters');
    const ranks = steps.length === x!.shape.length && steps.length === y!.shape.length;
    demand(node, ranks, 'op-attribute', `${steps.length} steps for [${x!.shape}]`);
    const positive = steps.every((s) => Number.isFinite(s) && s > 0);
    demand(node, positive, 'op-attribute', `steps [${steps}] should be positive`);
    return [y!.shape];
  },
  run(node, inputs, [y]) {
    const x = inputs[0] as Value;
    const strides = stridesOf(x.shape);
    let from = [0];
    nearestIndices(node, x, y!).forEach((indices, axis) => {
      from = from.flatMap((at) => indices.map((i) => at + i * strides[axis]!));
    });
    const out = newData(y!.type, elements(y!.shape));
    for (let i = 0; i < out.length; i++) out[i] = x.data[from[i]!]!;
    return [out];
  },
  macs: () => 0,
};
