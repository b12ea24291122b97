/** Float execution of a graph over a whole set of samples at once: what calibration and pruning compute with. */
import { type Activation, elements, type Graph, type Node, type NodeOf, type TensorId } from '../../ir/graph.js';
import type { Linear } from '../../support/linear.js';
import { broadcastOffsets } from '../broadcast.js';
import { opDef } from '../index.js';
import { outputsOf, type Value } from '../op.js';
import { activationRangeF32 } from '../quantised.js';
import { depthwiseAffine, matrixAffine } from './affine.js';
import { averagePool } from './average.js';
import { expanded } from './groups.js';
import type { MatrixNode } from './patches.js';

/** Values of one tensor for all samples, [count, ...shape]. */
export type BatchData = Float32Array;

/** The values that a tensor's stored type can hold: whole multiples of `scale` from `low` to `high` steps. */
export interface Grid {
  readonly scale: number;
  readonly low: number;
  readonly high: number;
}

/** By tensor number; undefined where values are kept as they are. */
export type Grids = readonly (Grid | undefined)[];

/** How values are kept between layers; the identity for a float model, rounding to stored values for an int8 one. */
export interface Storage {
  /** rounds a tensor's values in place to those that its stored type can hold */
  activation(id: TensorId, data: BatchData): void;
  /** least and greatest real value that a tensor can hold */
  range(id: TensorId): readonly [number, number];
  /** weights of a node in its own layout, rounded; zeros stay zeros. `id`: which ones, where it has several */
  weights(node: Node, data: Float32Array, id?: TensorId): Float32Array;
  /** the same activations as plain data, where they are kept on grids */
  readonly grids?: Grids;
}

/** Activations on grids. */
export const onGrids = (linear: Linear, grids: Grids): Pick<Storage, 'activation' | 'range'> => ({
  activation(id, data) {
    const grid = grids[id];
    if (grid) linear.round(data, grid.scale, grid.low, grid.high);
  },
  range(id) {
    const { scale, low, high } = grids[id] ?? { scale: 1, low: -Infinity, high: Infinity };
    return [low * scale, high * scale];
  },
});

/** A convolution that is one matrix product, or a fully connected layer, with constant weights. */
export const isMatrix = (graph: Graph, node: Node): node is MatrixNode =>
  ((node.op === 'conv2d' && node.attr.groups === 1) || node.op === 'fully_connected') &&
  graph.tensors[node.in[1]!]!.data !== undefined;

/** Any layer with constant weights. */
export type AffineNode = NodeOf<'conv2d'> | NodeOf<'depthwise_conv2d'> | NodeOf<'fully_connected'>;
export const isAffine = (graph: Graph, node: Node): node is AffineNode =>
  ['conv2d', 'depthwise_conv2d', 'fully_connected'].includes(node.op) &&
  graph.tensors[node.in[1]!]!.data !== undefined &&
  (node.in[2] === undefined || graph.tensors[node.in[2]]!.data !== undefined);

/** Clamps in place. */
export const activate = (linear: Linear, y: BatchData, act: Activation): BatchData =>
  confine(linear, y, activationRangeF32(act));

/** Clamps in place. */
export function confine(linear: Linear, y: BatchData, [low, high]: readonly [number, number]): BatchData {
  if (low !== -Infinity || high !== Infinity) linear.bound(y, low, high);
  return y;
}

function sum(linear: Linear, a: BatchData, b: BatchData): BatchData {
  const y = linear.array(a.length);
  for (let i = 0; i < y.length; i++) y[i] = a[i]! + b[i]!;
  return y;
}

const laws = {
  add: (a: number, b: number) => a + b,
  sub: (a: number, b: number) => a - b,
  mul: (a: number, b: number) => a * b,
} as const;

interface Operand {
  readonly values: ArrayLike<number>;
  readonly from: Int32Array;
  /** values of one sample; 0 for a constant */
  readonly each: number;
}

/** Operands of different shapes, or a constant one. */
function broadcast(graph: Graph, node: Node, inputs: readonly (BatchData | undefined)[], count: number): BatchData {
  const law = laws[node.op as keyof typeof laws];
  const out = outputsOf(graph, node)[0]!.shape;
  const operand = (k: number): Operand => {
    const { shape, data } = graph.tensors[node.in[k]!]!;
    return { values: inputs[k] ?? data!, from: broadcastOffsets(shape, out), each: data ? 0 : elements(shape) };
  };
  const [a, b] = [operand(0), operand(1)];
  const size = elements(out);
  const y = new Float32Array(count * size);
  for (let s = 0; s < count; s++)
    for (let i = 0; i < size; i++)
      y[s * size + i] = law(a.values[s * a.each + a.from[i]!]!, b.values[s * b.each + b.from[i]!]!);
  return y;
}

/** Sample by sample, by the reference. */
function byReference(graph: Graph, node: Node, inputs: readonly (BatchData | undefined)[], count: number): BatchData {
  const outputs = outputsOf(graph, node);
  const size = elements(outputs[0]!.shape);
  const y = new Float32Array(count * size);
  const tensors = node.in.map((id) => graph.tensors[id]!);
  const sizes = tensors.map((t) => elements(t.shape));
  for (let s = 0; s < count; s++) {
    const values = tensors.map(
      (t, i): Value => ({ ...t, data: t.data ?? inputs[i]!.subarray(s * sizes[i]!, (s + 1) * sizes[i]!) }),
    );
    y.set(opDef(node).run(node, values, outputs)[0]!, s * size);
  }
  return y;
}

