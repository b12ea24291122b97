import { filterNodes, readers, writers } from '../ir/edit.js';
import type { Activation, Graph, Node, NodeOf, TensorId } from '../ir/graph.js';
import { results } from '../ir/graph.js';
import { sameEncoding } from './remove-identity.js';

type Fusing = Extract<Node, { attr: { act: Activation } }>;

/** Kernels that join tensors only copy. */
const fuses = (node: Node | undefined): node is Fusing =>
  node !== undefined && 'act' in node.attr && node.op !== 'relu' && node.op !== 'concatenation';

/** The activation that equals `first` followed by `second`; undefined when the vocabulary has none. */
function compose(first: Activation, second: Activation): Activation | undefined {
  if (first === 'none' || first === second) return second;
  if (first === 'relu' && second === 'relu6') return 'relu6';
  if (first === 'relu6' && second === 'relu') return 'relu6';
  return undefined;
}

/**
 * A stand-alone activation moves into the node before it when nobody else reads the value between and both tensors store
 * values alike: then clamping before or after storing gives the same bits.
 */
export function fuseActivation(graph: Graph): Graph {
  const by = writers(graph);
  const read = readers(graph);
  const fused = new Map<Node, Activation>();
  const gone = new Set<Node>();
  const map = new Map<TensorId, TensorId>();
  for (const node of graph.nodes) {
    if (node.op !== 'relu') continue;
    const before = by[node.in[0]!];
    const act =
      fuses(before) && !fused.has(before) && isPrivate(graph, node, read)
        ? compose(before.attr.act, node.attr.act)
        : undefined;
    if (!act) continue;
    fused.set(before!, act);
    gone.add(node);
    map.set(node.in[0]!, node.out[0]!);
  }
  const kept = filterNodes(graph, (node) => !gone.has(node));
  return { ...kept, nodes: kept.nodes.map((n) => absorb(n, fused.get(n), map)) };
}

const isPrivate = (graph: Graph, node: NodeOf<'relu'>, read: readonly Node[][]): boolean =>
  read[node.in[0]!]!.length === 1 &&
  !results(graph).includes(node.in[0]!) &&
  sameEncoding(graph.tensors[node.in[0]!]!, graph.tensors[node.out[0]!]!);

/** The producer now writes what the activation wrote. */
function absorb(node: Node, act: Activation | undefined, map: ReadonlyMap<TensorId, TensorId>): Node {
  if (!act) return node;
  return { ...node, attr: { ...node.attr, act }, out: node.out.map((id) => map.get(id) ?? id) } as Node;
}
