import { elements, type Graph, type TensorId } from '../ir/graph.js';
import type { BatchData } from '../ops/float/batch.js';
import { judged } from '../ops/float/objective.js';

/** A squared error, and the variance that it is measured by. */
export interface Share {
  readonly error: number;
  readonly variance: number;
}

/**
 * Squared differences, and squared deviations of the dense values from their mean, per element over the samples.
 * @param size elements of one sample
 */
export function errorOf(dense: BatchData, pruned: BatchData, size: number): Share {
  const count = dense.length / size;
  let [error, variance] = [0, 0];
  for (let k = 0; k < size; k++) {
    let mean = 0;
    for (let s = 0; s < count; s++) mean += dense[s * size + k]! / count;
    for (let s = 0; s < count; s++) {
      error += (dense[s * size + k]! - pruned[s * size + k]!) ** 2;
      variance += (dense[s * size + k]! - mean) ** 2;
    }
  }
  return { error, variance };
}

/** Error over variance, summed over the tensors that are judged. */
export function relative(shares: readonly Share[]): number {
  const variance = shares.reduce((n, e) => n + e.variance, 0);
  return variance > 0 ? shares.reduce((n, e) => n + e.error, 0) / variance : 0;
}

/** The error of judged tensors of a graph, given dense and pruned values of each. */
export const outputError = (
  graph: Graph,
  dense: ReadonlyMap<TensorId, BatchData>,
  pruned: ReadonlyMap<TensorId, BatchData>,
): number =>
  relative(judged(graph).map((id) => errorOf(dense.get(id)!, pruned.get(id)!, elements(graph.tensors[id]!.shape))));
