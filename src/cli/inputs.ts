import type { Command } from 'commander';
import { type InputSpec, openInputs } from '../data/dataset.js';
import { toInput } from '../data/feed.js';
import { type Preprocess, preprocessOf } from '../data/preprocess.js';
import type { Graph, Tensor, TensorData } from '../ir/graph.js';
import type { SampleSource } from '../ops/float/calibration.js';
import { addPreprocessOptions } from './preprocess.js';
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
  options: Preprocess & { labelColumn?: string } = {},
): Promise<Feed> {
  const files = await openInputs(paths, inputs, options);
  const feeds = files.map((samples, i) => toInput(samples, inputs[i]! as Tensor, options));
  return {
    count: files[0]!.count,
    sample: (index) => feeds.map((feed) => feed(index)),
    ...(files[0]!.labels && { labels: files[0]!.labels }),
  };
}

/** What data are, see `Preprocess`; --label-column. */
export interface ScaleOptions extends ShapeOptions, Preprocess {
  readonly labelColumn?: string;
}

/** Adds the options of preprocessing, --label-column and --shape. */
export const addScaleOptions = (command: Command): Command =>
  addPreprocessOptions(addShapeOption(command)).option(
    '--label-column <name>',
    'column of a .csv that holds the class: its name in the header, or "last"',
  );

/** The part of the options that feeding samples takes. */
export const feedOptions = (options: ScaleOptions): Preprocess & { labelColumn?: string } => ({
  ...preprocessOf(options),
  ...labelOptions(options),
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
