import { readers } from '../ir/edit.js';
import type { Graph, Node } from '../ir/graph.js';
import { results } from '../ir/graph.js';
import type { BatchData, BatchValues, Storage } from '../ops/float/batch.js';
import { activationRangeF32 } from '../ops/quantised.js';
import type { Site } from './moments.js';
import { rowsAt } from './sites.js';

/** What a layer's pre-activations should be, so that what follows sees what it saw in the dense network. */
export interface Target {
  /** wanted pre-activations, [pixels, rows] */
  readonly wanted: Float32Array;
  /** what an add right after the layer adds in the pruned network */
  readonly skip?: Float32Array;
  /** what the layer's output, or that add's, can hold */
  readonly low: number;
  readonly high: number;
}

/** The add that is all that reads a layer, if its other operand is known on both sides already. */
function addAfter(graph: Graph, node: Node, dense: BatchValues, pruned: BatchValues): [Node, number] | undefined {
  if (!('act' in node.attr) || node.attr.act !== 'none' || results(graph).includes(node.out[0]!)) return undefined;
  const next = readers(graph)[node.out[0]!]!;
  const add = next[0];
  if (next.length !== 1 || add?.op !== 'add' || add.in[0] === add.in[1]) return undefined;
  const other = add.in[0] === node.out[0] ? add.in[1]! : add.in[0]!;
  const known = dense.at(other) && pruned.at(other);
  const shape = graph.tensors[other]!.shape.join();
  return known && shape === graph.tensors[node.out[0]!]!.shape.join() ? [add, other] : undefined;
}

/** Ends of what a node's output can hold: its activation's, and those of the type it is stored in. */
function endsOf(node: Node, storage: Storage | undefined): { low: number; high: number } {
  const [low, high] = activationRangeF32('act' in node.attr ? node.attr.act : 'none');
  const [least, most] = storage?.range(node.out[0]!) ?? [-Infinity, Infinity];
  return { low: Math.max(low, least), high: Math.min(high, most) };
}

/**
 * The target of a layer at the pixels of a site. One that ends a residual branch also makes up for what the other branch
 * has got wrong.
 * @param y the dense pre-activations of all pixels
 */
export function targetOf(
  graph: Graph,
  node: Node,
  site: Site,
  y: BatchData,
  dense: BatchValues,
  pruned: BatchValues,
  storage?: Storage,
): Target {
  const width = graph.tensors[node.out[0]!]!.shape.at(-1)!;
  const wanted = rowsAt(site, y, width);
  const after = addAfter(graph, node, dense, pruned);
  if (!after) return { wanted, ...endsOf(node, storage) };
  const [add, other] = after;
  const [ours, theirs] = [dense, pruned].map((v) => rowsAt(site, v.at(other)!, width));
  for (let i = 0; i < wanted.length; i++) wanted[i]! += ours![i]! - theirs![i]!;
  return { wanted, skip: theirs!, ...endsOf(add, storage) };
}

/** Share of wanted values that lie beyond the ends, where anything beyond them does as well. */
export function loose({ wanted, skip, low, high }: Target): number {
  let count = 0;
  for (let i = 0; i < wanted.length; i++) {
    const v = wanted[i]! + (skip ? skip[i]! : 0);
    if (v < low || v > high) count++;
  }
  return count / wanted.length;
}

/**
 * Where the dense value lies beyond an end, what the layer gives now becomes the target if it does so too. Repeated
 * solving then minimises the error after the activation.
 * @param now pre-activations that the current weights give
 */
export function relaxed({ wanted, skip, low, high }: Target, now: Float32Array): Float32Array {
  const out = wanted.slice();
  for (let i = 0; i < out.length; i++) {
    const s = skip ? skip[i]! : 0;
    const v = wanted[i]! + s;
    if (v < low) out[i] = Math.min(now[i]!, low - s);
    else if (v > high) out[i] = Math.max(now[i]!, high - s);
  }
  return out;
}
