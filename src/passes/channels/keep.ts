import { elements, type Graph, type Node, results, type TensorId } from '../../ir/graph.js';
import { type ChannelRelation, channelRelation, channels } from '../../ops/channels.js';
import { keepBlocksWhole } from './blocks.js';
import { keepFewVarying } from './borders.js';
import { type Facts, reads } from './known.js';

/** Per tensor, per channel: 1 = stays. */
export type Keep = readonly Uint8Array[];

/** Can constants be folded into this node's bias: one image (or row), and an accumulator with room for any value? */
function canFold(graph: Graph, node: Node): boolean {
  const x = graph.tensors[node.in[0]!]!.shape;
  if ((node.op === 'fully_connected' ? elements(x) / channels(x) : x[0]!) > 1) return false;
  if (graph.tensors[node.in[0]!]!.type === 's16') return false;
  const w = graph.tensors[node.in[1]!]!;
  const bias = node.in[2] === undefined ? [0] : (graph.tensors[node.in[2]]!.data as ArrayLike<number>);
  const most = Math.max(...Array.from(bias, Math.abs));
  return most + (elements(w.shape) / w.shape[0]!) * 255 * 127 < 2 ** 31;
}

/** A known channel can go when its readers can do without: a float one only if it is zero, so that no rounding changes. */
function foldable(graph: Graph, id: TensorId, facts: Facts | undefined, c: number): boolean {
  if (!facts?.known[c]) return false;
  if (graph.tensors[id]!.type !== 'f32') return true;
  const step = facts.known.length;
  for (let i = c; i < facts.data.length; i += step) if (facts.data[i] !== 0) return false;
  return true;
}

interface Context {
  readonly graph: Graph;
  readonly facts: readonly (Facts | undefined)[];
  readonly keep: Uint8Array[];
}

const isData = (graph: Graph, id: TensorId): boolean => graph.tensors[id]!.data === undefined;

/** Does a mixing node read input channel `c` for an output that stays? */
const readsForKept = ({ graph, keep }: Context, node: Node, c: number): boolean =>
  keep[node.out[0]!]!.some((kept, o) => kept === 1 && reads(graph, node, o, c));

/** Marks what a mixing node reads for the output channels that stay. */
function readThroughWeights(context: Context, node: Node): boolean {
  const { graph, facts, keep } = context;
  const x = node.in[0]!;
  const folds = canFold(graph, node);
  let changed = false;
  for (let c = 0; c < keep[x]!.length; c++) {
    if (keep[x]![c] || (folds && foldable(graph, x, facts[x], c))) continue;
    if (!readsForKept(context, node, c)) continue;
    keep[x]![c] = 1;
    changed = true;
  }
  return changed;
}

/** Channel-wise nodes keep the same channels on both sides. */
function link({ graph, keep }: Context, node: Node, from: readonly (Int32Array | null)[]): boolean {
  const out = keep[node.out[0]!]!;
  let changed = false;
  node.in.forEach((id, i) => {
    const map = from[i];
    if (!map || !isData(graph, id)) return;
    map.forEach((c, o) => {
      if (c < 0 || keep[id]![c] === out[o]) return;
      keep[id]![c] = 1;
      out[o] = 1;
      changed = true;
    });
  });
  return changed;
}

const setAll = (flags: Uint8Array): boolean => {
  const changed = flags.includes(0);
  flags.fill(1);
  return changed;
};

function visit(context: Context, node: Node, relation: ChannelRelation): boolean {
  const { graph, keep } = context;
  const out = keep[node.out[0]!]!;
  let changed = false;
  if (relation.kind === 'opaque') {
    changed = setAll(out);
    for (const id of node.in) if (isData(graph, id)) changed = setAll(keep[id]!) || changed;
  } else if (relation.kind === 'mix') {
    changed = readThroughWeights(context, node);
  } else {
    changed = link(context, node, relation.from);
  }
  if (out.includes(1)) return changed;
  out[0] = 1; // a tensor keeps at least one channel
  return true;
}

/**
 * The channels that must stay: those that reach an output of the graph (backwards sweep) and are not constants that their
 * readers can fold, closed under the ties of channel-wise ops. Grows from nothing to the least fixed point.
 */
export function channelsToKeep(graph: Graph, facts: readonly (Facts | undefined)[]): Keep {
  const keep = graph.tensors.map((t) => new Uint8Array(channels(t.shape)));
  const relations = graph.nodes.map((node) => channelRelation(graph, node));
  for (const id of [...graph.inputs, ...results(graph), ...(graph.states ?? []).map((s) => s.before)])
    keep[id]!.fill(1);
  const context: Context = { graph, facts, keep };
  const close = (): void => {
    for (let changed = true; changed; ) {
      changed = false;
      for (let i = graph.nodes.length - 1; i >= 0; i--)
        changed = visit(context, graph.nodes[i]!, relations[i]!) || changed;
    }
  };
  close();
  const mixing = graph.nodes.filter((_, i) => relations[i]!.kind === 'mix');
  while (keepFewVarying(graph, mixing, facts, keep, (node, c) => readsForKept(context, node, c))) close();
  if (keepBlocksWhole(graph, mixing, keep)) close();
  return keep;
}
