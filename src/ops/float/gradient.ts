/** Reverse-mode gradients of a float graph over a batch. */
import { elements, type Graph, type Node, type NodeOf, type TensorId } from '../../ir/graph.js';
import type { Linear } from '../../support/linear.js';
import { activationRangeF32 } from '../quantised.js';
import { eachTap, windowOver } from '../window.js';
import { type AffineGradient, depthwiseGradient, matrixGradient } from './affine-gradient.js';
import { type BatchData, isMatrix, runBatch, type Storage } from './batch.js';

/** Gradients of the parameters of one node. */
export type ParameterGradient = Pick<AffineGradient, 'weights' | 'bias'>;

type Inputs = readonly (BatchData | undefined)[];
/** Gradients of the inputs from that of the output. */
type Back = (graph: Graph, node: Node, inputs: Inputs, g: BatchData, count: number) => (BatchData | undefined)[];

const sameLength = (inputs: Inputs, g: BatchData): boolean => inputs.every((x) => x?.length === g.length);

function averagePool(graph: Graph, node: Node, inputs: Inputs, g: BatchData, count: number): BatchData[] {
  const { attr } = node as NodeOf<'average_pool2d'>;
  const shape = graph.tensors[node.in[0]!]!.shape;
  const channels = shape[3]!;
  const window = windowOver([count * shape[0]!, ...shape.slice(1)], attr.filter, attr);
  const taps = new Float64Array(g.length / channels);
  eachTap(window, (out) => {
    taps[out]! += 1;
  });
  const dx = new Float32Array(inputs[0]!.length);
  eachTap(window, (out, input) => {
    for (let c = 0; c < channels; c++) dx[input * channels + c]! += g[out * channels + c]! / taps[out]!;
  });
  return [dx];
}

function maxPool(graph: Graph, node: Node, inputs: Inputs, g: BatchData, count: number): BatchData[] {
  const { attr } = node as NodeOf<'max_pool2d'>;
  const shape = graph.tensors[node.in[0]!]!.shape;
  const [channels, x] = [shape[3]!, inputs[0]!];
  const window = windowOver([count * shape[0]!, ...shape.slice(1)], attr.filter, attr);
  const from = new Int32Array(g.length).fill(-1);
  eachTap(window, (out, input) => {
    for (let c = 0; c < channels; c++) {
      const [at, i] = [out * channels + c, input * channels + c];
      if (from[at]! < 0 || x[i]! > x[from[at]!]!) from[at] = i;
    }
  });
  const dx = new Float32Array(x.length);
  from.forEach((i, at) => {
    dx[i]! += g[at]!;
  });
  return [dx];
}

/** Mean over all axes between the first and the last. */
function spatialMean(graph: Graph, node: Node, inputs: Inputs, g: BatchData): BatchData[] {
  const shape = graph.tensors[node.in[0]!]!.shape;
  const channels = shape.at(-1)!;
  const pixels = elements(shape.slice(1, -1));
  return [inputs[0]!.map((_, i) => g[Math.floor(i / (pixels * channels)) * channels + (i % channels)]! / pixels)];
}

function concatenation(graph: Graph, node: Node, inputs: Inputs, g: BatchData): BatchData[] {
  const width = graph.tensors[node.out[0]!]!.shape.at(-1)!;
  let start = 0;
  return inputs.map((x, i) => {
    const own = graph.tensors[node.in[i]!]!.shape.at(-1)!;
    const first = start;
    start += own;
    return x!.map((_, k) => g[Math.floor(k / own) * width + first + (k % own)]!);
  });
}

/** Ops without parameters whose gradients are known, and when. */
const rules: Partial<Record<Node['op'], { fits?: (graph: Graph, node: Node) => boolean; back: Back }>> = {
  add: {
    fits: (graph, node) => node.in.every((id) => !graph.tensors[id]!.data && sameSize(graph, id, node.out[0]!)),
    back: (_, __, inputs, g) => (sameLength(inputs, g) ? [g, g] : []),
  },
  relu: { back: (_, __, ___, g) => [g] },
  reshape: { back: (_, __, ___, g) => [g] },
  average_pool2d: { back: averagePool },
  max_pool2d: { back: maxPool },
  mean: {
    fits: (graph, node) => {
      const rank = graph.tensors[node.in[0]!]!.shape.length;
      const { axes } = (node as NodeOf<'mean'>).attr;
      return axes.length === rank - 2 && axes.every((axis, i) => axis === i + 1);
    },
    back: spatialMean,
  },
  concatenation: {
    fits: (graph, node) =>
      (node as NodeOf<'concatenation'>).attr.axis === graph.tensors[node.out[0]!]!.shape.length - 1 &&
      node.in.every((id) => !graph.tensors[id]!.data),
    back: concatenation,
  },
};

