import { checkStructure } from '../ir/check.js';
import type { Graph, Node, Shape } from '../ir/graph.js';
import { opDef } from './index.js';
import { inputsOf, outputsOf } from './op.js';
import { unfit } from './validate.js';

function checkOperandCount(node: Node): void {
  const [fewest, most] = opDef(node).inputs;
  if (node.in.length < fewest || node.in.length > most)
    throw unfit(
      node,
      'op-inputs',
      `${node.in.length} inputs instead of ${fewest === most ? most : `${fewest} to ${most}`}`,
    );
  const [least, greatest] = opDef(node).outputs ?? [1, 1];
  if (node.out.length < least || node.out.length > greatest)
    throw unfit(node, 'op-outputs', `${node.out.length} outputs instead of ${greatest === 1 ? 'one' : greatest}`);
}

const same = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((d, i) => d === b[i]);

/**
 * Does the node fit its op, and are the recorded output shapes those that the op computes?
 * @throws Problem: op-inputs, op-outputs, what infer() throws, or shape-mismatch
 */
export function checkNode(graph: Graph, node: Node): void {
  checkOperandCount(node);
  const outputs = outputsOf(graph, node);
  const shapes = opDef(node).infer(node, inputsOf(graph, node), outputs);
  outputs.forEach((t, i) => {
    if (!same(t.shape, shapes[i]!))
      throw unfit(node, 'shape-mismatch', `output "${t.name}" has shape [${t.shape}] but should have [${shapes[i]}]`);
  });
}

/**
 * Is the graph well formed, and does every node fit its op?
 * @throws Problem naming the tensor or the node
 */
export function checkGraph(graph: Graph): void {
  checkStructure(graph);
  for (const node of graph.nodes) checkNode(graph, node);
}
