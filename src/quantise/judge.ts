import { elements, type Graph, type TensorId } from '../ir/graph.js';
import { type BatchData, executeBatch } from '../ops/float/batch.js';
import type { Calibration } from '../ops/float/calibration.js';
import { type Aim, aimOf, judged, objective } from '../ops/float/objective.js';
import type { Linear } from '../support/linear.js';
import { floatTwin } from './float-twin.js';
import { decibels } from './noise.js';
import { storageOf, storedInputs } from './storage.js';

/** What became of the outputs, or of what a last softmax reads. */
export interface Verdict {
  /** squared errors over variance, for classifiers with a share of how far probabilities diverge; 0 = none */
  readonly loss: number;
  /** signal over noise in dB, of the worst output */
  readonly sqnr: number;
}

/** Tells how far the outputs of stored graphs are from those of the float one. */
export class Judge {
  private readonly ends: readonly { readonly id: TensorId; readonly aim: Aim; readonly wanted: BatchData }[];

  constructor(
    private readonly linear: Linear,
    graph: Graph,
    private readonly samples: Calibration,
  ) {
    const ids = judged(graph);
    const values = new Map<TensorId, BatchData>();
    executeBatch(linear, graph, samples.inputs, samples.count, (id, data) => {
      if (ids.includes(id)) values.set(id, data.slice());
    });
    this.ends = ids.map((id) => {
      const wanted = values.get(id)!;
      return { id, wanted, aim: aimOf(graph, id, wanted, elements(graph.tensors[id]!.shape)) };
    });
  }

  /** Tensors that both graphs have bear the same numbers. */
  of(stored: Graph): Verdict {
    const { linear, samples, ends } = this;
    let [loss, sqnr] = [0, Infinity];
    const visit = (id: TensorId, data: BatchData): void => {
      for (const end of ends.filter((e) => e.id === id)) {
        loss += objective(end.aim, data, end.wanted).loss;
        sqnr = Math.min(sqnr, decibels(end.wanted, data));
      }
    };
    const inputs = storedInputs(linear, stored, samples.inputs);
    executeBatch(linear, floatTwin(stored), inputs, samples.count, visit, storageOf(linear, stored));
    return { loss, sqnr };
  }
}
