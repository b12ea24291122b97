import { Problem } from '../support/problem.js';
import { elements, type Graph, type Node, type State, type Tensor } from './graph.js';

const bad = (code: string, message: string, where: string): Problem => new Problem(code, message, where);

function checkTensor(t: Tensor, id: number): void {
  const where = `tensor #${id} "${t.name}"`;
  if (!t.shape.every((d) => Number.isInteger(d) && d >= 1))
    throw bad('tensor-shape', `dimensions must be whole numbers >= 1, not [${t.shape}]`, where);
  if (t.data && t.data.length !== elements(t.shape))
    throw bad('tensor-data', `${t.data.length} values for shape [${t.shape}]`, where);
  if (t.quant) checkQuant(t, where);
}

function checkQuant(t: Tensor, where: string): void {
  const { scale, zero, axis } = t.quant!;
  const slices = axis === undefined ? 1 : t.shape[axis];
  if (scale.length !== slices || zero.length !== slices)
    throw bad('tensor-quant', `${scale.length} scales and ${zero.length} zero points for ${slices} slices`, where);
  if (!scale.every((s) => Number.isFinite(s) && s > 0))
    throw bad('tensor-quant', 'scales must be finite and positive', where);
}

function checkNode(node: Node, graph: Graph, defined: Set<number>): void {
  for (const id of node.in) {
    if (!graph.tensors[id]) throw bad('tensor-dangling', `reads tensor #${id}, which does not exist`, node.from);
    if (!defined.has(id) && !graph.tensors[id].data)
      throw bad('tensor-undefined', `reads "${graph.tensors[id].name}" before anything wrote it`, node.from);
  }
  for (const id of node.out) {
    const t = graph.tensors[id];
    if (!t) throw bad('tensor-dangling', `writes tensor #${id}, which does not exist`, node.from);
    if (defined.has(id) || t.data)
      throw bad('tensor-rewritten', `writes "${t.name}", which has a value already`, node.from);
    defined.add(id);
  }
}

function checkState(graph: Graph, { name, before, after, initial }: State, defined: ReadonlySet<number>): void {
  const where = `state "${name}"`;
  const [from, to] = [graph.tensors[before]!, graph.tensors[after]];
  if (!to || (!defined.has(after) && !to.data)) throw bad('tensor-undefined', 'its new value is never written', where);
  if (before === after) throw bad('state-shape', 'it never changes', where);
  if (from.type !== to.type || elements(from.shape) !== elements(to.shape))
    throw bad('state-shape', `${from.type} [${from.shape}] becomes ${to.type} [${to.shape}]`, where);
  if (initial && initial.length !== elements(from.shape))
    throw bad('state-shape', `${initial.length} values to begin with for [${from.shape}]`, where);
}

/**
 * Is the graph well formed: shapes positive, data and scales of the right length, nodes in topological order, every
 * tensor written at most once, inputs and outputs present, names unique.
 * @throws Problem naming the tensor or node
 */
export function checkStructure(graph: Graph): void {
  graph.tensors.forEach(checkTensor);
  const defined = new Set<number>();
  for (const id of graph.inputs) {
    if (!graph.tensors[id]) throw bad('tensor-dangling', `input tensor #${id} does not exist`, 'graph inputs');
    defined.add(id);
  }
  for (const { before } of graph.states ?? []) {
    if (!graph.tensors[before] || defined.has(before) || graph.tensors[before].data)
      throw bad('tensor-dangling', `state tensor #${before} does not exist or has a value`, 'graph states');
    defined.add(before);
  }
  const names = new Set<string>();
  for (const node of graph.nodes) {
    checkNode(node, graph, defined);
    if (names.has(node.name)) throw bad('name-twice', `two nodes are called "${node.name}"`, node.from);
    names.add(node.name);
  }
  if (!graph.outputs.length) throw bad('no-outputs', 'the graph has no outputs', 'graph outputs');
  for (const id of graph.outputs)
    if (!graph.tensors[id] || (!defined.has(id) && !graph.tensors[id].data))
      throw bad('tensor-undefined', `output tensor #${id} is never written`, 'graph outputs');
  for (const state of graph.states ?? []) checkState(graph, state, defined);
}
