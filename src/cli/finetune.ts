import { type Command, Option } from 'commander';
import type { AugmentFunction } from '../config/config.js';
import { type Dataset, splitDataset } from '../data/dataset.js';
import type { CompileOptions } from '../options.js';
import type { AugmentOptions } from '../train/augment.js';
import { collect, given, realNumber, wholeNumber } from './parse.js';

export interface FinetuneOptions {
  readonly train?: number;
  readonly trainRate?: number;
  readonly finetune?: number;
  readonly validation?: string[];
  readonly validationLabels?: string;
  readonly validationSplit?: number;
  readonly checkpoint?: string;
  readonly threads?: number;
  readonly optimiser?: 'adam' | 'sgd';
  readonly rate?: number;
  readonly decay?: number;
  readonly distillation?: number;
  readonly schedule?: 'frozen' | 'gradual' | 'sr-ste';
  readonly flip?: boolean;
  readonly shift?: number;
  readonly noise?: number;
  readonly patience?: number;
  readonly augment?: AugmentFunction;
}

/** Adds the options of fine-tuning to a command. */
export const addFinetuneOptions = (command: Command): Command =>
  command
    .option(
      '--train <epochs>',
      'first of all train the whole float model on --data and --labels, from the weights it has',
      wholeNumber('--train', 1),
    )
    .option(
      '--train-rate <share>',
      'step of --train as a share of each tensor (default: 0.02)',
      realNumber('--train-rate'),
    )
    .option(
      '--finetune <epochs>',
      'train what pruning leaves on --data, towards --labels (if given) and the dense model',
      wholeNumber('--finetune', 1),
    )
    .option(
      '--validation <file>',
      'samples that choose the best epoch and measure accuracy (default: a part of --data; repeat per input)',
      collect,
    )
    .option('--validation-labels <file>', 'class of each of them')
    .option(
      '--validation-split <share>',
      'share of the samples kept apart where --validation is absent (default: 0.1)',
      realNumber('--validation-split'),
    )
    .option('--checkpoint <file>', 'keep training here after every epoch, and go on from here when it was interrupted')
    .option(
      '--threads <n>',
      'that train; the result does not depend on it (default: all, at most 4)',
      wholeNumber('--threads', 1),
    )
    .addOption(new Option('--optimiser <name>', 'of training (default: adam)').choices(['adam', 'sgd']))
    .option('--rate <share>', 'step of training as a share of each tensor (default: 0.008)', realNumber('--rate'))
    .option('--decay <share>', 'of a weight that decays per unit of rate (default: 0)', realNumber('--decay'))
    .option(
      '--distillation <share>',
      "the dense model's word beside that of the labels, 0 to 1 (default: 0.7)",
      realNumber('--distillation'),
    )
    .addOption(
      new Option(
        '--schedule <how>',
        'how zeros come in training: there from the start, gradually (cubic), chosen anew in every step (n:m) (default: frozen)',
      ).choices(['frozen', 'gradual', 'sr-ste']),
    )
    .option('--flip', 'train on mirrored images too')
    .option('--shift <pixels>', 'train on images moved by up to so much', wholeNumber('--shift', 0))
    .option('--noise <share>', 'train with noise, as a share of what varies in a sample', realNumber('--noise'))
    .option('--patience <epochs>', 'stop after so many epochs without a better one', wholeNumber('--patience', 1));

const augmentation = ({ flip, shift, noise, augment }: FinetuneOptions): AugmentOptions => ({
  ...given({ flip, shift, noise }),
  ...(augment && {
    change: (inputs, _, next) =>
      augment(
        inputs.map((x) => x.slice()),
        next,
      ),
  }),
});

/** A share of the samples is kept apart where no others are given to judge by. */
const apart = 0.1;

/**
 * What --train, --finetune and their companions ask for.
 * @param data to train on
 * @param other what --validation names, where it names files
 */
export function trainingRequests(
  o: FinetuneOptions & { readonly seed: number },
  data: Dataset,
  other: Dataset | undefined,
): Pick<CompileOptions, 'train' | 'finetune'> & { readonly validation: Dataset } {
  const split = o.validationSplit ?? apart;
  const parts = other ? { train: data, validation: other } : splitDataset(data, split, o.seed, '--validation-split');
  const { validation } = parts;
  const { threads, optimiser, decay, patience } = o;
  const settings = given({ threads, optimiser, decay, patience });
  const about = { ...settings, seed: o.seed, data: parts.train, validation, augment: augmentation(o) };
  const { train, finetune, trainRate, rate, distillation, schedule, checkpoint } = o;
  const first = checkpoint && finetune !== undefined ? `${checkpoint}.train` : checkpoint;
  return {
    validation,
    ...(train !== undefined && {
      train: { ...about, epochs: train, ...given({ rate: trainRate, checkpoint: first }) },
    }),
    ...(finetune !== undefined && {
      finetune: { ...about, epochs: finetune, ...given({ rate, distillation, schedule, checkpoint }) },
    }),
  };
}
