import { addTensors } from '../ir/edit.js';
import type { Graph, Node, NodeOf, Tensor, TensorId } from '../ir/graph.js';

/** Kernels join up to so many operands at once. */
const mostOperands = 8;

type Join = NodeOf<'concatenation'>;

/** The graph with a concatenation of up to eight operands more, and the tensor that it makes. */
function joined(graph: Graph, node: Join, operands: readonly TensorId[], name: string): [Graph, Join] {
  const { axis } = node.attr;
  const [first, ...others] = operands.map((id) => graph.tensors[id]!);
  const length = others.reduce((sum, t) => sum + t.shape[axis]!, first!.shape[axis]!);
  const { data: _, ...about } = first!;
  const tensor: Tensor = { ...about, name, shape: first!.shape.map((d, i) => (i === axis ? length : d)) };
  const added = addTensors(graph, [tensor]);
  return [added.graph, { ...node, name, in: operands, out: added.ids }];
}

/** An activation stands alone: no kernel joins and clamps. */
function withoutActivation(graph: Graph, node: Join): [Graph, Join, Node[]] {
  const { act } = node.attr;
  if (act === 'none') return [graph, node, []];
  const added = addTensors(graph, [{ ...graph.tensors[node.out[0]!]!, name: `${node.name}_joined` }]);
  const relu: NodeOf<'relu'> = { ...node, op: 'relu', name: `${node.name}_${act}`, attr: { act }, in: added.ids };
  return [added.graph, { ...node, attr: { ...node.attr, act: 'none' }, out: added.ids }, [relu]];
}

/** Runs of neighbours are joined first, then the results, until there are eight at most. */
function split(graph: Graph, whole: Join): { graph: Graph; nodes: Node[] } {
  const nodes: Node[] = [];
  const [plain, node, after] = withoutActivation(graph, whole);
  let [result, operands] = [plain, [...node.in]];
  while (operands.length > mostOperands) {
    const next: TensorId[] = [];
    for (let i = 0; i < operands.length; i += mostOperands) {
      const run = operands.slice(i, i + mostOperands);
      if (run.length === 1) next.push(run[0]!);
      else {
        const [more, part] = joined(result, node, run, `${node.name}_part_${nodes.length}`);
        result = more;
        nodes.push(part);
        next.push(part.out[0]!);
      }
    }
    operands = next;
  }
  return { graph: result, nodes: [...nodes, { ...node, in: operands }, ...after] };
}

/** Concatenations as kernels take them: those of many operands become several of few, activations nodes of their own. */
export function splitConcatenations(graph: Graph): Graph {
  const isSplit = (node: Node): node is Join =>
    node.op === 'concatenation' && (node.in.length > mostOperands || node.attr.act !== 'none');
  if (!graph.nodes.some(isSplit)) return graph;
  let result = graph;
  const nodes = graph.nodes.flatMap((node): readonly Node[] => {
    if (!isSplit(node)) return [node];
    const { graph: more, nodes: parts } = split(result, node);
    result = more;
    return parts;
  });
  return { ...result, nodes };
}
