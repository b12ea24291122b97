/** Reverse-mode gradients of a float graph over a batch. */
import type { Graph, Node, TensorId } from '../../ir/graph.js';
import type { Linear } from '../../support/linear.js';
import { activationRangeF32 } from '../quantised.js';
import { affineGradient } from './affine-gradient.js';
import { type BatchData, isAffine, runBatch, type Storage } from './batch.js';
import { ruleOf } from './rules.js';
import { trainedInputs } from './trained.js';

/** Gradients of weights and biases, by tensor, summed over the nodes that use them. */
export type ParameterGradients = ReadonlyMap<TensorId, Float32Array>;

function note(found: Map<TensorId, Float32Array>, id: TensorId | undefined, g: Float32Array | undefined): void {
  if (id === undefined || !g) return;
  const sum = found.get(id);
  found.set(id, sum ? sum.map((v, i) => v + g[i]!) : g);
}

/** Can gradients be taken through this node? Its weights must be constants. */
export const hasGradient = (graph: Graph, node: Node): boolean => isAffine(graph, node) || ruleOf(node) !== undefined;

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
  private readonly slopes = new Map<TensorId, BatchData>();
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
    private readonly storage?: Pick<Storage, 'activation' | 'range'>,
  ) {
    this.nodes = ancestors(graph, ends);
    graph.inputs.forEach((id, i) => {
      this.values.set(id, inputs[i]!);
    });
    for (const i of this.nodes) this.forward(graph.nodes[i]!);
  }

  at = (id: TensorId): BatchData => this.values.get(id)!;
  private inputs = (node: Node) => node.in.map((id) => this.values.get(id));

  private forward(node: Node): void {
    const y = runBatch(this.linear, this.graph, node, this.inputs(node), this.count);
    // A copy that shares its array with what it copies is rounded already.
    if (y !== this.values.get(node.in[0]!)) this.storage?.activation(node.out[0]!, y);
    this.values.set(node.out[0]!, y);
  }

  /**
   * Gradients of all weights and biases; rounding counts as the identity, saturation stops a gradient.
   * @param seeds gradients of tensors that were computed
   * @param kept further tensors, graph inputs too, whose gradients `slope` is to tell
   */
  backward(seeds: ReadonlyMap<TensorId, BatchData>, kept: readonly TensorId[] = []): ParameterGradients {
    this.slopes.clear();
    for (const [id, g] of seeds) this.slopes.set(id, this.linear.copy(g));
    const found = new Map<TensorId, Float32Array>();
    for (const i of [...this.nodes].reverse()) {
      const node = this.graph.nodes[i]!;
      const g = this.slopes.get(node.out[0]!);
      if (!g) continue;
      this.stopAtEnds(node, g);
      const wanted = (id: TensorId) =>
        !this.graph.tensors[id]!.data && (kept.includes(id) || !this.graph.inputs.includes(id));
      const back = this.through(node, g, wanted(node.in[0]!), found);
      if (!kept.includes(node.out[0]!)) this.slopes.delete(node.out[0]!);
      node.in.forEach((id, k) => {
        if (back[k] && wanted(id)) this.add(id, back[k], back[k] === g);
      });
      if (!kept.includes(node.out[0]!)) this.linear.release(g);
    }
    return found;
  }

  /** The gradient of a tensor that `backward` was told to keep; undefined where the seeds do not depend on it. */
  slope = (id: TensorId): BatchData | undefined => this.slopes.get(id);

  /** Notes what one reader tells of a tensor's gradient. */
  private add(id: TensorId, more: BatchData, isShared: boolean): void {
    const sum = this.slopes.get(id);
    if (!sum) this.slopes.set(id, isShared ? this.linear.copy(more) : more);
    else {
      for (let j = 0; j < sum.length; j++) sum[j]! += more[j]!;
      if (!isShared) this.linear.release(more);
    }
  }

  /** Gives the memory of all values back; nothing of this run may be read any more. */
  dispose(): void {
    const own = new Set(this.values.values());
    for (const id of this.graph.inputs) own.delete(this.at(id));
    for (const data of own) this.linear.release(data);
    this.values.clear();
  }

  /** No gradient where the activation, or the stored type, clamps. */
  private stopAtEnds(node: Node, g: BatchData): void {
    const [low, high] = activationRangeF32('act' in node.attr ? node.attr.act : 'none');
    const [least, most] = this.storage?.range(node.out[0]!) ?? [-Infinity, Infinity];
    const [from, to] = [Math.max(low, least), Math.min(high, most)];
    if (from !== -Infinity || to !== Infinity) this.linear.gate(g, this.at(node.out[0]!), from, to);
  }

  /** Gradients of the inputs of a node; those of its weights go to `found`. */
  private through(
    node: Node,
    g: BatchData,
    wantX: boolean,
    found: Map<TensorId, Float32Array>,
  ): (BatchData | undefined)[] {
    const { linear, graph, count } = this;
    if (isAffine(graph, node)) {
      const all = affineGradient(linear, graph, node, this.at(node.in[0]!), g, count, wantX);
      note(found, node.in[1], all.weights);
      note(found, node.in[2], all.bias);
      return [all.x];
    }
    const rule = ruleOf(node);
    if (!rule) throw new Error(`no gradient of ${node.op}`);
    const inputs = node.in.map((id) => this.values.get(id) ?? (graph.tensors[id]!.data as Float32Array));
    const all = rule({ graph, node, inputs, y: this.at(node.out[0]!), g, count });
    for (const { input } of trainedInputs(graph, node)) note(found, node.in[input], all[input]);
    return all;
  }
}
