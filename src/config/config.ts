import type { Dataset, InputSpec } from '../data/dataset.js';
import type { Preprocess } from '../data/preprocess.js';
import type { Graph } from '../ir/graph.js';

/** What a dataset is asked for: samples to train by (they also calibrate), to choose the best by, to measure accuracy on. */
export type Part = 'train' | 'validation' | 'test';

export interface DatasetAbout {
  /** of the model, in order */
  readonly inputs: readonly InputSpec[];
  readonly seed: number;
  /** what is declared of samples, for `openDataset({ feed })` */
  readonly preprocess: Preprocess;
}

/** Gives a part of a dataset, nothing where there is no such part. */
export type DatasetFunction = (part: Part, about: DatasetAbout) => Awaitable<Dataset | undefined | null>;

/**
 * Changes a sample of training: real values per model input, which it may change in place, to real values of the same
 * shapes.
 * @param random uniform in [0, 1), seeded; the only source of chance where training is to be repeatable
 */
export type AugmentFunction = (inputs: Float32Array[], random: () => number) => Float32Array[];

type Awaitable<T> = T | Promise<T>;
type OptionValue =
  | string
  | number
  | boolean
  | readonly (string | number)[]
  | { readonly [key: string]: string | number };

/**
 * A configuration file: options of the commands by their long names in camelCase (`optimizeRam`, `labelColumn`), and what
 * no command line can hold. Options of the command line win.
 */
export interface Config {
  /** path of the model, or the graph itself, as `network(...).build()` makes it */
  readonly model?: string | Graph;
  /** in place of --data, --labels and --calibrate */
  readonly dataset?: DatasetFunction;
  readonly augment?: AugmentFunction;
  /** how samples and frames become the input: the options of that, together */
  readonly preprocess?: Preprocess;
  readonly [option: string]: OptionValue | Preprocess | Graph | DatasetFunction | AugmentFunction | undefined;
}

/** Gives an editor the types of a configuration file. */
export const defineConfig = (config: Config): Config => config;
