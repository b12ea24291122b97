import { elements, type Graph, type TensorId } from '../ir/graph.js';
import { type BatchData, executeBatch, type Storage, withoutRounding } from '../ops/float/batch.js';
import type { Calibration } from '../ops/float/calibration.js';
import { aimOf, judged, objective } from '../ops/float/objective.js';
import { graphMacs } from '../ops/macs.js';
import type { Linear } from '../support/linear.js';
import { type Pruned, summary } from './apply.js';
import { outputError } from './error.js';
import type { PruneOptions } from './options.js';
import { batchSize, polish } from './polish.js';
import type { Parts } from './samples.js';

export type RefineOptions = Pick<PruneOptions, 'polish' | 'storage' | 'seed' | 'progress'>;

/** Multiply-accumulates that training may take, forwards and backwards: one to two minutes on one core. */
const mostWork = 3.2e11;
const mostEpochs = 4;

/** Fewer steps than this change nothing but noise. */
const fewestSteps = 128;

/** Passes over the samples that are worth their time; 0 for networks so large that too few steps would fit into it. */
function epochsFor(graph: Graph, samples: number): number {
  const affordable = Math.floor(mostWork / (3 * graphMacs(graph) * samples + 1));
  return (affordable * samples) / batchSize < fewestSteps ? 0 : Math.min(mostEpochs, affordable);
}

/** Values of the judged tensors. */
function ends(
  linear: Linear,
  graph: Graph,
  { inputs, count }: Calibration,
  storage?: Storage,
): Map<TensorId, BatchData> {
  const ids = judged(graph);
  const found = new Map<TensorId, BatchData>();
  const own = inputs.map((x, i) => {
    const copy = x.slice();
    storage?.activation(graph.inputs[i]!, copy);
    return copy;
  });
  executeBatch(
    linear,
    graph,
    own,
    count,
    (id, data) => {
      if (ids.includes(id)) found.set(id, data.slice());
    },
    storage,
  );
  return found;
}

/** What training minimises. */
function lossOf(graph: Graph, wanted: Map<TensorId, BatchData>, found: Map<TensorId, BatchData>): number {
  let sum = 0;
  for (const [id, want] of wanted) {
    const size = elements(graph.tensors[id]!.shape);
    sum += objective(aimOf(graph, id, want, size), found.get(id)!, want).loss;
  }
  return sum;
}

/**
 * Trains what is left of a pruned graph as a whole, where samples that were kept apart say that it helps.
 * @param dense float
 * @param parts the pruned graph must not have been solved by those that judge
 */
export function refined(linear: Linear, dense: Graph, pruned: Pruned, parts: Parts, o: RefineOptions): Pruned {
  const { fit, judge } = parts;
  if (o.polish === 0 || !judge) return pruned;
  const { storage, seed, progress } = o;
  const epochs = o.polish ?? epochsFor(dense, fit.count);
  if (!epochs) return pruned;
  const about = {
    epochs,
    ...(storage && { storage }),
    ...(seed !== undefined && { seed }),
    ...(progress && { progress }),
  };
  const graph = polish(linear, dense, pruned.graph, fit, about);
  if (graph === pruned.graph) return pruned;
  const wanted = ends(linear, dense, judge, storage && withoutRounding(linear, storage));
  const found = [pruned.graph, graph].map((g) => ends(linear, g, judge, storage));
  const [before, after] = found.map((f) => lossOf(dense, wanted, f));
  if (!(after! < before!)) return pruned;
  const error = outputError(dense, wanted, found[1]!);
  return summary(dense, graph, error, new Set(pruned.layers.filter((l) => l.prunable).map((l) => l.name)));
}
