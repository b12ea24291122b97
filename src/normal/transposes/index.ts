import type { Graph, Node } from '../../ir/graph.js';
import { rules } from './rules.js';
import { Views } from './views.js';

/**
 * Moves every TRANSPOSE down through the ops that can work on turned tensors, until it meets its opposite, weights that can
 * be turned instead, an op that wants its inputs as they are, or an output. Exact: no value changes.
 */
export function sinkTransposes(graph: Graph): Graph {
  const views = new Views(graph);
  for (const node of graph.nodes) {
    const rule = rules[node.op] as ((views: Views, node: Node) => void) | undefined;
    if (rule) rule(views, node);
    else views.keep(node);
  }
  return views.finish();
}
