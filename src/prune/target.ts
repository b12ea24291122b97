import { readers } from '../ir/edit.js';
import type { Activation, Graph, Node } from '../ir/graph.js';
import type { BatchData, BatchValues } from '../ops/float/batch.js';
import { activationRangeF32 } from '../ops/quantised.js';

/** What a layer's pre-activations should be, so that what follows sees what it saw in the dense network. */
export interface Target {
  /** wanted pre-activations */
  readonly wanted: BatchData;
  /** what an add right after the layer adds in the pruned network */
  readonly skip?: BatchData;
  /** the activation after the layer, or after that add */
  readonly act: Activation;
}

/** The add that is all that reads a layer, if its other operand is known on both sides already. */
function addAfter(graph: Graph, node: Node, dense: BatchValues, pruned: BatchValues): [Node, number] | undefined {
  if (!('act' in node.attr) || node.attr.act !== 'none' || graph.outputs.includes(node.out[0]!)) return undefined;
  const next = readers(graph)[node.out[0]!]!;
  const add = next[0];
  if (next.length !== 1 || add?.op !== 'add' || add.in[0] === add.in[1]) return undefined;
  const other = add.in[0] === node.out[0] ? add.in[1]! : add.in[0]!;
  const known = dense.at(other) && pruned.at(other);
  const shape = graph.tensors[other]!.shape.join();
  return known && shape === graph.tensors[node.out[0]!]!.shape.join() ? [add, other] : undefined;
}

/**
 * The target of a layer. One that ends a residual branch also makes up for what the other branch has got wrong.
 * @param y the dense pre-activations
 */
export function targetOf(graph: Graph, node: Node, y: BatchData, dense: BatchValues, pruned: BatchValues): Target {
  const act = 'act' in node.attr ? node.attr.act : 'none';
  const after = addAfter(graph, node, dense, pruned);
  if (!after) return { wanted: y, act };
  const [add, other] = after;
  const [ours, theirs] = [dense.at(other)!, pruned.at(other)!];
  return {
    wanted: y.map((v, i) => v + ours[i]! - theirs[i]!),
    skip: theirs,
    act: 'act' in add.attr ? add.attr.act : 'none',
  };
}

/**
 * Where the dense value lies beyond the activation's end, anything beyond it does as well: what the layer gives now
 * becomes the target there. Repeated solving then minimises the error after the activation.
 * @param now pre-activations that the current weights give
 */
export function relaxed({ wanted, skip, act }: Target, now: BatchData): BatchData {
  const [low, high] = activationRangeF32(act);
  return wanted.map((v, i) => {
    const s = skip ? skip[i]! : 0;
    if (v + s < low) return Math.min(now[i]!, low - s);
    return v + s > high ? Math.max(now[i]!, high - s) : v;
  });
}
