import type { Command } from 'commander';
import type { CompileOptions, FinetuneRequest, LabelledSamples } from '../options.js';
import { Problem } from '../support/problem.js';

export interface FinetuneOptions {
  readonly finetune?: number;
  readonly validation?: string[];
  readonly validationLabels?: string;
  readonly checkpoint?: string;
  readonly threads?: number;
  readonly rate?: number;
  readonly flip?: boolean;
  readonly shift?: number;
  readonly noise?: number;
  readonly patience?: number;
}

type Number_ = (text: string) => number;
const collect = (value: string, before: string[] = []): string[] => [...before, value];

/** Adds the options of fine-tuning to a command. */
export function addFinetuneOptions(
  command: Command,
  whole: (option: string, least: number) => Number_,
  real: (option: string) => Number_,
): Command {
  return command
    .option(
      '--finetune <epochs>',
      'train what pruning leaves on --data, towards --labels (if given) and the dense model',
      whole('--finetune', 1),
    )
    .option(
      '--validation <file>',
      'samples that choose the best epoch and measure accuracy (default: a tenth of --data; repeat per input)',
      collect,
    )
    .option('--validation-labels <file>', 'class of each of them')
    .option('--checkpoint <file>', 'keep training here after every epoch, and go on from here when it was interrupted')
    .option(
      '--threads <n>',
      'that train; the result does not depend on it (default: all, at most 4)',
      whole('--threads', 1),
    )
    .option('--rate <share>', 'step of training as a share of each tensor (default: 0.008)', real('--rate'))
    .option('--flip', 'train on mirrored images too')
    .option('--shift <pixels>', 'train on images moved by up to so much', whole('--shift', 0))
    .option('--noise <share>', 'train with noise, as a share of what varies in a sample', real('--noise'))
    .option('--patience <epochs>', 'stop after so many epochs without a better one', whole('--patience', 1));
}

/** Samples apart by number: some to train on, others to judge by. */
function part(all: LabelledSamples, isWanted: (i: number) => boolean): LabelledSamples {
  const numbers = Array.from({ length: all.count }, (_, i) => i).filter(isWanted);
  const { labels, from } = all;
  return {
    count: numbers.length,
    sample: (i) => all.sample(numbers[i]!),
    ...(labels && { labels: numbers.map((n) => labels[n]!) }),
    ...(from && { from }),
  };
}

/** One sample of so many is kept apart where no others are given. */
const every = 10;

/**
 * What --finetune and its companions ask for, and what accuracy is measured on then: never what was trained on.
 * @param data what --data and --labels give
 * @param validation what --validation and --validation-labels give
 */
export function finetuneRequest(
  o: FinetuneOptions & { readonly seed: number },
  data: LabelledSamples | undefined,
  validation: LabelledSamples | undefined,
): Pick<CompileOptions, 'finetune' | 'labelled'> {
  if (o.finetune === undefined) return {};
  if (!data) throw new Problem('option-missing', 'fine-tuning needs samples', '--finetune', 'add --data X.npy');
  const isApart = (i: number): boolean => i % every === every - 1;
  const judge = validation ?? part(data, isApart);
  const { flip, shift, noise } = o;
  const augment = {
    ...(flip && { flip }),
    ...(shift !== undefined && { shift }),
    ...(noise !== undefined && { noise }),
  };
  const finetune: FinetuneRequest = {
    epochs: o.finetune,
    seed: o.seed,
    data: validation ? data : part(data, (i) => !isApart(i)),
    validation: judge,
    augment,
    ...(o.checkpoint !== undefined && { checkpoint: o.checkpoint }),
    ...(o.threads !== undefined && { threads: o.threads }),
    ...(o.rate !== undefined && { rate: o.rate }),
    ...(o.patience !== undefined && { patience: o.patience }),
  };
  const { labels } = judge;
  return { finetune, ...(labels && { labelled: { ...judge, labels } }) };
}
