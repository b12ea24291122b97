import { readers, writers } from '../ir/edit.js';
import type { Graph, Node, NodeOf, Tensor, TensorId } from '../ir/graph.js';
import { results } from '../ir/graph.js';
import { kernelsFor } from '../kernels/index.js';
import type { Kernel, Site, Target } from '../kernels/kernel.js';
import { inputsOf, outputsOf } from '../ops/op.js';
import { Problem } from '../support/problem.js';
import { arrayBytes, layerArrays } from './plan.js';

/** A kernel chosen for a node (and for the add it absorbs). */
export interface Choice {
  readonly site: Site;
  readonly kernel: Kernel;
  /** the other kernels that fit, best first */
  readonly others: readonly Kernel[];
  /** of all of them, in the unit of `priceOf` */
  readonly prices: ReadonlyMap<Kernel, number>;
  /** tensors read and written while it runs, weights left out: x, then x2 or the skip tensor */
  readonly reads: readonly TensorId[];
  readonly writes: TensorId;
}

/** Tensors that belong to a kernel's own arrays, not to its arguments: weights and biases. */
function activations(graph: Graph, node: Node): readonly TensorId[] {
  if (['lstm', 'gru', 'svdf', 'audio_features'].includes(node.op))
    return node.in.filter((id) => !graph.tensors[id]!.data);
  const weighted = ['conv2d', 'depthwise_conv2d', 'fully_connected', 'transpose_conv'].includes(node.op);
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
    const isPrivate = read[last]!.length === 1 && !results(graph).includes(last);
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

/** What is favoured: instructions, bytes of flash, or something between. */
export type Objective = 'speed' | 'size' | 'balanced';

/** How much one percent of the weights in flash is worth, in percent of the instructions. */
const flashWorth: Readonly<Record<Objective, number>> = { speed: 0, balanced: 0.25, size: 1000 };

/** The target with the prices of shared kernels where they are shared. */
export const targetFor = (target: Target, objective: Objective): Target =>
  objective === 'size' ? { ...target, shared: true, costs: { ...target.costs, ...target.sharedCosts } } : target;

/** A kernel that fits a site, with its estimated instructions and the exact bytes of its arrays. */
export interface Offer {
  readonly kernel: Kernel;
  readonly instructions: number;
  readonly bytes: number;
}

/**
 * All kernels that fit a site, with what they cost.
 * @param among only these are looked at: working out bytes means packing the weights
 */
export function offersFor(site: Site, target: Target, among: (k: Kernel) => boolean = () => true): Offer[] {
  const fits = (k: Kernel) =>
    among(k) &&
    k.op === site.node.op &&
    (k.fusesAdd ?? false) === (site.add !== undefined) &&
    k.needs.every((f) => target.features.includes(f)) &&
    (target.shared || !k.small) &&
    k.fits(site);
  return kernelsFor(target)
    .filter(fits)
    .map((kernel) => ({
      kernel,
      instructions: kernel.cost(site, target).instructions,
      bytes: layerArrays(kernel.layer(site)).reduce((n, a) => n + arrayBytes(a), 0),
    }));
}

const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
const least = (offers: readonly Offer[], key: 'instructions' | 'bytes'): number =>
  Math.min(...offers.map((o) => o[key]));

export type Price = (offer: Pick<Offer, 'instructions' | 'bytes'>) => number;

/** What an offer costs: its share of the whole model's instructions and bytes, at the least that these can be. */
export function priceOf(places: readonly Place[], objective: Objective): Price {
  const instructions = Math.max(1, sum(places.map(({ offers }) => least(offers, 'instructions'))));
  const bytes = Math.max(1, sum(places.map(({ offers }) => least(offers, 'bytes'))));
  return (o) => o.instructions / instructions + (flashWorth[objective] * o.bytes) / bytes;
}

const ranked = (offers: readonly Offer[], price: Price): Offer[] =>
  [...offers].sort((a, b) => price(a) - price(b) || a.bytes - b.bytes);

/** The kernel that would be chosen for a site. */
export const bestOffer = (site: Site, target: Target, price: Price): Offer =>
  ranked(offersFor(site, target), price)[0]!;

function unsupported(site: Site, target: Target): Problem {
  const types = site.inputs.map((t) => t.type).join(', ');
  return new Problem(
    'kernel-missing',
    `no kernel of target ${target.name} computes ${site.node.op} on (${types}) -> ${site.output.type}`,
    site.node.from,
    'run `espalier inspect` to see the types of every layer',
  );
}

/** A place for one kernel: a node alone, or with the add that it absorbs. */
export interface Place {
  readonly site: Site;
  readonly offers: readonly Offer[];
}

/**
 * Where kernels are needed in a graph, with all that fit.
 * @throws Problem `kernel-missing` naming the op
 */
export function placesOf(graph: Graph, target: Target, prefix: string): Place[] {
  const adds = fusableAdds(graph);
  const absorbed = new Set<Node>();
  return graph.nodes.flatMap((node) => {
    if (absorbed.has(node) || node.op === 'reshape') return [];
    const name = `${prefix}_${node.name}`;
    const add = adds.get(node);
    const fused = add && siteOf(graph, node, name, add);
    const fusedOffers = fused ? offersFor(fused, target) : [];
    if (fused && fusedOffers.length) {
      absorbed.add(add);
      return [{ site: fused, offers: fusedOffers }];
    }
    const site = siteOf(graph, node, name);
    const offers = offersFor(site, target);
    if (!offers.length) throw unsupported(site, target);
    return [{ site, offers }];
  });
}

/**
 * The best kernel that fits, for every node in order. An add that a convolution absorbs has no entry of its own.
 * @throws Problem `kernel-missing` naming the op
 */
export function selectKernels(graph: Graph, target: Target, prefix: string, objective: Objective): Choice[] {
  const places = placesOf(graph, target, prefix);
  const price = priceOf(places, objective);
  return places.map(({ site, offers }) => {
    const order = ranked(offers, price);
    const [kernel, ...others] = order.map((o) => o.kernel);
    const { node, add } = site;
    const skip = add ? add.in.filter((id) => id !== node.out[0]) : [];
    const reads = [...activations(graph, node), ...skip];
    const prices = new Map(order.map((o) => [o.kernel, price(o)]));
    return { site, kernel: kernel!, others, prices, reads, writes: (add ?? node).out[0]! };
  });
}
