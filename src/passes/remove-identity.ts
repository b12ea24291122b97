import { filterNodes, redirect } from '../ir/edit.js';
import { type Graph, type Node, type NodeOf, results, type Tensor, type TensorId } from '../ir/graph.js';
import { activationRange } from '../ops/quantised.js';

const sameShape = (a: Tensor, b: Tensor): boolean =>
  a.shape.length === b.shape.length && a.shape.every((d, i) => d === b.shape[i]);

/** Do two tensors store the same real values in the same bits? */
export const sameEncoding = (a: Tensor, b: Tensor): boolean =>
  a.type === b.type && JSON.stringify(a.quant ?? null) === JSON.stringify(b.quant ?? null);

/** A stand-alone activation that clamps nothing which the stored type would not clamp anyway. */
function clampsNothing(node: NodeOf<'relu'>, x: Tensor, y: Tensor): boolean {
  if (x.type !== 's8' || !sameEncoding(x, y)) return false;
  const [low, high] = activationRange(node.attr.act, y);
  return low <= -128 && high >= 127;
}

function isIdentity(node: Node, graph: Graph): boolean {
  const x = graph.tensors[node.in[0]!]!;
  const y = graph.tensors[node.out[0]!]!;
  switch (node.op) {
    case 'reshape':
      return sameShape(x, y);
    case 'quantize':
      return sameEncoding(x, y);
    case 'dequantize':
      return x.type === y.type;
    case 'transpose':
      return node.attr.perm.every((axis, i) => axis === i);
    case 'pad':
      return [...node.attr.before, ...node.attr.after].every((n) => n === 0);
    case 'concatenation':
      return node.in.length === 1 && node.attr.act === 'none';
    case 'cast':
      return x.type === y.type;
    case 'tile':
    case 'broadcast_to':
      return sameShape(x, y);
    case 'strided_slice':
      return sameShape(x, y) && node.attr.strides.every((stride) => stride > 0);
    case 'relu':
      return clampsNothing(node, x, y);
    default:
      return false;
  }
}

/** What a run is given: inputs and old states. */
const given = (graph: Graph): TensorId[] => [...graph.inputs, ...(graph.states ?? []).map((s) => s.before)];

/** Drops nodes that copy their input; a reshape of a reshape reads the first one's input. */
export function removeIdentity(graph: Graph): Graph {
  const map = new Map<TensorId, TensorId>();
  const ends = new Set(results(graph));
  // A result must stay a tensor of its own when it would become what a run is given, or another result.
  const taken = new Set([...given(graph), ...ends]);
  const source = (id: TensorId): TensorId => (map.has(id) ? source(map.get(id)!) : id);
  const kept = filterNodes(graph, (node) => {
    const [from, to] = [source(node.in[0] ?? -1), node.out[0]!];
    const drops = isIdentity(node, graph) && !(ends.has(to) && taken.has(from));
    if (drops) map.set(to, from);
    if (drops && ends.has(to)) taken.add(from);
    return !drops;
  });
  return joinReshapes(redirect(kept, map));
}

function joinReshapes(graph: Graph): Graph {
  const source = new Map<TensorId, TensorId>();
  const nodes = graph.nodes.map((node) => {
    if (node.op !== 'reshape') return node;
    const from = source.get(node.in[0]!) ?? node.in[0]!;
    source.set(node.out[0]!, from);
    return from === node.in[0] ? node : { ...node, in: [from] };
  });
  return { ...graph, nodes };
}
