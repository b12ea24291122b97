/** Ops whose result is the input read with other strides: slices, repetitions, broadcasting; any type. */
import { newData, type OpKind, type Shape, type Tensor, type TensorData } from '../ir/graph.js';
import { broadcastOffsets, broadcastShape, offsets, stridesOf } from './broadcast.js';
import type { OpDef, Value } from './op.js';
import { sameQuantisation } from './quantised.js';
import { demand } from './validate.js';

function checkMove(node: { readonly op: OpKind; readonly from: string }, x: Tensor, y: Tensor): void {
  demand(node, sameQuantisation(x, y), 'op-type', 'input and output differ in type or parameters');
}

function read(x: Value, from: Int32Array, start: number): TensorData {
  const out = newData(x.type, from.length);
  for (let i = 0; i < out.length; i++) out[i] = x.data[start + from[i]!]!;
  return out;
}

/** Part of a tensor, every so many elements. */
export const stridedSlice: OpDef<'strided_slice'> = {
  inputs: [1, 1],
  infer(node, [x], [y]) {
    const { begin, strides } = node.attr;
    checkMove(node, x!, y!);
    const rank = x!.shape.length;
    const ranks = [begin.length, strides.length, y!.shape.length].every((n) => n === rank);
    demand(node, ranks, 'op-attribute', `begin [${begin}], strides [${strides}] of [${x!.shape}]`);
    const inside = (i: number, axis: number) => Number.isInteger(i) && i >= 0 && i < x!.shape[axis]!;
    const fits = begin.every((b, a) => inside(b, a) && inside(b + (y!.shape[a]! - 1) * strides[a]!, a));
    const message = `[${y!.shape}] from [${begin}] by [${strides}] exceeds [${x!.shape}]`;
    demand(node, fits, 'op-shape', message);
    return [y!.shape];
  },
  run(node, inputs, [y]) {
    const x = inputs[0] as Value;
    const own = stridesOf(x.shape);
    const start = own.reduce((sum, stride, axis) => sum + stride * node.attr.begin[axis]!, 0);
    const steps = own.map((stride, axis) => stride * node.attr.strides[axis]!);
    return [read(x, offsets(y!.shape, steps), start)];
  },
  macs: () => 0,
};

/** Sizes [multiple, size, multiple, size, ...] and the strides of the input along them. */
export function tiledAxes(shape: Shape, multiples: readonly number[]): { sizes: number[]; strides: number[] } {
  const own = stridesOf(shape);
  return {
    sizes: shape.flatMap((d, axis) => [multiples[axis]!, d]),
    strides: own.flatMap((stride) => [0, stride]),
  };
}

/** A tensor repeated. */
export const tile: OpDef<'tile'> = {
  inputs: [1, 1],
  infer(node, [x], [y]) {
    const { multiples } = node.attr;
    checkMove(node, x!, y!);
    const fits = multiples.length === x!.shape.length && multiples.every((m) => Number.isInteger(m) && m >= 1);
    demand(node, fits, 'op-attribute', `multiples [${multiples}] of [${x!.shape}]`);
    return [x!.shape.map((d, axis) => d * multiples[axis]!)];
  },
  run(node, inputs) {
    const x = inputs[0] as Value;
    const { sizes, strides } = tiledAxes(x.shape, node.attr.multiples);
    return [read(x, offsets(sizes, strides), 0)];
  },
  macs: () => 0,
};

/** Axes of size 1, and missing ones, repeated. */
export const broadcastTo: OpDef<'broadcast_to'> = {
  inputs: [1, 1],
  infer(node, [x], [y]) {
    checkMove(node, x!, y!);
    const shape = broadcastShape(x!.shape, y!.shape);
    const fits = shape !== undefined && `${shape}` === `${y!.shape}`;
    demand(node, fits, 'op-shape', `[${x!.shape}] does not broadcast to [${y!.shape}]`);
    return [y!.shape];
  },
  run(_, inputs, [y]) {
    const x = inputs[0] as Value;
    return [read(x, broadcastOffsets(x.shape, y!.shape), 0)];
  },
  macs: () => 0,
};
