import type { Tensor } from '../ir/graph.js';
import { Problem } from '../support/problem.js';
import { random, shuffled } from '../support/rng.js';
import { toRealInput } from './feed.js';
import { toLabels } from './labels.js';
import { readSamples } from './open.js';
import { conversionOf, frameShape, gridOf, isArranged, type Preprocess } from './preprocess.js';
import { allOf, type SampleOptions, type Samples } from './samples.js';

/** Samples to train or judge by, as real numbers before quantisation, read when they are asked for. */
export interface Dataset {
  readonly count: number;
  /** per model input, its elements in raster order */
  inputs(index: number): readonly Float32Array[];
  /** number of the class, or the wanted output itself; absent where there are no labels */
  label?(index: number): number | Float32Array;
  /** names of the classes, where the source tells */
  readonly classes?: readonly string[];
  /** for messages */
  readonly from?: string;
}

/** Shape, type and quantisation of a model input. */
export type InputSpec = Pick<Tensor, 'name' | 'shape' | 'type' | 'quant'>;

export interface DatasetRequest {
  /** a file or folder per model input */
  readonly data: readonly string[];
  /** absent: what `data` tells, if anything */
  readonly labels?: string;
  readonly inputs: readonly InputSpec[];
  /** what stored values mean, and where they lie */
  readonly feed?: Preprocess;
  /** column of a .csv that holds the class */
  readonly labelColumn?: string;
}

/** Shape of a sample, without the batch axis, and what pictures are brought to. */
function sampleShapes(input: InputSpec, p: Preprocess): Pick<SampleOptions, 'shape' | 'picture'> {
  const { shape } = input;
  const own = shape[0] === 1 ? shape.slice(1) : shape;
  if (!isArranged(p) && !gridOf(shape).planar) return { shape: own };
  const picture = frameShape(conversionOf(input, p, true).frame);
  return { shape: isArranged(p) ? frameShape(conversionOf(input, p).frame) : own, picture };
}

/**
 * Opens a file or folder per model input.
 * @throws Problem `inputs-count` where files and inputs differ in number, or files in samples; as `readSamples`
 */
export async function openInputs(
  paths: readonly string[],
  inputs: readonly InputSpec[],
  { labelColumn, ...preprocess }: Preprocess & { labelColumn?: string } = {},
): Promise<Samples[]> {
  if (paths.length !== inputs.length)
    throw new Problem(
      'inputs-count',
      `the model has ${inputs.length} inputs, ${paths.length} files are given`,
      '--input',
      'repeat the option, one file per input, in order',
    );
  const column = labelColumn === undefined ? {} : { labelColumn };
  const files = await Promise.all(
    paths.map((path, i) =>
      readSamples(path, {
        ...sampleShapes(inputs[i]!, preprocess),
        // frames are bytes
        type: preprocess.frame ? 'u8' : inputs[i]!.type,
        ...column,
      }),
    ),
  );
  const short = files.findIndex((f) => f.count !== files[0]!.count);
  if (short > 0)
    throw new Problem(
      'inputs-count',
      `holds ${files[short]!.count} samples, the first input has ${files[0]!.count}`,
      paths[short],
    );
  return files;
}

type Label = (index: number) => number | Float32Array;

/** @throws Problem `labels-count` */
function checkCount(labels: number, samples: number, where: string): void {
  if (labels !== samples)
    throw new Problem('labels-count', `${labels} labels for ${samples} samples`, where, 'give one label per sample');
}

/** Classes, or rows of real numbers: outputs that are wanted. */
async function labelsOf(path: string, count: number, labelColumn?: string): Promise<Label> {
  const samples = await readSamples(path, labelColumn === undefined ? {} : { labelColumn });
  checkCount(samples.count, count, path);
  const width = samples.shape.reduce((n, d) => n * d, 1);
  const { labels } = samples;
  if (labels) return (i) => labels[i]!;
  if (width > 1) return (i) => finiteRow(samples, i);
  const numbers = toLabels({ shape: [count], data: allOf(samples) }, path);
  return (i) => numbers[i]!;
}

function finiteRow(samples: Samples, index: number): Float32Array {
  const row = Float32Array.from(samples.at(index));
  if (row.every(Number.isFinite)) return row;
  throw new Problem('not-finite', `label ${index} holds NaN or infinity`, samples.place(index));
}

/**
 * Opens a dataset: a file or folder per model input, labels from a file of their own or from what the data say.
 * Integer data need `feed` to say what they mean, but for those of the input's own type.
 * @throws Problem `inputs-count`, `labels-count`, `data-shape`, `data-type`; as `readSamples` and `readLabels`
 */
export async function openDataset({ data, labels, inputs, feed, labelColumn }: DatasetRequest): Promise<Dataset> {
  const files = await openInputs(data, inputs, { ...feed, ...(labelColumn !== undefined && { labelColumn }) });
  const [first] = files;
  const count = first!.count;
  const real = files.map((samples, i) => toRealInput(samples, inputs[i]!, feed));
  const own = first!.labels && ((i: number) => first!.labels![i]!);
  const label = labels === undefined ? own : await labelsOf(labels, count, labelColumn);
  return {
    count,
    inputs: (i) => real.map((input) => input(i)),
    ...(label && { label }),
    ...(labels === undefined && first!.classes && { classes: first!.classes }),
    from: first!.from,
  };
}

/** Those samples of a set, in that order. */
export function subset(set: Dataset, indices: ArrayLike<number>): Dataset {
  const { label } = set;
  return {
    count: indices.length,
    inputs: (i) => set.inputs(indices[i]!),
    ...(label && { label: (i: number) => label.call(set, indices[i]!) }),
    ...(set.classes && { classes: set.classes }),
    ...(set.from !== undefined && { from: set.from }),
  };
}

/** The numbers below `count` in an order that hangs on the seed alone. */
export const shuffledOrder = (count: number, seed: number): Uint32Array =>
  Uint32Array.from(shuffled(count, random(seed)));

/** Samples by class; one group where there are none. */
function groupsOf(set: Dataset, order: Uint32Array): number[][] {
  const groups = new Map<number, number[]>();
  for (const i of order) {
    const label = set.label?.(i);
    const key = typeof label === 'number' ? label : -1;
    groups.get(key)?.push(i) ?? groups.set(key, [i]);
  }
  return [...groups.values()];
}

/** A share of all, and of every group as nearly as whole numbers allow. */
function shareOf(groups: readonly (readonly number[])[], share: number): number[] {
  let [seen, taken] = [0, 0];
  return groups.flatMap((group) => {
    seen += group.length;
    const part = group.slice(0, Math.round(share * seen) - taken);
    taken += part.length;
    return part;
  });
}

/**
 * Takes a share of every class out of a set, to validate by; both parts come in shuffled order.
 * @param share above 0 and below 1
 * @throws Problem `option-invalid`, `data-few` where a part would be empty
 */
export function splitDataset(
  set: Dataset,
  share: number,
  seed: number,
  option = 'validation split',
): { train: Dataset; validation: Dataset } {
  if (!(share > 0 && share < 1))
    throw new Problem('option-invalid', `${share} is not a share between 0 and 1`, option, 'e.g. 0.1');
  const order = shuffledOrder(set.count, seed);
  const taken = new Set(shareOf(groupsOf(set, order), share));
  if (!taken.size || taken.size === set.count)
    throw new Problem('data-few', `${set.count} samples cannot be split by ${share}`, option);
  const part = (isTaken: boolean): Dataset =>
    subset(
      set,
      order.filter((i) => taken.has(i) === isTaken),
    );
  return { train: part(false), validation: part(true) };
}
