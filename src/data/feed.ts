import { elements, newData, type Shape, type Tensor, type TensorData } from '../ir/graph.js';
import { Problem } from '../support/problem.js';
import type { Samples } from './samples.js';

/** real = (stored - mean) * scale, each one number or one per channel (last axis). */
export interface FeedOptions {
  readonly scale?: number | readonly number[];
  readonly mean?: number | readonly number[];
}

/** What is needed of a model input. */
type Input = Pick<Tensor, 'name' | 'shape' | 'type' | 'quant'>;

const ranges: Readonly<Record<string, readonly [number, number]>> = {
  s8: [-128, 127],
  u8: [0, 255],
  s16: [-32768, 32767],
};

const squeezed = (shape: Shape): string => shape.filter((d) => d !== 1).join('x');

/** Equal up to axes of 1 (batch, channel), or one of the two is flat. */
function sameShape(sample: Shape, input: Shape): boolean {
  if (elements(sample) !== elements(input)) return false;
  const flat = sample.length <= 1 || squeezed(input) === `${elements(input)}`;
  return flat || squeezed(sample) === squeezed(input);
}

function checkShape(samples: Samples, tensor: Input): void {
  if (sameShape(samples.shape, tensor.shape)) return;
  throw new Problem(
    'data-shape',
    `a sample is [${samples.shape}], the model's input "${tensor.name}" is [${tensor.shape}]`,
    samples.from,
    'the first axis counts the samples, the rest must be the shape of the input',
  );
}

/** The factor for each channel; one number serves all. */
function perChannel(value: number | readonly number[], what: string, channels: number): readonly number[] {
  const list = typeof value === 'number' ? [value] : value;
  if ((list.length !== 1 && list.length !== channels) || !list.every(Number.isFinite))
    throw new Problem('data-options', `${what} has ${list.length} values for ${channels} channels`, `--${what}`);
  return list;
}

/** Stored values of the file to real ones. */
function toReal(samples: Samples, tensor: Input, options: FeedOptions): (stored: number, i: number) => number {
  const float = samples.type.startsWith('f');
  if (!float && options.scale === undefined && options.mean === undefined)
    throw new Problem(
      'data-type',
      `${samples.type} data for the ${tensor.type} input "${tensor.name}"`,
      samples.from,
      'say what the numbers mean with --scale and --mean: real = (stored - mean) * scale',
    );
  const channels = tensor.shape.at(-1) ?? 1;
  const scale = perChannel(options.scale ?? 1, 'scale', channels);
  const mean = perChannel(options.mean ?? 0, 'mean', channels);
  return (stored, i) => (stored - mean[i % mean.length]!) * scale[i % scale.length]!;
}

/** TFLite's QUANTIZE: divided in float32, rounded half away from zero, clamped. */
function quantiser(tensor: Input, from: string): (real: number) => number {
  if (tensor.type === 'f32') return (real) => real;
  const range = ranges[tensor.type];
  const scale = tensor.quant?.scale[0];
  const zero = tensor.quant?.zero[0] ?? 0;
  if (!range || scale === undefined)
    throw new Problem('data-type', `the ${tensor.type} input "${tensor.name}" takes ${tensor.type} data only`, from);
  return (real) => {
    const steps = Math.fround(Math.fround(real) / scale);
    const rounded = Math.sign(steps) * Math.floor(Math.abs(steps) + 0.5) + zero;
    return Math.min(range[1], Math.max(range[0], rounded));
  };
}

/**
 * Real values as a model input stores them.
 * @throws Problem `data-type` for an input that cannot be fed real values
 */
export function storedInput(tensor: Input, from: string): (real: Float32Array) => TensorData {
  if (tensor.type === 'f32') return (real) => real;
  const quantise = quantiser(tensor, from);
  return (real) => {
    const out = newData(tensor.type, real.length);
    for (let i = 0; i < out.length; i++) out[i] = quantise(real[i]!);
    return out;
  };
}

/** The values of a sample, each through `real`. @throws Problem `not-finite` */
function mapped<T extends Float32Array | Float64Array>(
  samples: Samples,
  index: number,
  Kind: new (length: number) => T,
  real: (stored: number, i: number) => number,
): T {
  const stored = samples.at(index);
  const out = new Kind(stored.length);
  for (let i = 0; i < out.length; i++) {
    out[i] = real(stored[i]!, i);
    if (!Number.isFinite(out[i]))
      throw new Problem('not-finite', `sample ${index} holds NaN or infinity`, samples.place(index), 'leave it out');
  }
  return out;
}

/** Are data of the input's own type taken as they are? */
const isStored = (samples: Samples, tensor: Input, options: FeedOptions): boolean =>
  options.scale === undefined && options.mean === undefined && samples.type === tensor.type && tensor.type !== 'f32';

/**
 * How to feed samples to a model input: a function from the number of a sample to the data of `tensor`.
 * Data of the input's own type are taken as they are (unless scale or mean are given); float data, and other data with
 * scale or mean, are quantised with the input's own parameters.
 * @param samples shape equal to the input's, with or without axes of 1, or flat
 * @throws Problem `data-shape`, `data-type`; the function: `data-index`, `not-finite` with the number of the sample
 */
export function toInput(samples: Samples, tensor: Input, options: FeedOptions = {}): (index: number) => TensorData {
  checkShape(samples, tensor);
  if (isStored(samples, tensor, options)) return (index) => samples.at(index).slice() as TensorData;
  const real = toReal(samples, tensor, options);
  const quantise = quantiser(tensor, samples.from);
  return (index) => {
    const values = mapped(samples, index, Float64Array, real);
    const out = newData(tensor.type, values.length);
    for (let i = 0; i < out.length; i++) out[i] = quantise(values[i]!);
    return out;
  };
}

/**
 * The same as real numbers, not quantised: what training looks at. Data of a quantised input's own type get the values
 * that they stand for.
 * @throws Problem as `toInput`
 */
export function toRealInput(
  samples: Samples,
  tensor: Input,
  options: FeedOptions = {},
): (index: number) => Float32Array {
  checkShape(samples, tensor);
  const { scale: [scale] = [1], zero: [zero] = [0] } = tensor.quant ?? {};
  const stored = (value: number): number => scale! * (value - zero!);
  const real = isStored(samples, tensor, options) ? stored : toReal(samples, tensor, options);
  return (index) => mapped(samples, index, Float32Array, real);
}
