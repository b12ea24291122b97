import { newData, type Tensor } from '../ir/graph.js';
import type { Site, Target } from '../kernels/kernel.js';
import { zerosIn } from '../kernels/pack.js';
import type { Objective } from '../plan/select.js';
import { bestOffer, type Price, placesOf, priceOf } from '../plan/select.js';
import type { Choice } from '../prune/allocate.js';
import { type Pattern, patternText } from '../prune/pattern.js';
import { type LayerTrace, maskAt, optionAt, type Trace } from '../prune/trace.js';

/** One way to prune a layer, what it loses, and what the target pays for the result. */
export interface Way {
  /** null = as it is */
  readonly choice: Choice | null;
  /** squared error of the outputs over their variance, estimated */
  readonly error: number;
  readonly zeros: number;
  readonly bytes: number;
  readonly instructions: number;
}

export interface LayerWays {
  readonly name: string;
  readonly weights: number;
  /** the first leaves the layer as it is */
  readonly ways: readonly Way[];
}

/** Shares of zeros that are tried. */
const levels = [0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.93, 0.96];

/** Patterns that some kernel of a target makes use of; weights that go alone always do. */
export function patternsFor(target: Target): Pattern[] {
  const block = (rows: number, cols: number): Pattern => ({ kind: 'block', rows, cols });
  const own = target.features.includes('mve')
    ? [block(1, 16), block(4, 16)]
    : target.features.includes('dsp')
      ? [block(2, 4), block(4, 4), block(4, 8)]
      : target.features.includes('packed') || target.features.includes('simd128')
        ? [block(4, 8)]
        : [];
  return [{ kind: 'unstructured' }, ...own];
}

/** The site with weights of its own: a node of its own too, since kernels remember what they worked out for one. */
export function withWeights(site: Site, weights: Tensor): Site {
  const tensors = [...site.graph.tensors];
  tensors[site.node.in[1]!] = weights;
  const inputs = site.inputs.map((t, i) => (i === 1 ? weights : t));
  return { ...site, graph: { ...site.graph, tensors }, node: { ...site.node }, inputs };
}

function masked(t: Tensor, mask: Uint8Array): Tensor {
  const data = newData(t.type, t.data!.length);
  for (let i = 0; i < data.length; i++) data[i] = mask[i] ? t.data![i]! : 0;
  return { ...t, data };
}

/** Everything that can be done to one layer, at the price of the kernel that would be chosen for it. */
function waysOf(t: LayerTrace, site: Site, target: Target, patterns: readonly Pattern[], price: Price): Way[] {
  const weights = site.inputs[1]!;
  const cost = (s: Site) => {
    const { bytes, instructions } = bestOffer(s, target, price);
    return { bytes, instructions };
  };
  const ways: Way[] = [{ choice: null, error: 0, zeros: zerosIn(weights.data!), ...cost(site) }];
  for (const pattern of patterns)
    for (const level of levels) {
      const option = t.rankings.has(patternText(pattern)) ? optionAt(t, pattern, level) : undefined;
      if (!option || option.zeros >= t.layer.rows * t.layer.depth) continue;
      const pruned = withWeights(site, masked(weights, maskAt(t, pattern, level)));
      ways.push({ choice: { pattern, level }, error: option.error, zeros: option.zeros, ...cost(pruned) });
    }
  return ways;
}

/**
 * What can be done to each traced layer of a graph, and what it would cost on a target.
 * @param graph as it would be emitted without pruning; its layers are named as the trace's
 */
export function layerWays(
  trace: Trace,
  graph: Site['graph'],
  target: Target,
  patterns: readonly Pattern[],
  objective: Objective,
  tell: (share: number) => void,
): LayerWays[] {
  const places = placesOf(graph, target, 'p');
  const price = priceOf(places, objective);
  return trace.layers.flatMap((t, i) => {
    tell(i / trace.layers.length);
    const place = places.find((p) => p.site.node.name === t.layer.name);
    if (!place) return [];
    const ways = waysOf(t, place.site, target, patterns, price);
    return [{ name: t.layer.name, weights: t.layer.rows * t.layer.depth, ways }];
  });
}
