/** Training of a graph: epochs of steps, the best epoch kept. */
import { availableParallelism } from 'node:os';
import { type Dataset, splitDataset } from '../data/dataset.js';
import { elements, type Graph, type TensorId } from '../ir/graph.js';
import { executeBatch } from '../ops/float/batch.js';
import { ancestors, hasGradient } from '../ops/float/gradient.js';
import { judged } from '../ops/float/objective.js';
import { Linear } from '../support/linear.js';
import { Problem } from '../support/problem.js';
import { silent } from '../support/progress.js';
import { readCheckpoint, writeCheckpoint } from './checkpoint.js';
import { checkSample, labelKind } from './dataset.js';
import { Engine } from './engine.js';
import type { Trained } from './history.js';
import { keyOf } from './key.js';
import { classCount, endsOf, hintsOf } from './loss.js';
import { checkSettings, type TrainOptions } from './options.js';
import type { Course } from './shard.js';
import { Trainer } from './trainer.js';

/** @throws Problem no-gradient naming the first layer that stops gradients */
function checkGradients(graph: Graph): void {
  for (const i of ancestors(graph, judged(graph))) {
    const node = graph.nodes[i]!;
    if (!hasGradient(graph, node))
      throw new Problem(
        'no-gradient',
        `training does not know the gradient of ${node.op}`,
        node.from,
        'leave --finetune out: pruning without labels needs none',
      );
  }
}

/** Samples by which the variance of outputs is measured. */
const measured = 128;

function courseOf(linear: Linear, dense: Graph, start: Graph, o: TrainOptions): Course {
  const { kind } = labelKind(o.data);
  const count = Math.min(measured, o.data.count);
  const numbers = Array.from({ length: count }, (_, i) => Math.floor((i * o.data.count) / count));
  const rows = numbers.map((n) => o.data.inputs(n));
  const labels = kind === 'values' ? numbers.flatMap((n) => [...(o.data.label!(n) as Float32Array)]) : undefined;
  const inputs = dense.inputs.map((id, k) => {
    const size = elements(dense.tensors[id]!.shape);
    const x = new Float32Array(count * size);
    rows.forEach((row, i) => {
      x.set(row[k]!, i * size);
    });
    return x;
  });
  const values = new Map<number, Float32Array>();
  executeBatch(linear, dense, inputs, count, (id, data) => void values.set(id, data.slice()));
  const { distillation = 0.7, temperature = 2, hints = 1, storage } = o;
  const sample = (id: TensorId) => values.get(id)!;
  const ends = [
    ...endsOf(start, dense, kind, sample, labels && Float32Array.from(labels)),
    ...(hints > 0 && distillation > 0 ? hintsOf(start, dense, hints, sample) : []),
  ];
  const hasTeacher = distillation > 0 || ends.some((e) => e.kind === 'teacher');
  return {
    student: start,
    ...(hasTeacher && { teacher: dense }),
    ...(storage?.grids && { grids: storage.grids }),
    loss: { ends, distillation, temperature },
  };
}

/** Samples to train on, and others that choose the best epoch. */
function partsOf({ data, validation = 0.1, seed = 1 }: TrainOptions): { train: Dataset; judge?: Dataset } {
  if (typeof validation !== 'number') return { train: data, judge: validation };
  if (validation === 0) return { train: data };
  const { train, validation: judge } = splitDataset(data, validation, seed, 'validation');
  return { train, judge };
}

const fewest = 8;

/** @throws Problem data-few, data-shape, data-labels, data-not-finite */
function checkData(graph: Graph, { data, validation }: TrainOptions): void {
  const sets = [data, ...(validation && typeof validation === 'object' ? [validation] : [])];
  for (const set of sets) {
    if (set.count < (set === data ? fewest : 1))
      throw new Problem(
        'data-few',
        `${set.count} samples are too few to train on; at least ${fewest} are needed`,
        set.from ?? 'training data',
      );
    for (let i = 0; i < set.count; i++) checkSample(graph, set, i, classCount(graph));
  }
}

/**
 * Trains the weights of a graph that stay, towards labels and towards what the dense model gives; without labels towards
 * the latter alone.
 * @param dense float, before pruning: the teacher
 * @param start float, what is trained: the same inputs and outputs, zeros stay zeros
 * @returns the epoch that did best on samples that were kept apart
 * @throws Problem for bad options and data, for ops without a gradient, where the loss is not finite
 */
export async function train(dense: Graph, start: Graph, o: TrainOptions): Promise<Trained> {
  checkSettings(o);
  checkGradients(start);
  checkData(start, o);
  const linear = await Linear.load();
  const course = courseOf(linear, dense, start, o);
  const parts = partsOf(o);
  const label = labelKind(o.data);
  const batch = Math.min(o.batch ?? (parts.train.count < 20 * 64 ? 32 : 64), parts.train.count);
  const threads = o.threads ?? Math.min(4, availableParallelism());
  const engine = await Engine.start(
    course,
    batch,
    label.kind === 'values' ? label.size : label.kind === 'class' ? 1 : 0,
    threads,
  );
  try {
    return await epochs(new Trainer(engine, course, parts, o), o, keyOf(dense, start, o));
  } finally {
    await engine.close();
  }
}

async function epochs(trainer: Trainer, o: TrainOptions, key: string): Promise<Trained> {
  const { progress = silent, checkpoint, patience = 0 } = o;
  const before = checkpoint === undefined ? undefined : readCheckpoint(checkpoint, key);
  if (before) trainer.restore(before);
  progress.stage('fine-tune');
  while (trainer.epoch < o.epochs) {
    await trainer.run();
    if (checkpoint !== undefined) writeCheckpoint(checkpoint, trainer.snapshot(key));
    if (patience && trainer.best > 0 && trainer.epoch - trainer.best >= patience) break;
  }
  return trainer.result();
}
