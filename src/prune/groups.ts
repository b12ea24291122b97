import type { Graph, Node, TensorId } from '../ir/graph.js';
import { results } from '../ir/graph.js';
import { channelRelation, channels } from '../ops/channels.js';
import { isMatrix } from '../ops/float/batch.js';

/** Channels that live and die together, as residual adds, concatenations and depthwise layers tie them. */
export interface ChannelGroup {
  /** members: tensor and channel, in order */
  readonly members: readonly { readonly tensor: TensorId; readonly channel: number }[];
}

/** Disjoint sets of numbers. */
class Sets {
  private readonly parent: Int32Array;
  constructor(size: number) {
    this.parent = Int32Array.from({ length: size }, (_, i) => i);
  }
  find(i: number): number {
    let root = i;
    while (this.parent[root] !== root) root = this.parent[root]!;
    for (let at = i; at !== root; ) [this.parent[at], at] = [root, this.parent[at]!];
    return root;
  }
  join(a: number, b: number): void {
    const [x, y] = [this.find(a), this.find(b)];
    this.parent[Math.max(x, y)] = Math.min(x, y);
  }
}

/** Numbers every channel of every tensor. */
function numbering(graph: Graph): { first: number[]; size: number } {
  const first: number[] = [];
  let size = 0;
  for (const t of graph.tensors) {
    first.push(size);
    size += t.data ? 0 : channels(t.shape);
  }
  return { first, size };
}

/** A node whose input channels are columns of weights that can be set to 0. */
const mixes = (graph: Graph, node: Node): boolean =>
  channelRelation(graph, node).kind === 'mix' && isMatrix(graph, node);

/**
 * The groups of channels that may be removed: written by convolutions or fully connected layers, read by such alone, with
 * only channel-wise ops between. Channels of the graph's inputs and outputs, and those that other ops look at, stay.
 */
export function channelGroups(graph: Graph): ChannelGroup[] {
  const { first, size } = numbering(graph);
  const sets = new Sets(size);
  const stays = new Uint8Array(size);
  const of = (id: TensorId): number[] =>
    graph.tensors[id]!.data ? [] : Array.from({ length: channels(graph.tensors[id]!.shape) }, (_, c) => first[id]! + c);
  const keep = (ids: readonly TensorId[]) => {
    for (const id of ids) for (const c of of(id)) stays[c] = 1;
  };
  keep([...graph.inputs, ...results(graph), ...(graph.states ?? []).map((s) => s.before)]);
  for (const node of graph.nodes) {
    const relation = channelRelation(graph, node);
    if (relation.kind === 'map')
      relation.from.forEach((map, i) => {
        const id = node.in[i];
        if (!map || id === undefined || graph.tensors[id]!.data) return;
        map.forEach((c, o) => {
          if (c >= 0) sets.join(first[id]! + c, first[node.out[0]!]! + o);
        });
      });
    else if (!mixes(graph, node)) keep([...node.in, ...node.out]);
  }
  return collect(graph, first, sets, stays);
}

function collect(graph: Graph, first: readonly number[], sets: Sets, stays: Uint8Array): ChannelGroup[] {
  const groups = new Map<number, { tensor: TensorId; channel: number }[]>();
  const fixed = new Set<number>();
  graph.tensors.forEach((t, tensor) => {
    if (t.data) return;
    for (let channel = 0; channel < channels(t.shape); channel++) {
      const root = sets.find(first[tensor]! + channel);
      if (stays[first[tensor]! + channel]) fixed.add(root);
      if (!groups.has(root)) groups.set(root, []);
      groups.get(root)!.push({ tensor, channel });
    }
  });
  return [...groups].filter(([root]) => !fixed.has(root)).map(([, members]) => ({ members }));
}
