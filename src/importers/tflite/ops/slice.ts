/** Slices and splits. */
import { elements, type Shape, type Tensor, type TensorId } from '../../../ir/graph.js';
import { type Range, stridedRanges } from '../../slices.js';
import type { Operator, OpRows } from '../operator.js';
import { STRIDED_SLICE, UNPACK } from '../schema.js';
import { axes } from './axes.js';

const rankOf = (op: Operator, id: TensorId): number => op.tensor(id).shape.length;

/** Type and parameters of a tensor. */
export const kindOf = ({ type, quant }: Tensor): Pick<Tensor, 'type' | 'quant'> => ({ type, ...(quant && { quant }) });

/** A slice of `shape` into `out`, by a reshape where the result has other axes. */
export function slice(
  op: Operator,
  x: TensorId,
  begin: readonly number[],
  strides: readonly number[],
  shape: Shape,
  out: TensorId,
) {
  const wanted = op.tensor(out).shape;
  if (elements(wanted) !== elements(shape)) throw op.problem('op-shape', `[${shape}] is no [${wanted}]`);
  const plain = `${wanted}` === `${shape}`;
  const part = plain ? out : op.between({ ...kindOf(op.tensor(x)), shape }, `part_${out}`);
  op.emit('strided_slice', { begin, strides }, [x], part);
  if (!plain) op.emit('reshape', {}, [part], out);
}

function plainSlice(op: Operator): void {
  const x = op.input(0);
  const begin = Array.from(op.constant(1, 'the begin'));
  const { shape } = op.tensor(x);
  const sizes = Array.from(op.constant(2, 'the size'), (n, axis) => (n < 0 ? shape[axis]! - begin[axis]! : n));
  slice(
    op,
    x,
    begin,
    shape.map(() => 1),
    sizes,
    op.output(),
  );
}

/** What of every axis is taken. @throws Problem `op-attribute` */
function rangesOf(op: Operator, shape: Shape): Range[] {
  const o = op.options(STRIDED_SLICE);
  const given = [1, 2, 3].map((i) => Array.from(op.constant(i, 'the slice')));
  const masks = {
    ...{ begin: o.beginMask, end: o.endMask, ellipsis: o.ellipsisMask },
    ...{ newAxis: o.newAxisMask, shrink: o.shrinkMask },
  };
  const ranges = stridedRanges(shape, given, masks);
  if (!ranges) throw op.problem('op-attribute', `slice ${given.map((list) => `[${list}]`).join(', ')}`);
  return ranges;
}

function stridedSlice(op: Operator): void {
  const given = op.given(0);
  const ranges = rangesOf(op, given.shape);
  const shape = ranges.map((r) => r.count);
  slice(
    op,
    op.input(0),
    ranges.map((r) => r.begin),
    ranges.map((r) => r.stride),
    shape,
    op.output(),
  );
}

/** Parts one after the other along an axis. */
function parts(op: Operator, x: TensorId, axis: number, sizes: readonly number[]): void {
  const { shape } = op.tensor(x);
  let start = 0;
  sizes.forEach((size, i) => {
    const begin = shape.map((_, a) => (a === axis ? start : 0));
    slice(
      op,
      x,
      begin,
      shape.map(() => 1),
      shape.with(axis, size),
      op.output(i),
    );
    start += size;
  });
}

function split(op: Operator): void {
  const x = op.input(1);
  const [axis] = axes(op, op.constant(0, 'the axis'), rankOf(op, x));
  const each = op.tensor(x).shape[axis!]! / op.outputCount;
  if (!Number.isInteger(each)) throw op.problem('op-shape', `[${op.tensor(x).shape}] in ${op.outputCount} parts`);
  parts(op, x, axis!, Array(op.outputCount).fill(each));
}

function splitV(op: Operator): void {
  const x = op.input(0);
  const [axis] = axes(op, op.constant(2, 'the axis'), rankOf(op, x));
  const given = Array.from(op.constant(1, 'the sizes'));
  const rest = op.tensor(x).shape[axis!]! - given.reduce((n, s) => n + Math.max(s, 0), 0);
  const sizes = given.map((size) => (size < 0 ? rest : size));
  if (sizes.length !== op.outputCount)
    throw op.problem('op-shape', `${sizes.length} sizes for ${op.outputCount} outputs`);
  parts(op, x, axis!, sizes);
}

function unpack(op: Operator): void {
  const x = op.input(0);
  const [axis] = axes(op, [op.options(UNPACK).axis], rankOf(op, x));
  parts(op, x, axis!, Array(op.outputCount).fill(1));
}

export const slices: OpRows = {
  SLICE: { inputs: [3, 3], build: plainSlice },
  STRIDED_SLICE: { inputs: [4, 4], build: stridedSlice },
  SPLIT: { inputs: [2, 2], outputs: 64, build: split },
  SPLIT_V: { inputs: [3, 3], outputs: 64, build: splitV },
  UNPACK: { inputs: [1, 1], outputs: 64, build: unpack },
};
