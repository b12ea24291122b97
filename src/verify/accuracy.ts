import type { Graph, TensorData } from '../ir/graph.js';
import { execute } from '../ops/execute.js';
import type { Progress } from '../support/progress.js';

/** Samples in the model's input encoding, and the class of each. */
export interface LabelledData {
  readonly count: number;
  sample(index: number): readonly TensorData[];
  readonly labels: ArrayLike<number>;
}

/** Share of right answers, in percent. */
export interface Accuracy {
  readonly metric: string;
  readonly samples: number;
  /** of the model as imported, by the reference */
  readonly dense: number | null;
  /** of what was compiled */
  readonly compiled: number | null;
}

/** Index of the first maximum. */
export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/** Top-1 accuracy in percent of predicted classes. */
export function top1(predicted: readonly number[], labels: ArrayLike<number>): number {
  const right = predicted.filter((p, i) => p === labels[i]).length;
  return (100 * right) / predicted.length;
}

/**
 * Top-1 accuracy of the imported model and of the one that is compiled, both by the reference, whose bytes the emitted
 * code equals.
 * @param stored the same samples as the compiled graph takes them; default as they are
 */
export function evaluate(
  source: Graph,
  compiled: Graph,
  data: LabelledData,
  progress: Progress,
  stored: Pick<LabelledData, 'sample'> = data,
): Accuracy {
  const predict = (graph: Graph, { sample }: Pick<LabelledData, 'sample'>, from: number) =>
    Array.from({ length: data.count }, (_, i) => {
      progress.share(from + (0.5 * i) / data.count);
      return argmax(execute(graph, sample(i))[0]!);
    });
  const dense = top1(predict(source, data, 0), data.labels);
  return { metric: 'top-1 %', samples: data.count, dense, compiled: top1(predict(compiled, stored, 0.5), data.labels) };
}
