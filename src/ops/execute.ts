import { elements, type Graph, type Node, newData, type State, type TensorData, type TensorId } from '../ir/graph.js';
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

/** One inference: a typed array per graph input in, a typed array per graph output back. */
export type Run = (inputs: readonly TensorData[], observe?: Observe) => TensorData[];

/** What states hold before the first run. */
function initialState(graph: Graph, { before, initial }: State): TensorData {
  const t = graph.tensors[before]!;
  return initial ?? newData(t.type, elements(t.shape)).fill(t.quant?.zero[0] ?? 0);
}

/** One run from given states to new ones. */
function step(
  graph: Graph,
  constants: readonly (TensorData | undefined)[],
  states: TensorData[],
  inputs: readonly TensorData[],
  observe?: Observe,
): TensorData[] {
  const values: (TensorData | undefined)[] = constants.slice();
  graph.inputs.forEach((id, i) => {
    values[id] = checkInput(graph, id, inputs[i], i);
  });
  graph.states?.forEach(({ before }, i) => {
    values[before] = states[i];
  });
  for (const node of graph.nodes) runNode(graph, node, values, observe);
  graph.states?.forEach(({ after }, i) => {
    states[i] = values[after]!.slice();
  });
  return graph.outputs.map((id) => values[id]!);
}

const beginning = (graph: Graph): TensorData[] => (graph.states ?? []).map((s) => initialState(graph, s));

/**
 * A function that runs a graph, which `checkGraph` accepts, with the reference semantics of its ops. It keeps nothing
 * between calls: states are what they are before the first run. Results are not overwritten by later ones.
 *
 * Arrays have the tensor's type, elements in raster order. An output that is an input or a constant is the same array.
 * The function throws a Problem (input-missing, input-type, input-shape) when inputs do not fit.
 */
export function prepare(graph: Graph): Run {
  const constants = graph.tensors.map((t) => t.data);
  return (inputs, observe) => step(graph, constants, beginning(graph), inputs, observe);
}

/** As `prepare`, but each call begins with the states that the last one left: samples are a stream. */
export function stream(graph: Graph): Run {
  const constants = graph.tensors.map((t) => t.data);
  const states = beginning(graph);
  return (inputs, observe) => step(graph, constants, states, inputs, observe);
}

/** Runs a graph once; see `prepare`. */
export const execute = (graph: Graph, inputs: readonly TensorData[], observe?: Observe): TensorData[] =>
  prepare(graph)(inputs, observe);
