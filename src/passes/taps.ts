import type { Graph } from '../ir/graph.js';
import { Problem } from '../support/problem.js';

/**
 * Adds tensors, by name, to the outputs of the graph.
 * @throws Problem `tap-unknown`
 */
export function withTaps(graph: Graph, taps: readonly string[]): Graph {
  const ids = taps.map((name) => {
    const id = graph.tensors.findIndex((t) => t.name === name && !t.data);
    if (id < 0)
      throw new Problem(
        'tap-unknown',
        `no computed tensor is called "${name}"`,
        '--tap',
        'see `espalier inspect --tensors` for the names',
      );
    return id;
  });
  return { ...graph, outputs: [...new Set([...graph.outputs, ...ids])] };
}
