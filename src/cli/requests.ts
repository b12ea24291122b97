/** What the options of `compile` and the configuration file say of data: what to prune, train and judge by. */
import type { CompileOptions } from '../compile.js';
import type { AugmentFunction, DatasetFunction, Part } from '../config/config.js';
import { classesOf, datasetPart, sourceOf } from '../config/dataset.js';
import { type Dataset, type InputSpec, openDataset } from '../data/dataset.js';
import { readLabels } from '../data/open.js';
import { preprocessOf } from '../data/preprocess.js';
import type { SampleSource } from '../ops/float/calibration.js';
import type { PruneRequest } from '../options.js';
import { Problem } from '../support/problem.js';
import { type FinetuneOptions, trainingRequests } from './finetune.js';
import { feedOptions, labelOptions, readFeed, type ScaleOptions } from './inputs.js';
import { importFile, type Model } from './load.js';

export interface DataOptions extends ScaleOptions, FinetuneOptions {
  readonly data?: string[];
  readonly labels?: string;
  readonly vectors: number;
  readonly seed: number;
  readonly sparsity?: number;
  readonly pattern?: string;
  readonly channels?: number;
  readonly calibrate?: string[];
  readonly dataset?: DatasetFunction;
  readonly augment?: AugmentFunction;
}

/** Samples as the model takes them, and the same as real numbers. */
interface Samples extends SampleSource {
  readonly labels?: ArrayLike<number>;
  real(): Promise<Dataset>;
}

const isTraining = ({ train, finetune }: DataOptions): boolean => train !== undefined || finetune !== undefined;

/** Reads what one model is given. */
class Reader {
  private constructor(
    private readonly inputs: readonly InputSpec[],
    private readonly options: DataOptions,
  ) {}

  static async of(model: Model, options: DataOptions): Promise<Reader> {
    const graph = await importFile(model, options);
    return new Reader(
      graph.inputs.map((id) => graph.tensors[id]!),
      options,
    );
  }

  /** Samples of files, and labels of the one that `option` names. */
  async files(data: readonly string[], labels: string | undefined, option: string): Promise<Samples> {
    const { inputs, options } = this;
    const { labelColumn, ...feed } = feedOptions(options);
    const { count, sample, labels: own } = await readFeed(data, inputs, feedOptions(options));
    const classes = labels === undefined ? own : await this.classes(labels);
    if (classes && classes.length !== count)
      throw new Problem(
        'labels-count',
        `${classes.length} labels for ${count} samples`,
        option,
        'give one label per sample',
      );
    const request = { ...labelOptions(options), data, inputs, feed, ...(labels !== undefined && { labels }) };
    return { count, sample, from: data[0]!, ...(classes && { labels: classes }), real: () => openDataset(request) };
  }

  /** Classes of a file; where the model is trained it may hold wanted outputs instead, which training reads itself. */
  private async classes(path: string): Promise<ArrayLike<number> | undefined> {
    try {
      return await readLabels(path, labelOptions(this.options));
    } catch (problem) {
      if (isTraining(this.options) && problem instanceof Problem && problem.code === 'data-labels') return;
      throw problem;
    }
  }

  /** A part of the dataset of the configuration file. */
  async part(part: Part): Promise<Samples | undefined> {
    const { inputs, options } = this;
    const about = { inputs, seed: options.seed, preprocess: preprocessOf(options) };
    const set = options.dataset && (await datasetPart(options.dataset, part, about));
    return set && this.stored({ ...set, from: `dataset('${part}')` });
  }

  /** Real samples as the model takes them. */
  stored(set: Dataset): Samples {
    const from = set.from ?? 'samples';
    const labels = classesOf(set, from);
    return { ...sourceOf(set, this.inputs, from), ...(labels && { labels }), real: async () => set };
  }
}

/** What --sparsity, --pattern, --channels and --calibrate ask for; undefined where none is given. Training data calibrate too. */
async function pruneRequest(
  reader: Reader,
  options: DataOptions,
  training: Samples | undefined,
): Promise<PruneRequest | undefined> {
  const { sparsity, pattern, channels, calibrate } = options;
  const samples = calibrate ? await reader.files(calibrate, undefined, '--calibrate') : training;
  if ([sparsity, pattern, channels, samples].every((o) => o === undefined)) return undefined;
  return {
    ...(sparsity !== undefined && { sparsity }),
    ...(pattern && { pattern }),
    ...(channels !== undefined && { channels }),
    ...(samples && { samples }),
  };
}

/** Golden vectors, and labelled samples to measure accuracy by. */
function judging(samples: Samples | undefined, vectors: number): Pick<CompileOptions, 'samples' | 'labelled'> {
  if (!samples) return {};
  const { count, labels } = samples;
  const golden = Array.from({ length: Math.min(count, vectors) }, (_, i) => samples.sample(i));
  return { samples: golden, ...(labels && { labelled: { count, sample: (i) => samples.sample(i), labels } }) };
}

/** @throws Problem `option-missing` */
function checkOptions(options: DataOptions): void {
  const { data, labels, validation, validationLabels, dataset, train } = options;
  const missing = (message: string, option: string, more: string) =>
    new Problem('option-missing', message, option, `add ${more}`);
  if (labels && !data) throw missing('labels need samples', '--labels', '--data X.npy');
  if (validationLabels && !validation)
    throw missing('labels need samples', '--validation-labels', '--validation X.npy');
  if (isTraining(options) && !data && !dataset)
    throw missing('training needs samples', train === undefined ? '--finetune' : '--train', '--data X.npy');
}

/** Training, and what accuracy is measured on then where no samples are given for that alone. */
async function trainingRequest(reader: Reader, options: DataOptions, train: Samples, apart: Samples | undefined) {
  const { validation, ...requests } = trainingRequests(options, await train.real(), await apart?.real());
  const { samples: _, ...judged } = judging(apart ?? reader.stored(validation), options.vectors);
  return { ...judged, ...requests };
}

/**
 * Reads what the options name: files where they are given, else the parts of the dataset of the configuration file.
 * With --train or --finetune, --data are trained on; accuracy is measured on what training did not see.
 * @throws Problem for missing options, and as `readFeed`, `openDataset`, `datasetPart`
 */
export async function readRequests(
  model: Model,
  options: DataOptions,
): Promise<Pick<CompileOptions, 'samples' | 'labelled' | 'prune' | 'train' | 'finetune'>> {
  checkOptions(options);
  const { data, labels, validation, validationLabels, vectors } = options;
  const reader = await Reader.of(model, options);
  const given = data && (await reader.files(data, labels, '--labels'));
  const train = given ? (isTraining(options) ? given : undefined) : await reader.part('train');
  const prune = await pruneRequest(reader, options, train);
  const test = given ?? (await reader.part('test'));
  const known = { ...judging(test, vectors), ...(prune && { prune }) };
  if (!isTraining(options)) return known;
  if (!train) throw new Problem('option-missing', 'there is nothing to train on', "dataset('train')", 'give samples');
  const apart = validation
    ? await reader.files(validation, validationLabels, '--validation-labels')
    : given
      ? undefined
      : await reader.part('validation');
  const training = await trainingRequest(reader, options, train, apart);
  return given || !test ? { ...known, ...training } : { ...training, ...known };
}
