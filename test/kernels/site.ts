/** The places in a graph where kernels can be used, each with the data that meet there. */
import type { Graph, Node, NodeOf, TensorData, TensorId } from '../../src/ir/graph.js';
import { kernels } from '../../src/kernels/index.js';
import type { Kernel, Site } from '../../src/kernels/kernel.js';
import { execute } from '../../src/ops/execute.js';
import { inputsOf, outputsOf } from '../../src/ops/op.js';

/** One kernel at one site. */
export interface Job {
  readonly name: string;
  readonly kernel: Kernel;
  readonly site: Site;
  /** x, then x2 or the skip tensor, ...: what the C function is called with */
  readonly inputs: readonly TensorData[];
  readonly expected: TensorData;
  /** per input what it is after the call, if it is a state that goes on */
  readonly after: readonly (TensorData | undefined)[];
  /** float results may differ by this */
  readonly tolerance: number;
}

const weighted = new Set(['conv2d', 'depthwise_conv2d', 'fully_connected', 'transpose_conv']);

const recurrent = new Set(['lstm', 'gru', 'svdf', 'audio_features']);

/** Tensors that the C function takes, weights left out. */
function reads(graph: Graph, node: Node, add: NodeOf<'add'> | undefined): TensorId[] {
  const computed = node.in.filter((id) => !graph.tensors[id]!.data);
  const own = recurrent.has(node.op) ? computed : weighted.has(node.op) ? node.in.slice(0, 1) : node.in;
  return [...own, ...(add ? add.in.filter((id) => id !== node.out[0]) : [])];
}

function siteOf(graph: Graph, node: Node, prefix: string, add?: NodeOf<'add'>): Site {
  const middle = outputsOf(graph, node)[0]!;
  const output = add ? outputsOf(graph, add)[0]! : middle;
  return { graph, node, ...(add && { add }), inputs: inputsOf(graph, node), output, middle, prefix };
}

/** 1e-5 of the range of a float tensor, zero included. */
function tolerance(data: TensorData): number {
  if (!(data instanceof Float32Array)) return 0;
  return 1e-5 * (Math.max(...data, 0) - Math.min(...data, 0));
}

/**
 * Every kernel at every node of a graph that it fits, and at every convolution with the add that follows.
 * @param from number of the first job; makes names unique
 * @param table kernels that are tried; default those of C
 */
export function jobsOf(
  name: string,
  graph: Graph,
  inputs: readonly TensorData[],
  from: number,
  table: readonly Kernel[] = kernels,
): Job[] {
  const values: (TensorData | undefined)[] = graph.tensors.map((t) => t.data);
  graph.inputs.forEach((id, i) => {
    values[id] = inputs[i];
  });
  execute(graph, inputs, (id, data) => {
    values[id] = data;
  });
  const jobs: Job[] = [];
  const use = (node: Node, add?: NodeOf<'add'>): void => {
    for (const kernel of table) {
      const site = siteOf(graph, node, `k${from + jobs.length}`, add);
      if (kernel.op !== node.op || (kernel.fusesAdd ?? false) !== (add !== undefined) || !kernel.fits(site)) continue;
      const expected = values[(add ?? node).out[0]!]!;
      const data = reads(graph, node, add).map((id) => values[id]!);
      const after = data.map((_, i) => (node.out[i] !== undefined && i > 0 ? values[node.out[i]!] : undefined));
      jobs.push({ name, kernel, site, inputs: data, expected, after, tolerance: tolerance(expected) });
    }
  };
  for (const node of graph.nodes) {
    use(node);
    const add = graph.nodes.find((n): n is NodeOf<'add'> => n.op === 'add' && n.in.includes(node.out[0]!));
    if (add && weighted.has(node.op)) use(node, add);
  }
  return jobs;
}
