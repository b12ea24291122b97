import { elements, newData, type Shape, type Tensor, type TensorData } from '../ir/graph.js';
import type { NumberArray, NumberType } from '../support/numbers.js';
import { Problem } from '../support/problem.js';
import { converter, isSame, sizeOf } from './frame.js';
import { conversionOf, frameShape, gridOf, isArranged, type Preprocess } from './preprocess.js';
import type { Samples } from './samples.js';

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

/** Where the values of samples lie: the shape that they must have, and what brings them to where the model has them. */
interface Arrangement {
  readonly shape: Shape;
  readonly move?: (values: NumberArray) => NumberArray;
}

/** Frames are bytes: other samples have the size of the input. */
function arrangementOf({ type, isPicture = false }: Samples, tensor: Input, p: Preprocess): Arrangement {
  if (!isArranged(p) && !(isPicture && gridOf(tensor.shape).planar)) return { shape: tensor.shape };
  const { frame, ...rest } = p;
  const how = conversionOf(tensor, type === 'u8' ? p : rest, isPicture);
  return { shape: frameShape(how.frame), ...(!isSame(how) && { move: converter(how) }) };
}

function checkShape(samples: Samples, tensor: Input, { shape }: Arrangement): void {
  if (sameShape(samples.shape, shape)) return;
  const wanted =
    shape === tensor.shape ? `the model's input "${tensor.name}" is` : `those of "${tensor.name}" are to be`;
  throw new Problem(
    'data-shape',
    `a sample is [${samples.shape}], ${wanted} [${shape}]`,
    samples.from,
    'the first axis counts the samples, the rest must be the shape of the input, or of --frame',
  );
}

/** Number of the channel of an element of an input, where `count` values are given for its channels. */
function channelOf({ shape }: Input, count: number): (i: number) => number {
  if (count === 1) return () => 0;
  const { height, width, channels, planar } = gridOf(shape);
  return planar && count === channels ? (i) => Math.floor(i / (height * width)) % count : (i) => i % count;
}

/** The factor for each element by its number; one number serves all. */
function perElement(value: number | readonly number[], what: string, tensor: Input): (i: number) => number {
  const list = typeof value === 'number' ? [value] : value;
  const counts = [1, tensor.shape.at(-1) ?? 1, gridOf(tensor.shape).channels];
  if (!counts.includes(list.length) || !list.every(Number.isFinite))
    throw new Problem('data-options', `${what} has ${list.length} values for ${counts[2]} channels`, `--${what}`);
  const channel = channelOf(tensor, list.length);
  return (i) => list[channel(i)]!;
}

/** Stored values to real ones; `i` is the number of the element in the input. */
type ToReal = (stored: number, i: number) => number;

/** @throws Problem `data-type`, `data-options` */
function toReal(type: NumberType, from: string, tensor: Input, options: Preprocess): ToReal {
  if (!type.startsWith('f') && options.scale === undefined && options.mean === undefined)
    throw new Problem(
      'data-type',
      `${type} data for the ${tensor.type} input "${tensor.name}"`,
      from,
      'say what the numbers mean with --scale and --mean: real = (stored - mean) * scale',
    );
  const scale = perElement(options.scale ?? 1, 'scale', tensor);
  const mean = perElement(options.mean ?? 0, 'mean', tensor);
  return (stored, i) => (stored - mean(i)) * scale(i);
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

/** What a sample is read by. */
interface Reading {
  readonly samples: Samples;
  readonly arrangement: Arrangement;
  readonly real: ToReal;
}

/** The values of a sample, each through `real`. @throws Problem `not-finite` */
function mapped<T extends Float32Array | Float64Array>(
  { samples, arrangement: { move }, real }: Reading,
  index: number,
  Kind: new (length: number) => T,
): T {
  const values = samples.at(index);
  const stored = move ? move(values) : values;
  const out = new Kind(stored.length);
  for (let i = 0; i < out.length; i++) {
    out[i] = real(stored[i]!, i);
    if (!Number.isFinite(out[i]))
      throw new Problem('not-finite', `sample ${index} holds NaN or infinity`, samples.place(index), 'leave it out');
  }
  return out;
}

/** Are data of the input's own type taken as they are? */
const isStored = (type: NumberType, tensor: Input, options: Preprocess): boolean =>
  options.scale === undefined && options.mean === undefined && type === tensor.type && tensor.type !== 'f32';

/** How values of samples are stored in an input. */
function storer(type: NumberType, from: string, tensor: Input, options: Preprocess): ToReal {
  if (isStored(type, tensor, options)) return (stored) => stored;
  const real = toReal(type, from, tensor, options);
  const quantise = quantiser(tensor, from);
  return (stored, i) => quantise(real(stored, i));
}

/**
 * How to feed samples to a model input: a function from the number of a sample to the data of `tensor`.
 * Data of the input's own type are taken as they are (unless scale or mean are given); float data, and other data with
 * scale or mean, are quantised with the input's own parameters. Bytes may have the shape of a declared frame.
 * @param samples shape equal to the input's, with or without axes of 1, or flat
 * @throws Problem `data-shape`, `data-type`, `data-options`; the function: `data-index`, `not-finite` with the number of the sample
 */
export function toInput(samples: Samples, tensor: Input, options: Preprocess = {}): (index: number) => TensorData {
  const arrangement = arrangementOf(samples, tensor, options);
  checkShape(samples, tensor, arrangement);
  const { move } = arrangement;
  if (isStored(samples.type, tensor, options))
    return (index) => (move ? move(samples.at(index)) : samples.at(index).slice()) as TensorData;
  const real = toReal(samples.type, samples.from, tensor, options);
  const quantise = quantiser(tensor, samples.from);
  return (index) => {
    const values = mapped({ samples, arrangement, real }, index, Float64Array);
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
  options: Preprocess = {},
): (index: number) => Float32Array {
  const arrangement = arrangementOf(samples, tensor, options);
  checkShape(samples, tensor, arrangement);
  const { scale: [scale] = [1], zero: [zero] = [0] } = tensor.quant ?? {};
  const stored = (value: number): number => scale! * (value - zero!);
  const { type, from } = samples;
  const real = isStored(type, tensor, options) ? stored : toReal(type, from, tensor, options);
  return (index) => mapped({ samples, arrangement, real }, index, Float32Array);
}

/**
 * What an input stores for each of the 256 bytes, per channel.
 * @throws Problem `data-type`, `data-options`
 */
export function levelsOf(tensor: Input, options: Preprocess): TensorData[] {
  const grid = gridOf(tensor.shape);
  const store = storer('u8', '--emit-preprocess', tensor, options);
  const element = grid.planar ? sizeOf(grid) / grid.channels : 1;
  return Array.from({ length: grid.channels }, (_, c) => {
    const levels = newData(tensor.type, 256);
    for (let v = 0; v < 256; v++) levels[v] = store(v, c * element);
    return levels;
  });
}
