import type { Dataset } from '../data/dataset.js';
import { elements, type Graph } from '../ir/graph.js';
import { Problem } from '../support/problem.js';

const wrong = (code: string, message: string, set: Dataset, hint: string): Problem =>
  new Problem(code, message, set.from ?? 'training data', hint);

/** What the labels of a set are: none, class numbers, or values of a size. */
export type LabelKind = { readonly kind: 'none' | 'class' } | { readonly kind: 'values'; readonly size: number };

export function labelKind(set: Dataset): LabelKind {
  if (!set.label || !set.count) return { kind: 'none' };
  const first = set.label(0);
  return typeof first === 'number' ? { kind: 'class' } : { kind: 'values', size: first.length };
}

/**
 * Checks a sample as it is used.
 * @throws Problem data-shape, data-not-finite, data-labels
 */
export function checkSample(graph: Graph, set: Dataset, index: number, classes: number): void {
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
