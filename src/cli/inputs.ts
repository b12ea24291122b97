import type { Command } from 'commander';
import { type InputSpec, openInputs } from '../data/dataset.js';
import { type FeedOptions, toInput } from '../data/feed.js';
import type { Graph, Tensor, TensorData } from '../ir/graph.js';
import type { SampleSource } from '../ops/float/calibration.js';
import { Problem } from '../support/problem.js';
import { addShapeOption, type ShapeOptions } from './shape.js';

/** Samples for all inputs of a model. */
export interface Feed {
  readonly count: number;
  sample(index: number): TensorData[];
  /** class per sample, when the files say (image folders) */
  readonly labels?: ArrayLike<number>;
}

/**
 * Opens one sample file (or folder) per model input.
 * @throws Problem when files and inputs do not match in number, shape or type
 */
export async function readFeed(
  paths: readonly string[],
  inputs: readonly InputSpec[],
  { labelColumn, ...options }: FeedOptions & { labelColumn?: string } = {},
): Promise<Feed> {
  const files = await openInputs(paths, inputs, labelColumn);
  const feeds = files.map((samples, i) => toInput(samples, inputs[i]! as Tensor, options));
  return {
    count: files[0]!.count,
    sample: (index) => feeds.map((feed) => feed(index)),
    ...(files[0]!.labels && { labels: files[0]!.labels }),
  };
}

/** --scale and --mean: what stored image values mean, real = (stored - mean) * scale; --label-column. */
export interface ScaleOptions extends ShapeOptions {
  readonly scale?: readonly number[];
  readonly mean?: readonly number[];
  readonly labelColumn?: string;
}

/** One number, or one per channel, separated by commas. */
function numbers(option: string): (text: string) => number[] {
  return (text) => {
    const list = text.split(',').map(Number);
    if (!text.trim() || !list.every(Number.isFinite))
      throw new Problem(
        'option-invalid',
        `"${text}" is not a number or a list of numbers`,
        option,
        'e.g. 0.0078125 or 123.7,116.8,103.9',
      );
    return list;
  };
}

/** Adds --scale, --mean, --label-column and --shape. */
export const addScaleOptions = (command: Command): Command =>
  addShapeOption(command)
    .option(
      '--scale <numbers>',
      'of integer samples: real = (stored - mean) * scale, one or per channel',
      numbers('--scale'),
    )
    .option('--mean <numbers>', 'of integer samples, one or per channel', numbers('--mean'))
    .option('--label-column <name>', 'column of a .csv that holds the class: its name in the header, or "last"');

/** The part of the options that feeding samples takes. */
export const feedOptions = ({ scale, mean, ...o }: ScaleOptions): FeedOptions & { labelColumn?: string } => ({
  ...(scale && { scale }),
  ...(mean && { mean }),
  ...labelOptions(o),
});

/** The part of them that reading labels takes. */
export const labelOptions = ({ labelColumn }: ScaleOptions): { labelColumn?: string } =>
  labelColumn === undefined ? {} : { labelColumn };

/**
 * Samples for a graph, for calibration.
 * @throws Problem as `readFeed`
 */
export async function readSource(graph: Graph, paths: readonly string[], options: ScaleOptions): Promise<SampleSource> {
  const inputs = graph.inputs.map((id) => graph.tensors[id]!);
  const feed = await readFeed(paths, inputs, feedOptions(options));
  return { count: feed.count, sample: (i) => feed.sample(i), from: paths[0]! };
}
