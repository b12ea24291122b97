import { elements, type Graph, type Node, newData, type TensorData } from '../../ir/graph.js';
import { type ChannelRelation, channelRelation, channels } from '../../ops/channels.js';
import { execute } from '../../ops/execute.js';
import { intervals } from './intervals.js';

/** What is known of one tensor's channels. */
export interface Facts {
  /** 1 = the channel's values do not depend on the graph's inputs (they may differ from pixel to pixel near the border) */
  readonly known: Uint8Array;
  /** the values of one execution; right for every execution where `known` */
  readonly data: TensorData;
}

/** Does output channel `o` of a convolution or fully connected node read input channel `c`? */
export function reads(graph: Graph, node: Node, o: number, c: number): boolean {
  const w = graph.tensors[node.in[1]!]!;
  const perOutput = elements(w.shape) / w.shape[0]!;
  const step = channels(graph.tensors[node.in[0]!]!.shape);
  for (let k = c; k < perOutput; k += step) if (w.data![o * perOutput + k]) return true;
  return false;
}

const hasZeroTaps = (graph: Graph, node: Node, o: number): boolean => {
  if (node.op !== 'depthwise_conv2d') return false;
  const w = graph.tensors[node.in[1]!]!;
  const count = channels(w.shape);
  for (let i = o; i < w.data!.length; i += count) if (w.data![i]) return false;
  return true;
};

function isKnown(
  graph: Graph,
  node: Node,
  relation: ChannelRelation,
  known: readonly Uint8Array[],
  o: number,
): boolean {
  if (relation.kind === 'opaque') return node.in.every((id) => known[id]!.every((k) => k === 1));
  if (relation.kind === 'mix') return known[node.in[0]!]!.every((k, c) => k === 1 || !reads(graph, node, o, c));
  if (hasZeroTaps(graph, node, o)) return true;
  return node.in.every((id, i) => {
    const from = relation.from[i];
    return !from || from[o] === -1 || known[id]![from[o]!] === 1;
  });
}

/** Values of every tensor in one execution, on inputs of zeros. */
function sampleRun(graph: Graph): (TensorData | undefined)[] {
  const values = graph.tensors.map((t) => t.data);
  const inputs = graph.inputs.map((id) => newData(graph.tensors[id]!.type, elements(graph.tensors[id]!.shape)));
  execute(graph, inputs, (id, data) => {
    values[id] = data.slice();
  });
  return values;
}

/**
 * Which channels are constants: their interval is a point (zero weights, vanishing multipliers, saturation), or all that
 * they read is known. The values come from one run of the reference.
 */
export function knownChannels(graph: Graph): readonly (Facts | undefined)[] {
  const interval = intervals(graph);
  const known = graph.tensors.map((t) => new Uint8Array(channels(t.shape)).fill(t.data ? 1 : 0));
  for (const node of graph.nodes) {
    const relation = channelRelation(graph, node);
    const range = interval[node.out[0]!];
    const flags = known[node.out[0]!]!;
    for (let o = 0; o < flags.length; o++)
      flags[o] = (range && range.low[o] === range.high[o]) || isKnown(graph, node, relation, known, o) ? 1 : 0;
  }
  const values = sampleRun(graph);
  return graph.tensors.map((_, id) => (values[id] ? { known: known[id]!, data: values[id] } : undefined));
}
