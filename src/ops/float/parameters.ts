/** The weights and biases of a graph as tensors that are trained. */
import { withTensors } from '../../ir/edit.js';
import type { Graph, Node, Tensor, TensorId } from '../../ir/graph.js';
import { ancestors } from './gradient.js';
import { type TrainedInput, trainedInputs } from './trained.js';

export interface Parameter {
  /** numbers of the nodes that use it */
  readonly nodes: readonly number[];
  readonly id: TensorId;
  readonly kind: TrainedInput['kind'];
  readonly values: Float32Array;
  /** size of a typical value: networks with folded batch norm have tensors of very different size */
  readonly rms: number;
  /** weights only: 0 where a weight is to stay 0 */
  mask?: Uint8Array;
}

function rms(data: ArrayLike<number>): number {
  let [sum, count] = [0, 0];
  for (let i = 0; i < data.length; i++)
    if (data[i] !== 0) {
      sum += data[i]! ** 2;
      count++;
    }
  return count ? Math.sqrt(sum / count) : 0;
}

/** What is not 0 of a weight tensor. */
export const maskOf = (values: ArrayLike<number>): Uint8Array => Uint8Array.from(values, (w) => (w === 0 ? 0 : 1));

function parametersAt(graph: Graph, index: number, node: Node): Parameter[] {
  const list = trainedInputs(graph, node).map(({ input, kind }): Parameter => {
    const values = Float32Array.from(graph.tensors[node.in[input]!]!.data!);
    return { nodes: [index], id: node.in[input]!, kind, values, rms: rms(values) };
  });
  // What is nothing but zeros, as the bias of a fresh network, is to learn too.
  const size = list[0]?.rms ?? 0;
  return list.map((p) => ({ ...p, rms: p.rms || size }));
}

/**
 * The weights and biases that the given tensors depend on, each once.
 * @param ends tensors that are judged
 */
export function parametersOf(graph: Graph, ends: readonly TensorId[]): Parameter[] {
  const list = new Map<TensorId, Parameter>();
  for (const i of ancestors(graph, ends)) {
    const node = graph.nodes[i]!;
    for (const p of parametersAt(graph, i, node))
      list.set(p.id, list.has(p.id) ? { ...p, nodes: [...list.get(p.id)!.nodes, i] } : p);
  }
  return [...list.values()];
}

/** A graph with other values for its parameters. */
export function withParameters(
  graph: Graph,
  parameters: readonly Parameter[],
  valuesOf: (p: Parameter, node: Node) => Float32Array,
): Graph {
  const changes = new Map<TensorId, Tensor>();
  for (const p of parameters)
    changes.set(p.id, { ...graph.tensors[p.id]!, data: valuesOf(p, graph.nodes[p.nodes[0]!]!) });
  return withTensors(graph, changes);
}
