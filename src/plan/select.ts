import { readers, writers } from '../ir/edit.js';
import type { Graph, Node, NodeOf, Tensor, TensorId } from '../ir/graph.js';
import { kernels } from '../kernels/index.js';
import type { Kernel, Site, Target } from '../kernels/kernel.js';
import { inputsOf, outputsOf } from '../ops/op.js';
import { Problem } from '../support/problem.js';

/** A kernel chosen for a node (and for the add it absorbs). */
export interface Choice {
  readonly site: Site;
  readonly kernel: Kernel;
  /** the other kernels that fit, cheapest first */
  readonly others: readonly Kernel[];
  /** tensors read and written while it runs, weights left out: x, then x2 or the skip tensor */
  readonly reads: readonly TensorId[];
  readonly writes: TensorId;
}

/** Tensors that belong to a kernel's own arrays, not to its arguments: weights and biases. */
function activations(node: Node): readonly TensorId[] {
  const weighted = node.op === 'conv2d' || node.op === 'depthwise_conv2d' || node.op === 'fully_connected';
  return weighted ? node.in.slice(0, 1) : node.in;
}

/**
 * For each add, the convolution that can write the sum directly: the last of its operands to be computed, if nobody else
 * reads it. The skip tensor is then there already.
 */
function fusableAdds(graph: Graph): Map<Node, NodeOf<'add'>> {
  const by = writers(graph);
  const read = readers(graph);
  const order = new Map(graph.nodes.map((n, i) => [n, i]));
  const fused = new Map<Node, NodeOf<'add'>>();
  for (const node of graph.nodes) {
    if (node.op !== 'add' || node.in[0] === node.in[1]) continue;
    const last = [...node.in].sort((a, b) => (order.get(by[b]!) ?? -1) - (order.get(by[a]!) ?? -1))[0]!;
    const producer = by[last];
    const sameShape = node.in.every((id) => `${graph.tensors[id]!.shape}` === `${graph.tensors[node.out[0]!]!.shape}`);
    const isPrivate = read[last]!.length === 1 && !graph.outputs.includes(last);
    if (producer && isPrivate && sameShape && !graph.tensors[node.in.find((id) => id !== last)!]!.data)
      fused.set(producer, node);
  }
  return fused;
}

function siteOf(graph: Graph, node: Node, prefix: string, add?: NodeOf<'add'>): Site {
  const middle = outputsOf(graph, node)[0]!;
  const output: Tensor = add ? outputsOf(graph, add)[0]! : middle;
  return { graph, node, ...(add && { add }), inputs: inputsOf(graph, node), output, middle, prefix };
}

/** The kernels that fit, cheapest first. */
function fitting(site: Site, target: Target): Kernel[] {
  const fits = (k: Kernel) =>
    k.op === site.node.op &&
    (k.fusesAdd ?? false) === (site.add !== undefined) &&
    k.needs.every((f) => target.features.includes(f)) &&
    k.fits(site);
  const priced = kernels.filter(fits).map((kernel) => ({ kernel, cost: kernel.cost(site, target).instructions }));
  return priced.sort((a, b) => a.cost - b.cost).map(({ kernel }) => kernel);
}

function unsupported(site: Site, target: Target): Problem {
  const types = site.inputs.map((t) => t.type).join(', ');
  return new Problem(
    'kernel-missing',
    `no kernel of target ${target.name} computes ${site.node.op} on (${types}) -> ${site.output.type}`,
    site.node.from,
    'run `espalier inspect` to see the types of every layer',
  );
}

/**
 * The cheapest kernel that fits, for every node in order. An add that a convolution absorbs has no entry of its own.
 * @throws Problem `kernel-missing` naming the op
 */
export function selectKernels(graph: Graph, target: Target, prefix: string): Choice[] {
  const adds = fusableAdds(graph);
  const absorbed = new Set<Node>();
  const choices: Choice[] = [];
  for (const node of graph.nodes) {
    if (absorbed.has(node) || node.op === 'reshape') continue;
    const plain = siteOf(graph, node, `${prefix}_${node.name}`);
    const add = adds.get(node);
    const withAdd = add && siteOf(graph, node, `${prefix}_${node.name}`, add);
    const fused = withAdd ? fitting(withAdd, target) : [];
    const site = withAdd && fused.length ? withAdd : plain;
    const [kernel, ...others] = fused.length ? fused : fitting(plain, target);
    if (!kernel) throw unsupported(plain, target);
    if (site.add) absorbed.add(add!);
    const skip = site.add ? add!.in.filter((id) => id !== node.out[0]) : [];
    const reads = [...activations(node), ...skip];
    choices.push({ site, kernel, others, reads, writes: (site.add ?? node).out[0]! });
  }
  return choices;
}
