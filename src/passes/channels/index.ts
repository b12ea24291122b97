import { addTensors, withTensors } from '../../ir/edit.js';
import { elements, type Graph, type Node, type NodeOf, newData, type Tensor, type TensorId } from '../../ir/graph.js';
import { channelRelation, channels } from '../../ops/channels.js';
import { foldedBias, type Mixing } from './fold.js';
import { channelsToKeep, type Keep } from './keep.js';
import { type Facts, knownChannels } from './known.js';

const indices = (flags: Uint8Array): number[] => [...flags.keys()].filter((i) => flags[i] === 1);

/** Keeps the given slices of an axis, of the data and of a quantisation along that axis. */
function slice(t: Tensor, axis: number, kept: readonly number[]): Tensor {
  const size = t.shape[axis]!;
  if (kept.length === size) return t;
  const inner = elements(t.shape.slice(axis + 1));
  const outer = elements(t.shape.slice(0, axis));
  const pick = (values: readonly number[]) => (values.length === size ? kept.map((i) => values[i]!) : values);
  const shape = t.shape.map((d, i) => (i === axis ? kept.length : d));
  const quant =
    t.quant && (t.quant.axis === axis ? { ...t.quant, scale: pick(t.quant.scale), zero: pick(t.quant.zero) } : t.quant);
  const data = t.data && newData(t.type, outer * kept.length * inner);
  if (data)
    for (let o = 0; o < outer; o++)
      kept.forEach((i, k) => {
        data.set(t.data!.subarray((o * size + i) * inner, (o * size + i + 1) * inner), (o * kept.length + k) * inner);
      });
  return { ...t, shape, ...(quant && { quant }), ...(data && { data }) };
}

/** Collects new versions of tensors while nodes are rewritten. */
class Rewriter {
  readonly changes = new Map<TensorId, Tensor>();
  constructor(
    public graph: Graph,
    readonly facts: readonly (Facts | undefined)[],
    readonly keep: Keep,
  ) {}

  node(node: Node): Node {
    const relation = channelRelation(this.graph, node);
    this.activation(node.out[0]!);
    if (relation.kind === 'mix') return this.mixing(node as Mixing);
    if (node.op === 'depthwise_conv2d') return this.depthwise(node);
    if (relation.kind === 'map') this.constants(node, relation.from);
    return node;
  }

  private activation(id: TensorId): void {
    const t = this.graph.tensors[id]!;
    this.changes.set(id, slice(t, t.shape.length - 1, indices(this.keep[id]!)));
  }

  private depthwise(node: NodeOf<'depthwise_conv2d'>): Node {
    const kept = indices(this.keep[node.out[0]!]!);
    for (const id of node.in.slice(1)) {
      const t = this.graph.tensors[id]!;
      this.changes.set(id, slice(t, t.shape.length - 1, kept));
    }
    return node;
  }

  /** Constant operands of elementwise ops follow the channels of the result. */
  private constants(node: Node, from: readonly (Int32Array | null)[]): void {
    node.in.forEach((id, i) => {
      const t = this.graph.tensors[id]!;
      const map = from[i];
      if (!t.data || !map) return;
      const kept = indices(this.keep[node.out[0]!]!).filter((o) => map[o]! >= 0);
      this.changes.set(
        id,
        slice(
          t,
          t.shape.length - 1,
          kept.map((o) => map[o]!),
        ),
      );
    });
  }

  private mixing(node: Mixing): Node {
    const outputs = indices(this.keep[node.out[0]!]!);
    const inputs = indices(this.keep[node.in[0]!]!);
    const w = this.graph.tensors[node.in[1]!]!;
    if (outputs.length === w.shape[0] && inputs.length === channels(w.shape)) return node;
    this.changes.set(node.in[1]!, slice(slice(w, 0, outputs), w.shape.length - 1, inputs));
    return this.withBias(node, outputs);
  }

  private withBias(node: Mixing, outputs: readonly number[]): Node {
    const { values, border } = foldedBias(this.graph, node, this.facts, this.keep);
    const y = this.graph.tensors[node.out[0]!]!;
    if (node.in[2] === undefined && values.every((v) => v === 0)) return node;
    const old = node.in[2] === undefined ? undefined : this.graph.tensors[node.in[2]]!;
    const type = y.type === 'f32' ? 'f32' : 's32';
    const data = newData(type, values.length);
    data.set(values);
    const sliced = old && !border ? slice({ ...old, shape: [channels(old.shape)] }, 0, outputs) : undefined;
    const shape = border ? [values.length / outputs.length, outputs.length] : [outputs.length];
    const bias: Tensor = {
      name: old?.name ?? `${node.name}_bias`,
      ...(sliced?.quant && { quant: sliced.quant }),
      shape,
      type,
      data,
    };
    const { graph, ids } = addTensors(this.graph, [bias]);
    this.graph = graph;
    const attr = border ? { ...node.attr, border } : node.attr;
    return { ...node, attr, in: [node.in[0]!, node.in[1]!, ids[0]!] } as Node;
  }
}

/**
 * Dead and constant channel elimination: channels that nobody reads and channels that hold a constant are removed from
 * every tensor; constants move into the biases of their readers, per border class where padding makes the sum differ.
 * Bit-exact for quantised tensors; float channels go only when they are unread or exactly zero.
 */
export function removeChannels(graph: Graph): Graph {
  const facts = knownChannels(graph);
  const keep = channelsToKeep(graph, facts);
  const isData = (id: TensorId) => !graph.tensors[id]!.data;
  if (graph.nodes.every((node) => node.out.every((id) => !isData(id) || !keep[id]!.includes(0)))) return graph;
  const rewriter = new Rewriter(graph, facts, keep);
  const nodes = graph.nodes.map((node) => rewriter.node(node));
  return withTensors({ ...rewriter.graph, nodes }, rewriter.changes);
}
