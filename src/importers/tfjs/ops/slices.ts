/** Parts of tensors, tensors put together, and shapes, which are constant here. */
import { elements, type Shape, type TensorId } from '../../../ir/graph.js';
import { type Masks, type Range, slicedShape, stridedRanges } from '../../slices.js';
import type { GraphNode, NodeRow, NodeRows } from '../node.js';

/** What is taken of every axis of x. */
function taken(node: GraphNode, x: TensorId, ranges: readonly Range[]): TensorId {
  const [begin, strides] = [ranges.map((r) => r.begin), ranges.map((r) => r.stride)];
  const shape = ranges.map((r) => r.count);
  if (ranges.some((r) => r.count < 1)) throw node.problem('op-shape', `nothing is left: [${shape}]`);
  return node.node('strided_slice', { begin, strides }, [x], shape);
}

const whole = (shape: Shape): Range[] => shape.map((count) => ({ begin: 0, stride: 1, count }));

const slice: NodeRow = (node) => {
  const [begin, size] = [node.constant(1, 'the begin'), node.constant(2, 'the size')];
  const ranges = node.shape(0).map((d, axis) => {
    const count = size[axis]! < 0 ? d - begin[axis]! : size[axis]!;
    return { begin: begin[axis]!, stride: 1, count };
  });
  return taken(node, node.input(0), ranges);
};

const masksOf = (node: GraphNode): Masks => ({
  begin: node.number('begin_mask', 0),
  end: node.number('end_mask', 0),
  ellipsis: node.number('ellipsis_mask', 0),
  newAxis: node.number('new_axis_mask', 0),
  shrink: node.number('shrink_axis_mask', 0),
});

const stridedSlice: NodeRow = (node) => {
  const given = [1, 2, 3].map((i) => Array.from(node.constant(i, 'the slice')));
  const masks = masksOf(node);
  const ranges = stridedRanges(node.shape(0), given, masks);
  if (!ranges) throw node.problem('op-attribute', `slice ${given.map((list) => `[${list}]`).join(', ')}`);
  return node.reshape(taken(node, node.input(0), ranges), slicedShape(ranges, given[0]!.length, masks));
};

/** Parts of x one after the other along an axis. */
function parts(node: GraphNode, x: TensorId, axis: number, sizes: readonly number[]): TensorId[] {
  const shape = node.draft.shape(x);
  if (sizes.reduce((a, b) => a + b, 0) !== shape[axis])
    throw node.problem('op-shape', `[${shape}] in parts of ${sizes}`);
  let begin = 0;
  return sizes.map((count) => {
    const part = taken(node, x, whole(shape).with(axis, { begin, stride: 1, count }));
    begin += count;
    return part;
  });
}

const mostParts = 256;

/** @throws Problem `op-attribute` */
function partCount(node: GraphNode, key: string): number {
  const count = node.number(key, 0);
  if (Number.isInteger(count) && count >= 1 && count <= mostParts) return count;
  throw node.problem('op-attribute', `${count} parts`);
}

const split: NodeRow = (node) => {
  const shape = node.shape(1);
  const [axis] = node.axes([node.constant(0, 'its axis')[0]!], shape.length);
  const count = partCount(node, 'num_split');
  return parts(node, node.input(1), axis!, Array<number>(count).fill(shape[axis!]! / count));
};

const splitV: NodeRow = (node) => {
  const shape = node.shape(0);
  const [axis] = node.axes([node.constant(2, 'its axis')[0]!], shape.length);
  const given = Array.from(node.constant(1, 'its sizes'));
  const rest = shape[axis!]! - given.reduce((sum, n) => sum + Math.max(n, 0), 0);
  return parts(
    node,
    node.input(0),
    axis!,
    given.map((n) => (n < 0 ? rest : n)),
  );
};

const unpack: NodeRow = (node) => {
  const shape = node.shape(0);
  const [axis] = node.axes([node.number('axis', 0)], shape.length);
  const count = partCount(node, 'num');
  const gone = shape.filter((_, i) => i !== axis);
  return parts(node, node.input(0), axis!, Array<number>(count).fill(1)).map((part) => node.reshape(part, gone));
};

/** Tensors side by side along a new axis. */
const pack: NodeRow = (node) => {
  const shape = [...node.shape(0)];
  const [axis] = node.axes([node.number('axis', 0)], shape.length + 1);
  shape.splice(axis!, 0, 1);
  const each = node.inputs.map((x) => node.reshape(x, shape));
  return each.length === 1 ? each[0]! : node.node('concatenation', { axis: axis!, act: 'none' }, each);
};

const tile: NodeRow = (node) =>
  node.node('tile', { multiples: Array.from(node.constant(1, 'how often')) }, [node.input(0)]);

/** One number everywhere. */
const fill: NodeRow = (node) => {
  const shape = Array.from(node.constant(0, 'its shape'));
  const value = node.constant(1, 'its value');
  const { type } = node.draft.tensor(node.input(1));
  const same = node.draft.constant(
    `${node.name}/value`,
    shape.map(() => 1),
    value.slice(0, 1),
    type,
  );
  return elements(shape) === 1 ? same : node.node('tile', { multiples: shape }, [same]);
};

const shapeOf: NodeRow = (node) => {
  const shape = node.shape(0);
  return node.draft.constant(node.name, [shape.length], Int32Array.from(shape), 's32');
};

const rank: NodeRow = (node) => node.draft.constant(node.name, [], Int32Array.of(node.shape(0).length), 's32');

/** [N,H,W,C] as blocks of pixels. @throws Problem `op-attribute` */
function blockOf(node: GraphNode): number {
  node.demandNhwc();
  const block = node.number('block_size', 0);
  if (Number.isInteger(block) && block >= 1 && block <= 65536) return block;
  throw node.problem('op-attribute', `blocks of ${block}`);
}

/** Numbers of a pixel become a block of pixels. */
const depthToSpace: NodeRow = (node) => {
  const [block, [n, h, w, c]] = [blockOf(node), node.image(0) as [number, number, number, number]];
  const depth = c / block ** 2;
  if (!Number.isInteger(depth)) throw node.problem('op-shape', `${c} channels in blocks of ${block}x${block}`);
  const apart = node.reshape(node.input(0), [n, h, w, block, block, depth]);
  const turned = node.node('transpose', { perm: [0, 1, 3, 2, 4, 5] }, [apart]);
  return node.reshape(turned, [n, h * block, w * block, depth]);
};

/** The other way round. */
const spaceToDepth: NodeRow = (node) => {
  const [block, [n, h, w, c]] = [blockOf(node), node.image(0) as [number, number, number, number]];
  if (h % block || w % block) throw node.problem('op-shape', `${h}x${w} in blocks of ${block}x${block}`);
  const apart = node.reshape(node.input(0), [n, h / block, block, w / block, block, c]);
  const turned = node.node('transpose', { perm: [0, 1, 3, 2, 4, 5] }, [apart]);
  return node.reshape(turned, [n, h / block, w / block, block ** 2 * c]);
};

export const slices: NodeRows = {
  Slice: slice,
  StridedSlice: stridedSlice,
  Split: split,
  SplitV: splitV,
  Unpack: unpack,
  Pack: pack,
  Tile: tile,
  Fill: fill,
  Shape: shapeOf,
  Rank: rank,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
};
