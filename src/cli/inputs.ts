import type { Tensor, TensorData } from '../ir/graph.js';
import { type FeedOptions, toInput } from '../ops/feed.js';
import { Problem } from '../support/problem.js';
import { readSamples, type Samples } from '../support/samples.js';

/** Samples for all inputs of a model. */
export interface Feed {
  readonly count: number;
  sample(index: number): TensorData[];
  /** class per sample, when the files say (image folders) */
  readonly labels?: ArrayLike<number>;
}

/** Shape, type and quantisation of an input, from a graph or from an output folder. */
export type InputSpec = Pick<Tensor, 'name' | 'shape' | 'type' | 'quant'>;

async function readOne(path: string, spec: InputSpec): Promise<Samples> {
  return readSamples(path, { shape: spec.shape[0] === 1 ? spec.shape.slice(1) : spec.shape, type: spec.type });
}

/**
 * Reads one sample file (or folder) per model input.
 * @throws Problem when files and inputs do not match in number, shape or type
 */
export async function readFeed(
  paths: readonly string[],
  inputs: readonly InputSpec[],
  options: FeedOptions = {},
): Promise<Feed> {
  if (paths.length !== inputs.length)
    throw new Problem(
      'inputs-count',
      `the model has ${inputs.length} inputs, ${paths.length} files are given`,
      '--input',
      'repeat the option, one file per input, in order',
    );
  const files = await Promise.all(paths.map((path, i) => readOne(path, inputs[i]!)));
  const feeds = files.map((samples, i) => toInput(samples, inputs[i]! as Tensor, options));
  const short = files.findIndex((f) => f.count !== files[0]!.count);
  if (short > 0)
    throw new Problem(
      'inputs-count',
      `holds ${files[short]!.count} samples, the first input has ${files[0]!.count}`,
      paths[short],
    );
  return {
    count: files[0]!.count,
    sample: (index) => feeds.map((feed) => feed(index)),
    ...(files[0]!.labels && { labels: files[0]!.labels }),
  };
}
