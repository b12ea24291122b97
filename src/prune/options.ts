import type { Storage } from '../ops/float/batch.js';
import type { Calibration } from '../ops/float/calibration.js';
import type { Progress } from '../support/progress.js';
import type { Pattern } from './pattern.js';
import type { Method } from './trace.js';

export interface PruneOptions {
  /** share of zeros over the layers that are pruned, 0 to below 1; n:m patterns bring their own */
  readonly sparsity?: number;
  /** shares of zeros by layer name instead */
  readonly table?: Readonly<Record<string, number>>;
  /** default unstructured */
  readonly pattern?: Pattern;
  /** default obs with calibration data, lamp without */
  readonly method?: Method;
  /** default: by loss and uniform are both tried and the better one is kept */
  readonly allocation?: 'loss' | 'uniform';
  /** re-solve what stays from calibration data; default yes for obs */
  readonly reconstruct?: boolean;
  /** passes over the samples in which all that stays is trained together, 0 = none; default as many as a minute allows */
  readonly polish?: number;
  /** names of layers to prune; default all but depthwise layers and first convolutions */
  readonly layers?: readonly string[];
  /** no labels needed */
  readonly calibration?: Calibration;
  /** how the result will be stored: its rounding is part of what is made up for */
  readonly storage?: Storage;
  readonly seed?: number;
  readonly progress?: Progress;
}

/** Options of `pruneChannels`. */
export type ChannelOptions = Pick<PruneOptions, 'polish' | 'storage' | 'seed' | 'progress'> & {
  readonly calibration: Calibration;
  /** tensors that lose channels keep a multiple of this many; default 1 */
  readonly multiple?: number;
};
