import { elements, type Graph, type Node, newData, type TensorData, type TensorId } from '../ir/graph.js';
import { Problem } from '../support/problem.js';
import { opDef } from './index.js';
import { outputsOf, type Value } from './op.js';

/** Is told of every tensor a node computes. The data are not to be changed. */
export type Observe = (id: TensorId, data: TensorData, node: Node) => void;

function checkInput(graph: Graph, id: TensorId, data: TensorData | undefined, index: number): TensorData {
  const t = graph.tensors[id]!;
  const where = `input ${index} "${t.name}"`;
  if (!data) throw new Problem('input-missing', 'no data given', where);
  if (data.constructor !== newData(t.type, 0).constructor)
    throw new Problem('input-type', `${data.constructor.name} given for ${t.type}`, where);
  if (data.length !== elements(t.shape))
    throw new Problem('input-shape', `${data.length} values given for shape [${t.shape}]`, where);
  return data;
}

function runNode(graph: Graph, node: Node, values: (TensorData | undefined)[], observe?: Observe): void {
  const inputs = node.in.map((id): Value => ({ ...graph.tensors[id]!, data: values[id]! }));
  const results = opDef(node).run(node, inputs, outputsOf(graph, node));
  node.out.forEach((id, i) => {
    values[id] = results[i]!;
    observe?.(id, results[i]!, node);
  });
}

/**
 * Runs a graph that `checkGraph` accepts with the reference semantics of its ops.
 * @param inputs one typed array per graph input, of its type, elements in raster order
 * @returns one typed array per graph output; an output that is an input or a constant is the same array
 * @throws Problem when inputs are missing or do not fit
 */
export function execute(graph: Graph, inputs: readonly TensorData[], observe?: Observe): TensorData[] {
  const values: (TensorData | undefined)[] = graph.tensors.map((t) => t.data);
  graph.inputs.forEach((id, i) => {
    values[id] = checkInput(graph, id, inputs[i], i);
  });
  for (const node of graph.nodes) runNode(graph, node, values, observe);
  return graph.outputs.map((id) => values[id]!);
}
