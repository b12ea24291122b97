import { elements, type Graph } from '../ir/graph.js';
import { shuffled } from '../ops/float/rows.js';
import { Problem } from '../support/problem.js';
import { random } from '../support/rng.js';

/** What a network is trained on. Samples may come from memory or be read when they are asked for. */
export interface TrainingSet {
  readonly count: number;
  /** real values of a sample, one array per graph input */
  inputs(index: number): readonly Float32Array[];
  /** class number, or wanted values of the first output; absent: no labels */
  label?(index: number): number | Float32Array;
  /** for messages */
  readonly from?: string;
}

/** Some samples of a set. */
export function subset(set: TrainingSet, numbers: readonly number[]): TrainingSet {
  const label = set.label?.bind(set);
  return {
    count: numbers.length,
    inputs: (i) => set.inputs(numbers[i]!),
    ...(label && { label: (i: number) => label(numbers[i]!) }),
    ...(set.from && { from: set.from }),
  };
}

/** A seeded choice of a share of the samples, kept apart to judge by; the rest to train on. */
export function split(set: TrainingSet, share: number, seed: number): { train: TrainingSet; judge: TrainingSet } {
  const order = shuffled(set.count, random(seed + 0x5eed));
  const apart = Math.round(share * set.count);
  const rising = (list: number[]) => list.sort((a, b) => a - b);
  return { judge: subset(set, rising(order.slice(0, apart))), train: subset(set, rising(order.slice(apart))) };
}

const wrong = (code: string, message: string, set: TrainingSet, hint: string): Problem =>
  new Problem(code, message, set.from ?? 'training data', hint);

/** What the labels of a set are: none, class numbers, or values of a size. */
export type LabelKind = { readonly kind: 'none' | 'class' } | { readonly kind: 'values'; readonly size: number };

export function labelKind(set: TrainingSet): LabelKind {
  if (!set.label || !set.count) return { kind: 'none' };
  const first = set.label(0);
  return typeof first === 'number' ? { kind: 'class' } : { kind: 'values', size: first.length };
}

/**
 * Checks a sample as it is used.
 * @throws Problem data-shape, data-not-finite, data-labels
 */
export function checkSample(graph: Graph, set: TrainingSet, index: number, classes: number): void {
  const inputs = set.inputs(index);
  graph.inputs.forEach((id, k) => {
    const t = graph.tensors[id]!;
    const size = elements(t.shape);
    if (inputs[k]?.length !== size)
      throw wrong(
        'data-shape',
        `sample ${index} has ${inputs[k]?.length ?? 'no'} values for the input "${t.name}" of shape [${t.shape}]`,
        set,
        'give samples of the shape of the model input',
      );
    if (!inputs[k].every(Number.isFinite))
      throw wrong('data-not-finite', `sample ${index} holds NaN or infinity`, set, 'leave it out');
  });
  const label = set.label?.(index);
  if (typeof label === 'number' && !(Number.isInteger(label) && label >= 0 && label < classes))
    throw wrong(
      'data-labels',
      `sample ${index} has the label ${label}, but the model tells ${classes} classes apart`,
      set,
      `give class numbers from 0 to ${classes - 1}`,
    );
}
