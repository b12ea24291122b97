import type { NumberArray, NumberType } from '../support/numbers.js';
import { Problem } from '../support/problem.js';

/** Samples of one model input, each read when it is asked for. */
export interface Samples {
  /** where they come from, for messages */
  readonly from: string;
  readonly count: number;
  /** of one sample */
  readonly shape: readonly number[];
  /** as stored in the file */
  readonly type: NumberType;
  /**
   * Stored values of a sample, not to be changed.
   * @throws Problem `data-index`; what is wrong with the sample, where it is read only now
   */
  at(index: number): NumberArray;
  /** where a sample is: its file, or its row in the file; for messages */
  place(index: number): string;
  /** class of each sample, where the source tells */
  readonly labels?: Int32Array;
  /** names of the classes, where the source tells */
  readonly classes?: readonly string[];
  /** are they pictures, red, green and blue side by side? */
  readonly isPicture?: boolean;
  /** file of each sample, where it has its own */
  readonly names?: readonly string[];
}

export interface SampleOptions {
  /** which array of a .npz */
  readonly key?: string;
  /** shape of the model input without its batch axis: of a sample of a .bin; images are brought to it */
  readonly shape?: readonly number[];
  /** height, width and channels that images are brought to, where that is another shape */
  readonly picture?: readonly number[];
  /** type of the numbers of a .bin */
  readonly type?: NumberType;
  /** column of a .csv that holds the class: its name in the header, or `last` */
  readonly labelColumn?: string;
}

/** @throws Problem `data-index` where there is no such sample */
export function checkIndex(index: number, count: number, from: string): void {
  if (!Number.isInteger(index) || index < 0 || index >= count)
    throw new Problem('data-index', `there is no sample ${index} among ${count}`, from);
}

/** Samples that lie one after another in an array. */
export function samplesOf(
  data: NumberArray,
  about: Pick<Samples, 'from' | 'count' | 'shape' | 'type'> & Partial<Pick<Samples, 'place' | 'labels' | 'classes'>>,
): Samples {
  const { from, count } = about;
  const size = about.shape.reduce((n, d) => n * d, 1);
  return {
    place: () => from,
    ...about,
    at(index) {
      checkIndex(index, count, from);
      return data.subarray(index * size, (index + 1) * size);
    },
  };
}

/** All samples, one after another: for sets that are known to be small. */
export function allOf(samples: Samples): NumberArray {
  const first = samples.at(0);
  const all = new (first.constructor as new (length: number) => NumberArray)(samples.count * first.length);
  for (let i = 0; i < samples.count; i++) all.set(samples.at(i), i * first.length);
  return all;
}