const sameSize = (graph: Graph, a: TensorId, b: TensorId): boolean =>
  elements(graph.tensors[a]!.shape) === elements(graph.tensors[b]!.shape);

const isDepthwise = (graph: Graph, node: Node): node is NodeOf<'depthwise_conv2d'> =>
  node.op === 'depthwise_conv2d' && graph.tensors[node.in[1]!]!.data !== undefined;

/** Can gradients be taken through this node? */
export function hasGradient(graph: Graph, node: Node): boolean {
  if (isMatrix(graph, node) || isDepthwise(graph, node)) return true;
  const rule = rules[node.op];
  return rule !== undefined && (rule.fits?.(graph, node) ?? true);
}

/** Nodes that the given tensors depend on, in order. */
export function ancestors(graph: Graph, ids: readonly TensorId[]): number[] {
  const needed = new Set(ids);
  const list: number[] = [];
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const node = graph.nodes[i]!;
    if (!needed.has(node.out[0]!)) continue;
    list.push(i);
    for (const id of node.in) needed.add(id);
  }
  return list.reverse();
}

/** A forward run that remembers what the backward run needs. */
export class Tape {
  private readonly values = new Map<TensorId, BatchData>();
  private readonly nodes: readonly number[];

  /**
   * @param graph float; its weights are those of the forward run (rounded ones for quantisation-aware gradients)
   * @param ends tensors that are to be computed
   */
  constructor(
    private readonly linear: Linear,
    private readonly graph: Graph,
    inputs: readonly BatchData[],
    private readonly count: number,
    ends: readonly TensorId[],
    private readonly storage?: Storage,
  ) {
    this.nodes = ancestors(graph, ends);
    graph.inputs.forEach((id, i) => {
      this.values.set(id, inputs[i]!);
    });
    for (const i of this.nodes) this.forward(graph.nodes[i]!);
  }

  at = (id: TensorId): BatchData => this.values.get(id)!;
  private inputs = (node: Node): Inputs => node.in.map((id) => this.values.get(id));

  private forward(node: Node): void {
    const y = runBatch(this.linear, this.graph, node, this.inputs(node), this.count);
    // A copy that shares its array with what it copies is rounded already.
    if (y !== this.values.get(node.in[0]!)) this.storage?.activation(node.out[0]!, y);
    this.values.set(node.out[0]!, y);
  }

  /**
   * Gradients of all weights and biases, by node number; rounding counts as the identity, saturation stops a gradient.
   * @param seeds gradients of tensors that were computed
   */
  backward(seeds: ReadonlyMap<TensorId, BatchData>): Map<number, ParameterGradient> {
    const slopes = new Map<TensorId, BatchData>([...seeds].map(([id, g]) => [id, g.slice()]));
    const found = new Map<number, ParameterGradient>();
    for (const i of [...this.nodes].reverse()) {
      const node = this.graph.nodes[i]!;
      const g = slopes.get(node.out[0]!);
      if (!g) continue;
      this.stopAtEnds(node, g);
      const back = this.through(i, node, g, found);
      node.in.forEach((id, k) => {
        const more = back[k];
        if (!more || this.graph.tensors[id]!.data || this.graph.inputs.includes(id)) return;
        const sum = slopes.get(id);
        if (!sum) slopes.set(id, more === g || back.indexOf(more) < k ? more.slice() : more);
        else for (let j = 0; j < sum.length; j++) sum[j]! += more[j]!;
      });
      slopes.delete(node.out[0]!);
    }
    return found;
  }

  /** No gradient where the activation, or the stored type, clamps. */
  private stopAtEnds(node: Node, g: BatchData): void {
    const [low, high] = activationRangeF32('act' in node.attr ? node.attr.act : 'none');
    const [least, most] = this.storage?.range(node.out[0]!) ?? [-Infinity, Infinity];
    const [from, to] = [Math.max(low, least), Math.min(high, most)];
    if (from === -Infinity && to === Infinity) return;
    const y = this.at(node.out[0]!);
    for (let i = 0; i < g.length; i++) if (y[i]! <= from || y[i]! >= to) g[i] = 0;
  }

  private through(index: number, node: Node, g: BatchData, found: Map<number, ParameterGradient>) {
    const { linear, graph, count } = this;
    const x = this.at(node.in[0]!);
    if (!isMatrix(graph, node) && !isDepthwise(graph, node)) {
      const rule = rules[node.op];
      if (!rule) throw new Error(`no gradient of ${node.op}`);
      return rule.back(graph, node, this.inputs(node), g, count);
    }
    const weights = graph.tensors[node.in[1]!]!.data!;
    const wantX = !graph.inputs.includes(node.in[0]!);
    const all =
      node.op === 'depthwise_conv2d'
        ? depthwiseGradient(linear, graph, node, x, g, count, weights)
        : matrixGradient(linear, graph, node, x, g, count, weights, wantX);
    found.set(index, all);
    return [all.x];
  }
}
