import { addTensors, filterNodes, withTensors } from '../ir/edit.js';
import type { Graph, Node, Tensor, TensorId } from '../ir/graph.js';
import { opDef } from '../ops/index.js';
import type { Value } from '../ops/op.js';

/** Computes every node whose inputs are all constant, with the reference semantics. */
export function foldConstants(graph: Graph): Graph {
  const known = new Map<TensorId, Tensor>();
  const at = (id: TensorId): Tensor => known.get(id) ?? graph.tensors[id]!;
  const folded = new Set<Node>();
  for (const node of graph.nodes) {
    if (!node.in.length || !node.in.every((id) => at(id).data)) continue;
    const outputs = node.out.map(at);
    const data = opDef(node).run(node, node.in.map(at) as Value[], outputs);
    for (const [i, id] of node.out.entries()) known.set(id, { ...outputs[i]!, data: data[i]! });
    folded.add(node);
  }
  return filterNodes(withTensors(graph, known), (node) => !folded.has(node));
}

/**
 * A constant that two nodes read but that a pass wants to change for one of them gets a copy of its own, so that weights
 * belong to exactly one node.
 */
export function ownConstants(graph: Graph): Graph {
  const seen = new Set<TensorId>();
  let next = graph;
  const nodes = graph.nodes.map((node) => {
    const inputs = node.in.map((id) => {
      if (!graph.tensors[id]!.data || !seen.has(id)) {
        seen.add(id);
        return id;
      }
      const copy = addTensors(next, [graph.tensors[id]!]);
      next = copy.graph;
      return copy.ids[0]!;
    });
    return { ...node, in: inputs } as Node;
  });
  return { ...next, nodes };
}