function affine(linear: Linear, graph: Graph, node: AffineNode, x: BatchData, count: number): BatchData {
  const { act } = node.attr;
  if (node.op === 'depthwise_conv2d') return activate(linear, depthwiseAffine(linear, graph, node, x, count), act);
  const groups = node.op === 'conv2d' ? node.attr.groups : 1;
  const w = graph.tensors[node.in[1]!]!;
  const weights = groups === 1 ? w.data! : expanded(w, groups);
  return matrixAffine(linear, graph, node, x, count, weights, undefined, activationRangeF32(act));
}

function averages(
  linear: Linear,
  graph: Graph,
  node: NodeOf<'average_pool2d'>,
  x: BatchData,
  count: number,
): BatchData {
  const [{ shape }, out] = [graph.tensors[node.in[0]!]!, graph.tensors[node.out[0]!]!];
  const y = averagePool(x, node.attr, [count * shape[0]!, ...shape.slice(1)], count * elements(out.shape));
  return activate(linear, y, node.attr.act);
}

/**
 * One node over a batch; f32 tensors only.
 * @param inputs values of the node's inputs, undefined for constants
 * @returns the output's values; may be the input's own array (reshape)
 */
export function runBatch(
  linear: Linear,
  graph: Graph,
  node: Node,
  inputs: readonly (BatchData | undefined)[],
  count: number,
): BatchData {
  const [x, b] = inputs;
  if (node.op === 'reshape') return x!;
  if (isAffine(graph, node)) return affine(linear, graph, node, x!, count);
  if (node.op === 'relu') return activate(linear, linear.copy(x!), node.attr.act);
  if (node.op === 'average_pool2d') return averages(linear, graph, node, x!, count);
  if (node.op === 'add' && x && b && x.length === b.length) return activate(linear, sum(linear, x, b), node.attr.act);
  if (node.op === 'add' || node.op === 'sub' || node.op === 'mul')
    return activate(linear, broadcast(graph, node, inputs, count), node.attr.act);
  return byReference(graph, node, inputs, count);
}

/** What states are before the first run, for every sample: each is a stream of its own. */
function beginnings(graph: Graph, inputs: readonly BatchData[]): [TensorId, BatchData][] {
  const [first] = graph.inputs;
  if (!graph.states?.length || first === undefined || !inputs[0]) return [];
  const count = inputs[0].length / elements(graph.tensors[first]!.shape);
  return graph.states.map(({ before, initial }) => {
    const size = elements(graph.tensors[before]!.shape);
    return [before, Float32Array.from({ length: count * size }, (_, i) => initial?.[i % size] ?? 0)];
  });
}

/** Values of the live tensors of a graph while its nodes are run in order. */
export class BatchValues {
  private values: (BatchData | undefined)[];
  private readonly lastUse: number[];

  constructor(
    readonly graph: Graph,
    inputs: readonly BatchData[],
  ) {
    this.values = graph.tensors.map(() => undefined);
    graph.inputs.forEach((id, i) => {
      this.values[id] = inputs[i];
    });
    for (const [id, data] of beginnings(graph, inputs)) this.values[id] = data;
    this.lastUse = graph.tensors.map(() => -1);
    graph.nodes.forEach((node, i) => {
      for (const id of node.in) this.lastUse[id] = i;
    });
    for (const id of graph.outputs) this.lastUse[id] = Infinity;
  }

  at = (id: TensorId): BatchData | undefined => this.values[id];
  inputs = (node: Node): (BatchData | undefined)[] => node.in.map((id) => this.values[id]);

  /** The values that are live now, of the first samples only; running on with them leaves these here alone. */
  firstSamples(count: number): BatchValues {
    const copy = new BatchValues(this.graph, []);
    copy.values = this.values.map((v, id) => v?.subarray(0, count * elements(this.graph.tensors[id]!.shape)));
    return copy;
  }

  /** Notes what node number `index` computed and drops what nobody reads any more. */
  set(index: number, data: BatchData): void {
    const node = this.graph.nodes[index]!;
    this.values[node.out[0]!] = data;
    for (const id of [...node.in, ...node.out]) if (this.lastUse[id]! <= index) this.values[id] = undefined;
  }
}

/** A storage that keeps values within what can be held but does not round them: what rounding is to come close to. */
export const withoutRounding = (linear: Linear, storage: Storage): Storage => ({
  ...storage,
  activation: (id, data) => void confine(linear, data, storage.range(id)),
});

/** The next node of a run, its values kept within what storage can hold but not rounded. */
export const runWithin = (
  linear: Linear,
  graph: Graph,
  node: Node,
  values: BatchValues,
  count: number,
  storage?: Storage,
): BatchData =>
  confine(
    linear,
    runBatch(linear, graph, node, values.inputs(node), count),
    storage?.range(node.out[0]!) ?? [-Infinity, Infinity],
  );

/**
 * Runs a float graph over a batch.
 * @param visit is told of every tensor that is computed, the graph's inputs and the states before the first run first
 * @returns values of the graph's outputs
 */
export function executeBatch(
  linear: Linear,
  graph: Graph,
  inputs: readonly BatchData[],
  count: number,
  visit?: (id: TensorId, data: BatchData) => void,
  storage?: Storage,
): BatchData[] {
  const values = new BatchValues(graph, inputs);
  graph.inputs.forEach((id, i) => {
    visit?.(id, inputs[i]!);
  });
  for (const { before } of graph.states ?? []) visit?.(before, values.at(before)!);
  graph.nodes.forEach((node, i) => {
    const y = runBatch(linear, graph, node, values.inputs(node), count);
    storage?.activation(node.out[0]!, y);
    visit?.(node.out[0]!, y);
    values.set(i, y);
  });
  return graph.outputs.map((id) => values.at(id)!);
}
