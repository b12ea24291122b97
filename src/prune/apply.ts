import type { Graph } from '../ir/graph.js';
import type { Linear } from '../support/linear.js';
import type { Choices } from './allocate.js';
import { layersOf } from './layers.js';
import { type ReconstructOptions, reconstruct } from './reconstruct.js';
import { maskAt, type Trace } from './trace.js';

/** What became of one layer. */
export interface PrunedLayer {
  readonly name: string;
  readonly weights: number;
  readonly zeros: number;
}

export interface Pruned {
  /** float; what was pruned is 0 */
  readonly graph: Graph;
  /** squared error of the outputs over their variance, on the calibration data; null without data */
  readonly error: number | null;
  /** all layers with weights, pruned or not */
  readonly layers: readonly PrunedLayer[];
  /** share of zeros over the layers that could be pruned */
  readonly sparsity: number;
}

/** The masks that choices mean; layers without one keep what they have. */
export function masksOf(trace: Trace, choices: Choices): Map<string, Uint8Array> {
  const masks = new Map<string, Uint8Array>(
    layersOf(trace.graph).map((l) => [l.name, Uint8Array.from(l.weights, (w) => (w === 0 ? 0 : 1))]),
  );
  for (const t of trace.layers) {
    const choice = choices.get(t.layer.name);
    if (choice) masks.set(t.layer.name, maskAt(t, choice.pattern, choice.level));
  }
  return masks;
}

const zerosIn = (data: ArrayLike<number>): number => {
  let n = 0;
  for (let i = 0; i < data.length; i++) if (data[i] === 0) n++;
  return n;
};

/** The graph with masked weights set to 0, nothing else. */
export function summary(trace: Trace, graph: Graph, error: number | null): Pruned {
  const layers = layersOf(graph).map((l) => ({ name: l.name, weights: l.weights.length, zeros: zerosIn(l.weights) }));
  const traced = new Set(trace.layers.map((t) => t.layer.name));
  const prunable = layers.filter((l) => traced.has(l.name));
  const total = prunable.reduce((n, l) => n + l.weights, 0);
  return { graph, error, layers, sparsity: total ? prunable.reduce((n, l) => n + l.zeros, 0) / total : 0 };
}

/** Prunes to choices: masks from the trace, then reconstruction layer by layer. */
export function apply(linear: Linear, trace: Trace, choices: Choices, options: ReconstructOptions = {}): Pruned {
  const { graph, error } = reconstruct(linear, trace.graph, trace.calibration!, masksOf(trace, choices), options);
  return summary(trace, graph, error);
}
