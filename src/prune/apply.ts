import { withTensors } from '../ir/edit.js';
import type { Graph, Tensor, TensorId } from '../ir/graph.js';
import type { Linear } from '../support/linear.js';
import type { Choices } from './allocate.js';
import { layersOf, toStored } from './layers.js';
import { type ReconstructOptions, reconstruct } from './reconstruct.js';
import { maskAt, type Trace } from './trace.js';

/** What became of one layer. */
export interface PrunedLayer {
  readonly name: string;
  readonly weights: number;
  readonly zeros: number;
  readonly zerosBefore: number;
  /** among the layers that the share of zeros is about */
  readonly prunable: boolean;
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

/** What became of the layers of `dense`; `traced` names those that could be pruned. */
export function summary(dense: Graph, graph: Graph, error: number | null, traced: ReadonlySet<string>): Pruned {
  const before = new Map(layersOf(dense).map((l) => [l.name, zerosIn(l.weights)]));
  const layers = layersOf(graph).map(({ name, weights }) => ({
    ...{ name, weights: weights.length, zeros: zerosIn(weights), zerosBefore: before.get(name)! },
    prunable: traced.has(name),
  }));
  const prunable = layers.filter((l) => l.prunable);
  const total = prunable.reduce((n, l) => n + l.weights, 0);
  return { graph, error, layers, sparsity: total ? prunable.reduce((n, l) => n + l.zeros, 0) / total : 0 };
}

const namesOf = (trace: Trace): Set<string> => new Set(trace.layers.map((t) => t.layer.name));

/** Prunes to choices: masks from the trace, then reconstruction layer by layer. */
export function apply(linear: Linear, trace: Trace, choices: Choices, options: ReconstructOptions = {}): Pruned {
  const about = { ...(trace.storage && { storage: trace.storage }), ...options };
  const { graph, error } = reconstruct(linear, trace.graph, trace.calibration!, masksOf(trace, choices), about);
  return summary(trace.graph, graph, error, namesOf(trace));
}

/** A graph in which masked weights are 0 and the rest is as it was. */
export function maskedGraph(graph: Graph, masks: ReadonlyMap<string, Uint8Array>): Graph {
  const changes = new Map<TensorId, Tensor>();
  for (const layer of layersOf(graph)) {
    const id = graph.nodes[layer.index]!.in[1]!;
    const mask = masks.get(layer.name)!;
    const data = toStored(
      layer,
      layer.weights.map((w, i) => (mask[i] ? w : 0)),
    );
    changes.set(id, { ...graph.tensors[id]!, data });
  }
  return withTensors(graph, changes);
}

/** Prunes to choices without any data: masked weights become 0, the rest stays. */
export const magnitudeOnly = (trace: Trace, choices: Choices): Pruned =>
  summary(trace.graph, maskedGraph(trace.graph, masksOf(trace, choices)), null, namesOf(trace));
