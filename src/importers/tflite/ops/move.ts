/** Gathers, repetitions, and tensors put side by side. */
import { elements, newData, type TensorId } from '../../../ir/graph.js';
import type { Operator, OpRows } from '../operator.js';
import { GATHER, ONE_HOT, PACK, RESIZE_NEAREST } from '../schema.js';
import { axes } from './axes.js';

const rankOf = (op: Operator, id: TensorId): number => op.tensor(id).shape.length;

/** Tensors side by side along a new axis. */
function pack(op: Operator): void {
  const { shape } = op.result;
  const [axis] = axes(op, [op.options(PACK).axis], shape.length);
  const single = shape.with(axis!, 1);
  const inputs = Array.from({ length: op.inputCount }, (_, i) => op.reshaped(op.like(op.input(i), op.result), single));
  op.emit('concatenation', { axis: axis!, act: 'none' }, inputs);
}

function gather(op: Operator): void {
  const x = op.input(0);
  const { axis, batchDims } = op.options(GATHER);
  const [at] = axes(op, [axis], rankOf(op, x));
  const dims = batchDims < 0 ? batchDims + rankOf(op, op.input(1)) : batchDims;
  op.emit('gather', { axis: at!, batchDims: dims }, [x, op.input(1)]);
}

/** Rows of a table. */
function embedding(op: Operator): void {
  op.emit('gather', { axis: 0, batchDims: 0 }, [op.input(1), op.input(0)]);
}

/** Updates on zeros. */
function scatterNd(op: Operator): void {
  const { type, shape, quant } = op.result;
  const data = newData(type, elements(shape)).fill(quant?.zero[0] ?? 0);
  const zeros = op.between({ type, shape, ...(quant && { quant }), data }, 'zeros');
  op.emit('scatter_nd', { fn: 'add' }, [zeros, op.input(0), op.input(1)]);
}

function tile(op: Operator): void {
  op.emit('tile', { multiples: Array.from(op.constant(1, 'the multiples')) }, [op.input(0)]);
}

function reverse(op: Operator): void {
  const x = op.input(0);
  const { shape } = op.tensor(x);
  const turned = axes(op, op.constant(1, 'the axes'), shape.length);
  const begin = shape.map((d, axis) => (turned.includes(axis) ? d - 1 : 0));
  op.emit('strided_slice', { begin, strides: shape.map((_, axis) => (turned.includes(axis) ? -1 : 1)) }, [x]);
}

function oneHot(op: Operator): void {
  const { axis } = op.options(ONE_HOT);
  const rank = op.result.shape.length;
  const [on, off] = [op.constant(2, 'the value')[0]!, op.constant(3, 'the other value')[0]!];
  op.emit('one_hot', { axis: axis < 0 ? rank - 1 : axis, on, off }, [op.input(0)]);
}

/** As TFLite: with aligned corners halves away from zero, else the pixel that a point lies in. */
function resizeNearest(op: Operator): void {
  const { alignCorners, halfPixel } = op.options(RESIZE_NEAREST);
  const x = op.input(0);
  const [from, to] = [op.tensor(x).shape, op.result.shape];
  const steps = from.map((size, axis) => Math.fround(size / to[axis]!));
  const coordinates = alignCorners ? 'align_corners' : halfPixel ? 'tf_half_pixel' : 'asymmetric';
  op.emit('resize_nearest', { coordinates, rounding: alignCorners ? 'prefer_ceil' : 'floor', steps }, [x]);
}

export const moves: OpRows = {
  PACK: { inputs: [1, 64], build: pack },
  GATHER: { inputs: [2, 2], build: gather },
  GATHER_ND: { inputs: [2, 2], build: (op) => op.emit('gather_nd', { batchDims: 0 }, [op.input(0), op.input(1)]) },
  EMBEDDING_LOOKUP: { inputs: [2, 2], build: embedding },
  SCATTER_ND: { inputs: [3, 3], build: scatterNd },
  TILE: { inputs: [2, 2], build: tile },
  BROADCAST_TO: { inputs: [2, 2], build: (op) => op.emit('broadcast_to', {}, [op.input(0)]) },
  REVERSE_V2: { inputs: [2, 2], build: reverse },
  ONE_HOT: { inputs: [4, 4], build: oneHot },
  RESIZE_NEAREST_NEIGHBOR: { inputs: [2, 2], build: resizeNearest },
  CAST: { inputs: [1, 1], u8: true, build: (op) => op.emit('cast', {}, [op.input(0)]) },
};
