import type { Graph } from '../ir/graph.js';

/** What came of one epoch; accuracies in percent, null without labels. */
export interface EpochRecord {
  /** from 1 */
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number | null;
  /** on samples that were kept apart, as the result will be stored; null where there are none */
  readonly validation: { readonly loss: number; readonly accuracy: number | null } | null;
}

export interface Trained {
  /** float, its weights rounded to what is stored where that was asked for */
  readonly graph: Graph;
  readonly history: readonly EpochRecord[];
  /** the epoch that was kept */
  readonly best: number;
}
