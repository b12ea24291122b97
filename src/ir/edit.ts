import { type Graph, type Node, results, type State, type Tensor, type TensorId } from './graph.js';

/** Nodes that read each tensor, in order. */
export function readers(graph: Graph): readonly Node[][] {
  const lists: Node[][] = graph.tensors.map(() => []);
  for (const node of graph.nodes) for (const id of new Set(node.in)) lists[id]!.push(node);
  return lists;
}

/** The node that writes each tensor, if any. */
export function writers(graph: Graph): readonly (Node | undefined)[] {
  const by: (Node | undefined)[] = graph.tensors.map(() => undefined);
  for (const node of graph.nodes) for (const id of node.out) by[id] = node;
  return by;
}

/** Replaces tensors by id; the rest is shared. */
export function withTensors(graph: Graph, changes: ReadonlyMap<TensorId, Tensor>): Graph {
  return changes.size ? { ...graph, tensors: graph.tensors.map((t, id) => changes.get(id) ?? t) } : graph;
}

/** Every read of tensor `from` (by nodes and graph outputs) becomes a read of `to`. */
export function redirect(graph: Graph, map: ReadonlyMap<TensorId, TensorId>): Graph {
  if (!map.size) return graph;
  const to = (id: TensorId): TensorId => (map.has(id) ? to(map.get(id)!) : id);
  return {
    ...graph,
    nodes: graph.nodes.map((n) => ({ ...n, in: n.in.map(to) }) as Node),
    outputs: graph.outputs.map(to),
    ...withStates(graph, (s) => ({ ...s, after: to(s.after) })),
  };
}

const withStates = (graph: Graph, change: (state: State) => State): Pick<Graph, 'states'> =>
  graph.states ? { states: graph.states.map(change) } : {};

/** Adds tensors at the end of the table; returns the graph and the new ids. */
export function addTensors(graph: Graph, tensors: readonly Tensor[]): { graph: Graph; ids: TensorId[] } {
  const first = graph.tensors.length;
  return { graph: { ...graph, tensors: [...graph.tensors, ...tensors] }, ids: tensors.map((_, i) => first + i) };
}

/** Keeps only the nodes that `keep` accepts. */
export const filterNodes = (graph: Graph, keep: (node: Node) => boolean): Graph => ({
  ...graph,
  nodes: graph.nodes.filter(keep),
});

/** Drops nodes whose results nobody needs, and tensors that nobody names; ids are renumbered in order of appearance. */
export function sweep(graph: Graph): Graph {
  const needed = new Set(results(graph));
  const nodes = [...graph.nodes].reverse().filter((node) => {
    const live = node.out.some((id) => needed.has(id));
    if (live) for (const id of node.in) needed.add(id);
    return live;
  });
  return renumber({ ...graph, nodes: nodes.reverse() });
}

function renumber(graph: Graph): Graph {
  const ids = new Map<TensorId, TensorId>();
  const tensors: Tensor[] = [];
  const to = (id: TensorId): TensorId => {
    if (!ids.has(id)) ids.set(id, tensors.push(graph.tensors[id]!) - 1);
    return ids.get(id)!;
  };
  const inputs = graph.inputs.map(to);
  const nodes = graph.nodes.map((n) => ({ ...n, in: n.in.map(to), out: n.out.map(to) }) as Node);
  const states = withStates(graph, (s) => ({ ...s, before: to(s.before), after: to(s.after) }));
  return { ...graph, inputs, nodes, outputs: graph.outputs.map(to), ...states, tensors };
}
