/** The stage of a compilation that trains what pruning left, on data, towards labels and the dense model. */
import type { Dataset } from './data/dataset.js';
import { elements, type Graph, isQuantised } from './ir/graph.js';
import type { FinetuneRequest } from './options.js';
import { simplify } from './passes/index.js';
import type { PrunedGraph } from './pruning.js';
import { floatTwin } from './quantise/float-twin.js';
import { restore } from './quantise/restore.js';
import { storageOf } from './quantise/storage.js';
import type { Training } from './report/report.js';
import { scheduled } from './schedule.js';
import type { Stages } from './stages.js';
import { Linear } from './support/linear.js';
import { Problem } from './support/problem.js';
import type { Progress } from './support/progress.js';
import { train } from './train/fit.js';
import type { EpochRecord } from './train/history.js';

/** More numbers are not kept in memory but read again in every epoch. */
const mostFloats = 2 ** 28;

function remembered(graph: Graph, set: Dataset): Dataset {
  const floats = set.count * graph.inputs.reduce((n, id) => n + elements(graph.tensors[id]!.shape), 0);
  if (floats > mostFloats) return set;
  const known: (readonly Float32Array[])[] = [];
  const inputs = (i: number): readonly Float32Array[] => {
    known[i] ??= set.inputs(i);
    return known[i];
  };
  return { ...set, inputs };
}

/** What is learnt from, and what it is judged by. */
const samplesOf = (graph: Graph, { data, validation }: FinetuneRequest) => ({
  data: remembered(graph, data),
  ...(validation !== undefined && {
    validation: typeof validation === 'number' ? validation : remembered(graph, validation),
  }),
});

export interface Finetuned {
  readonly graph: Graph;
  readonly history: readonly EpochRecord[];
  /** the epoch that was kept, from 1 */
  readonly best: number;
}

/**
 * Trains a pruned graph; what is 0 stays 0, int8 stays int8.
 * @param source as imported: says what samples mean
 * @param dense the same before pruning, as it would be emitted
 * @param pruned as it is emitted, simplified
 * @param pattern of pruning; tells what a schedule of masks works on
 * @throws Problem as `train` does
 */
export async function finetune(
  source: Graph,
  dense: Graph,
  pruned: Graph,
  request: FinetuneRequest,
  progress: Progress,
  pattern?: string,
): Promise<Finetuned> {
  const linear = await Linear.load();
  const isStored = isQuantised(pruned);
  const { data: _, validation: __, schedule, ...settings } = request;
  const teacher = floatTwin(dense);
  const { start, masks } = scheduled(teacher, floatTwin(pruned), schedule, pattern);
  const { graph, history, best } = await train(teacher, start, {
    ...settings,
    ...(masks && { masks }),
    ...samplesOf(source, request),
    ...(isStored && { storage: storageOf(linear, pruned) }),
    progress,
  });
  return { graph: simplify(isStored ? restore(pruned, graph) : graph), history, best };
}

/** Share of a tensor that a step of training from scratch changes, at its peak. */
const scratchRate = 0.02;

/**
 * The stage that trains a whole float model towards labels alone.
 * @throws Problem train-int8, train-labels; as `train` does
 */
export async function scratchTrainedBy(stages: Stages, graph: Graph, request: FinetuneRequest) {
  if (isQuantised(graph))
    throw new Problem('train-int8', 'an int8 model is not trained as a whole', graph.name, 'take --finetune');
  const { data, validation: _, ...settings } = request;
  if (!data.label)
    throw new Problem('train-labels', 'there are no labels to learn', data.from ?? '--train', 'add them');
  let training: Training | null = null;
  const trained = await stages.graph('train', async () => {
    const twin = floatTwin(graph);
    const {
      graph: result,
      history,
      best,
    } = await train(twin, twin, {
      ...{ rate: scratchRate, ...settings, distillation: 0, hints: 0 },
      ...samplesOf(graph, request),
      progress: stages.progress,
    });
    training = { best, epochs: history };
    return result;
  });
  return { graph: trained, training };
}

type TrainedGraph = PrunedGraph & { readonly finetuning: Training | null };

/** The stage itself, where it was asked for. */
export async function trainedBy(
  stages: Stages,
  source: Graph,
  pruned: PrunedGraph,
  request: FinetuneRequest | undefined,
): Promise<TrainedGraph> {
  if (!request) return { ...pruned, finetuning: null };
  let finetuning: Training | null = null;
  const graph = await stages.graph('fine-tune', async () => {
    const { progress } = stages;
    const result = await finetune(source, pruned.dense, pruned.graph, request, progress, pruned.pruning?.pattern);
    finetuning = { best: result.best, epochs: result.history };
    return result.graph;
  });
  return { ...pruned, graph, finetuning };
}
