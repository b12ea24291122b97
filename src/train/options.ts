import type { Dataset } from '../data/dataset.js';
import type { Storage } from '../ops/float/batch.js';
import type { optimisers } from '../ops/float/optimiser.js';
import { Problem } from '../support/problem.js';
import type { Progress } from '../support/progress.js';
import type { AugmentOptions } from './augment.js';
import type { MaskSchedule } from './masks.js';

/** How training goes; all of it has defaults that suit pruned, batch-norm-folded networks. */
export interface TrainSettings {
  /** passes over the samples */
  readonly epochs: number;
  /** samples of a step; default 64, 32 where that gives fewer than 20 steps */
  readonly batch?: number;
  /** default adam */
  readonly optimiser?: keyof typeof optimisers;
  /** length of a step as a share of each tensor's rms; default 0.008 */
  readonly rate?: number;
  /** steps in which the rate rises; default 20 */
  readonly warmUp?: number;
  /** share of a weight that decays per unit of rate; default 0 */
  readonly decay?: number;
  /** share of the dense model's word beside that of the labels, 0 to 1; default 0.7 */
  readonly distillation?: number;
  /** weight of what layers inside the dense model give, beside its outputs; 0 = none; default 1 */
  readonly hints?: number;
  /** softens the probabilities that are compared; default 2 */
  readonly temperature?: number;
  readonly augment?: AugmentOptions;
  /** default frozen */
  readonly masks?: MaskSchedule;
  /** last epochs in which weights and activations are rounded as they will be stored; default half of them, at least one */
  readonly roundedEpochs?: number;
  /** epochs without a better result after which training stops; default 0 = never */
  readonly patience?: number;
  /** default 1 */
  readonly seed?: number;
  /** default as many as there are processors, at most 4; the result does not depend on it */
  readonly threads?: number;
}

export interface TrainOptions extends TrainSettings {
  readonly data: Dataset;
  /** samples that choose the best epoch, or a share of `data`; default a tenth of it */
  readonly validation?: Dataset | number;
  /** how the result will be stored; absent: as floats */
  readonly storage?: Storage;
  /** a file that is written after each epoch, and read where it is there: interrupted training goes on */
  readonly checkpoint?: string;
  readonly progress?: Progress;
}

const between = (name: string, value: number | undefined, least: number, most: number, whole = false): void => {
  if (value === undefined || (value >= least && value <= most && (!whole || Number.isInteger(value)))) return;
  const kind = whole ? 'a whole number' : 'a number';
  throw new Problem('train-option', `${value} is not ${kind} from ${least} to ${most}`, name, 'see the documentation');
};

/** @throws Problem train-option, train-few */
export function checkSettings(o: TrainSettings): void {
  between('epochs', o.epochs, 1, 100000, true);
  between('batch', o.batch, 1, 65536, true);
  between('rate', o.rate, 1e-9, 1);
  between('warmUp', o.warmUp, 1, 1e6, true);
  between('decay', o.decay, 0, 1);
  between('distillation', o.distillation, 0, 1);
  between('hints', o.hints, 0, 1000);
  between('temperature', o.temperature, 0.1, 100);
  between('roundedEpochs', o.roundedEpochs, 0, 100000, true);
  between('patience', o.patience, 0, 100000, true);
  between('threads', o.threads, 1, 64, true);
  between('noise', o.augment?.noise, 0, 10);
  between('mix', o.augment?.mix, 0, 1);
  if (o.augment?.mix && o.distillation === 0)
    throw new Problem(
      'train-option',
      'only the dense model can tell what mixed samples are',
      'mix',
      'allow distillation',
    );
}
