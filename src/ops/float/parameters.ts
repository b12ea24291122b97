/** The weights and biases of a graph as tensors that are trained. */
import { withTensors } from '../../ir/edit.js';
import type { Graph, Node, Tensor, TensorId } from '../../ir/graph.js';
import { type AffineNode, isAffine } from './batch.js';
import { ancestors, type ParameterGradient } from './gradient.js';

export interface Parameter {
  /** numbers of the nodes that use it */
  readonly nodes: readonly number[];
  readonly id: TensorId;
  readonly kind: keyof ParameterGradient;
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

function parametersAt(graph: Graph, index: number, node: AffineNode): Parameter[] {
  const weights = Float32Array.from(graph.tensors[node.in[1]!]!.data!);
  const size = rms(weights);
  const own: Parameter = { nodes: [index], id: node.in[1]!, kind: 'weights', values: weights, rms: size };
  if (node.in[2] === undefined) return [own];
  const bias = Float32Array.from(graph.tensors[node.in[2]]!.data!);
  // A bias of nothing but zeros, as a fresh network has it, is to learn too.
  return [own, { nodes: [index], id: node.in[2], kind: 'bias', values: bias, rms: rms(bias) || size }];
}

/**
 * The weights and biases that the given tensors depend on, each once.
 * @param ends tensors that are judged
 */
export function parametersOf(graph: Graph, ends: readonly TensorId[]): Parameter[] {
  const list = new Map<TensorId, Parameter>();
  for (const i of ancestors(graph, ends)) {
    const node = graph.nodes[i]!;
    if (!isAffine(graph, node)) continue;
    for (const p of parametersAt(graph, i, node))
      list.set(p.id, list.has(p.id) ? { ...p, nodes: [...list.get(p.id)!.nodes, i] } : p);
  }
  return [...list.values()];
}

/** The gradient of a parameter, summed over the nodes that use it; undefined where nothing that is judged does. */
export function gradientOf(p: Parameter, found: ReadonlyMap<number, ParameterGradient>): Float32Array | undefined {
  const all = p.nodes.map((node) => found.get(node)?.[p.kind]).filter((g) => g !== undefined);
  return all.length < 2 ? all[0] : all[0]!.map((_, i) => all.reduce((sum, g) => sum + g[i]!, 0));
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
