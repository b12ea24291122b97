import type { Dataset, InputSpec } from '../data/dataset.js';
import { storedInput } from '../data/feed.js';
import { elements } from '../ir/graph.js';
import type { SampleSource } from '../ops/float/calibration.js';
import { Problem } from '../support/problem.js';
import type { DatasetAbout, DatasetFunction, Part } from './config.js';

const bad = (message: string, where: string): Problem =>
  new Problem('dataset-invalid', message, where, '{ count, inputs(i): Float32Array[], label?(i): number }');

/** A sample as it should be: an array of numbers per input. */
function checkSample(data: readonly ArrayLike<number>[], inputs: readonly InputSpec[], where: string): Float32Array[] {
  if (!Array.isArray(data) || data.length !== inputs.length)
    throw bad(`has ${data?.length ?? 'no'} arrays for ${inputs.length} inputs`, where);
  return inputs.map(({ name, shape }, i) => {
    const values = Float32Array.from(data[i] ?? []);
    if (values.length !== elements(shape))
      throw bad(`has ${values.length} values for the input "${name}" of shape [${shape}]`, where);
    if (!values.every(Number.isFinite)) throw new Problem('not-finite', 'holds NaN or infinity', where);
    return values;
  });
}

/**
 * A part of the dataset of a configuration file; every sample is checked when it is asked for.
 * @throws Problem `dataset-invalid` where it is none
 */
export async function datasetPart(
  dataset: DatasetFunction,
  part: Part,
  about: DatasetAbout,
): Promise<Dataset | undefined> {
  const where = `dataset('${part}')`;
  const set = await dataset(part, about);
  if (!set) return undefined;
  if (!Number.isInteger(set.count) || set.count < 1 || typeof set.inputs !== 'function')
    throw bad('gives no samples', where);
  return {
    count: set.count,
    inputs: (i) => checkSample(set.inputs(i), about.inputs, `${where}, sample ${i}`),
    ...(set.label && { label: (i: number) => set.label!(i) }),
    ...(set.classes && { classes: set.classes }),
  };
}

/** Samples as the model takes them, for calibration and accuracy. */
export function sourceOf(set: Dataset, inputs: readonly InputSpec[], from: string): SampleSource {
  const stores = inputs.map((input) => storedInput(input, from));
  return { count: set.count, from, sample: (i) => set.inputs(i).map((data, k) => stores[k]!(data)) };
}

/**
 * The class of every sample; undefined where there are none, or wanted outputs instead.
 * @throws Problem `dataset-labels` where a label is no class number
 */
export function classesOf(set: Dataset, where: string): Int32Array | undefined {
  if (!set.label || typeof set.label(0) === 'object') return undefined;
  return Int32Array.from({ length: set.count }, (_, i) => {
    const label = set.label!(i);
    if (typeof label === 'number' && Number.isInteger(label) && label >= 0) return label;
    throw new Problem('dataset-labels', `label ${label} of sample ${i} is no class number`, where);
  });
}
