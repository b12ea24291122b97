import { elements, type ReduceFn } from '../../../ir/graph.js';
import type { GraphNode, NodeRow, NodeRows } from '../node.js';

const same: NodeRow = (node) => node.input(0);

/** One dimension may be -1; a batch of 1 is what an open one stands for. */
const reshape: NodeRow = (node) => {
  const target = Array.from(node.constant(1, 'its shape'));
  const known = target.reduce((p, d) => (d === -1 ? p : p * d), 1);
  return node.reshape(
    node.input(0),
    target.map((d) => (d === -1 ? elements(node.shape(0)) / known : d)),
  );
};

const squeeze: NodeRow = (node) => {
  const shape = node.shape(0);
  const given = node.integers('squeeze_dims');
  const axes = given.length ? node.axes(given, shape.length) : undefined;
  return node.reshape(
    node.input(0),
    shape.filter((d, i) => (axes ? !axes.includes(i) : d !== 1)),
  );
};

const expandDims: NodeRow = (node) => {
  const shape = [...node.shape(0)];
  const [axis] = node.axes([node.constant(1, 'its axis')[0]!], shape.length + 1);
  shape.splice(axis!, 0, 1);
  return node.reshape(node.input(0), shape);
};

const concat: NodeRow = (node) => {
  const [axis] = node.axes([node.constant(node.inputs.length - 1, 'its axis')[0]!], node.shape(0).length);
  return node.node('concatenation', { axis: axis!, act: 'none' }, node.inputs.slice(0, -1));
};

const transpose: NodeRow = (node) => {
  const perm = node.axes(node.constant(1, 'its permutation'), node.shape(0).length);
  if (new Set(perm).size !== node.shape(0).length) throw node.problem('op-attribute', `[${perm}] is no permutation`);
  return node.node('transpose', { perm }, [node.input(0)]);
};

/** [before, after] of each axis, stored as rows. */
const pad: NodeRow = (node) => {
  const pads = Array.from(node.constant(1, 'its padding'));
  const value = node.inputs.length > 2 ? node.constant(2, 'its value')[0]! : 0;
  if (pads.length !== 2 * node.shape(0).length || pads.some((n) => n < 0 || n > 65536))
    throw node.problem('op-attribute', `padding [${pads}] does not fit`);
  const before = pads.filter((_, i) => i % 2 === 0);
  return node.node('pad', { before, after: pads.filter((_, i) => i % 2 === 1), value }, [node.input(0)]);
};

const axesOf = (node: GraphNode): number[] =>
  [...new Set(node.axes(node.constant(1, 'its axes'), node.shape(0).length))].sort((a, b) => a - b);

const mean: NodeRow = (node) =>
  node.node('mean', { axes: axesOf(node), keepDims: node.flag('keep_dims') }, [node.input(0)]);

const reduce =
  (fn: ReduceFn): NodeRow =>
  (node) =>
    node.node('reduce', { fn, axes: axesOf(node), keepDims: node.flag('keep_dims') }, [node.input(0)]);

const gather: NodeRow = (node) => {
  const [axis] = node.axes([node.inputs.length > 2 ? node.constant(2, 'its axis')[0]! : 0], node.shape(0).length);
  return node.node('gather', { axis: axis!, batchDims: node.number('batch_dims', 0) }, [node.input(0), node.input(1)]);
};

const argMax: NodeRow = (node) => {
  const [axis] = node.axes([node.constant(1, 'its axis')[0]!], node.shape(0).length);
  return node.node('arg_max', { axis: axis!, keepDims: false, last: false }, [node.input(0)]);
};

const casts: Readonly<Record<string, 'f32' | 's32' | 'bool'>> = {
  DT_FLOAT: 'f32',
  DT_INT32: 's32',
  DT_INT64: 's32',
  DT_BOOL: 'bool',
};

const cast: NodeRow = (node) => {
  const to = casts[node.type('DstT')];
  if (!to) throw node.problem('type-unsupported', `casts to ${node.type('DstT').slice(0, 20)}`);
  if (node.draft.tensor(node.input(0)).type === to) return node.input(0);
  return node.draft.node('cast', node.place, {}, [node.input(0)], undefined, to);
};

export const shapes: NodeRows = {
  Identity: same,
  StopGradient: same,
  Snapshot: same,
  Reshape: reshape,
  Squeeze: squeeze,
  ExpandDims: expandDims,
  ConcatV2: concat,
  Transpose: transpose,
  Pad: pad,
  PadV2: pad,
  Mean: mean,
  Max: reduce('max'),
  Min: reduce('min'),
  Sum: reduce('sum'),
  Prod: reduce('prod'),
  GatherV2: gather,
  ArgMax: argMax,
  Cast: cast,
};
