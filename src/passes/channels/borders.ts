import type { Graph, Node } from '../../ir/graph.js';
import { channels } from '../../ops/channels.js';
import { zeroPoint } from '../../ops/quantised.js';
import type { Facts } from './known.js';

/** From this share of a tensor's channels on, what is saved is worth a bias per border class, which few kernels know. */
const worth = 0.5;

/** Does what a constant channel adds to the sums of a convolution differ from pixel to pixel? */
function varies(graph: Graph, node: Node, { data }: Facts, c: number): boolean {
  if (node.op !== 'conv2d') return false;
  const x = graph.tensors[node.in[0]!]!;
  const step = channels(x.shape);
  for (let i = c + step; i < data.length; i += step) if (data[i] !== data[c]) return true;
  return data[c] !== zeroPoint(x) && node.attr.pad.some((p) => p > 0);
}

/**
 * Constants that would give a convolution one bias per border class stay where they are few: the fast kernels have one
 * bias for all pixels.
 * @param mixing nodes whose outputs read all channels of their input
 * @param reads does the node read this input channel for an output that stays?
 * @returns whether anything more stays
 */
export function keepFewVarying(
  graph: Graph,
  mixing: readonly Node[],
  facts: readonly (Facts | undefined)[],
  keep: readonly Uint8Array[],
  reads: (node: Node, c: number) => boolean,
): boolean {
  let changed = false;
  for (const node of mixing) {
    const [flags, fact] = [keep[node.in[0]!]!, facts[node.in[0]!]];
    if (!fact) continue;
    const removed = [...flags.keys()].filter((c) => !flags[c] && fact.known[c] && reads(node, c));
    const few = removed.filter((c) => varies(graph, node, fact, c));
    if (few.length === 0 || few.length >= worth * flags.length) continue;
    for (const c of few) flags[c] = 1;
    changed = true;
  }
  return changed;
}
