/** What is declared of samples and of the frames of a camera: how they become the input of a model. */
import { elements, type Shape, type Tensor } from '../ir/graph.js';
import { Problem } from '../support/problem.js';
import { type Conversion, type Grid, longestSide, type Resize } from './frame.js';

export type Layout = 'nhwc' | 'nchw';
export type Colors = 'rgb' | 'bgr';

/**
 * Declared once for all data of a model. Values: real = (stored - mean) * scale, each one number or one per channel of the
 * input.
 */
export interface Preprocess {
  readonly scale?: number | readonly number[];
  readonly mean?: number | readonly number[];
  /** height, width and channels of samples of bytes and of what a camera gives; default those of the model input */
  readonly frame?: readonly [height: number, width: number, channels: number];
  /** of samples in arrays and of frames: a pixel's values together, or channel after channel; default nhwc with a frame, else as the input */
  readonly layout?: Layout;
  /** how a frame of another size than the input is resized; default bilinear */
  readonly resize?: Resize;
  /** order of the colours in arrays and frames; default rgb */
  readonly colors?: Colors;
  /** order of the colours that the model takes; default rgb */
  readonly modelColors?: Colors;
}

/** What is needed of a model input. */
type Input = Pick<Tensor, 'name' | 'shape'>;

const isColour = (channels: number | undefined): boolean => channels === 1 || channels === 3;

/** Rows, columns and channels of an input: an image, or else rows of as many values as the last axis has. */
export function gridOf(shape: Shape, frame?: Preprocess['frame']): Grid {
  const [a = 1, b = 1, c = 1] = shape.length === 4 ? shape.slice(1) : [];
  if (shape.length === 4 && shape[0] === 1)
    return isColour(a) && !isColour(c)
      ? { height: b, width: c, channels: a, planar: true }
      : { height: a, width: b, channels: c, planar: false };
  const size = elements(shape);
  if (frame && frame.reduce((n, d) => n * d, 1) === size)
    return { height: frame[0], width: frame[1], channels: frame[2], planar: false };
  const channels = shape.at(-1) ?? 1;
  return { height: size / channels, width: 1, channels, planar: false };
}

const wrong = (message: string, option: string, hint: string): Problem =>
  new Problem('data-options', message, option, hint);

/** @throws Problem `data-options` */
function checkFrame([height, width, channels]: NonNullable<Preprocess['frame']>, input: Grid, { name }: Input): void {
  const text = `${height}x${width}x${channels}`;
  if ([height, width].some((side) => side > longestSide) || height * width * channels >= 2 ** 31)
    throw wrong(`a frame of ${text} is too large`, '--frame', `at most ${longestSide} pixels a side`);
  const fits =
    channels === input.channels ||
    (channels === 1 && input.channels === 3) ||
    ((channels === 3 || channels === 4) && isColour(input.channels));
  if (fits) return;
  const message = `a frame of ${text} cannot become the ${input.channels} channels of the input "${name}"`;
  throw wrong(message, '--frame', 'give height x width x channels, 1, 3 or 4 of them for images');
}

/** Do red and blue change places? Grey is made of the colours of the frame, whatever the model would take. */
function isSwapped({ colors, modelColors = 'rgb' }: Preprocess, channels: number, input: Grid, isPicture: boolean) {
  const isColoured = channels === 3 || channels === 4;
  if (!isColoured && !isPicture && colors)
    throw wrong(`${channels} channels hold no red, green and blue`, '--colors', 'leave it out');
  const [given = 'rgb', taken] = [isPicture ? 'rgb' : colors, input.channels === 1 ? 'rgb' : modelColors];
  return isColoured && given !== taken;
}

/**
 * How a frame, or a sample of bytes, becomes a model input.
 * @param isPicture a file of a folder: red, green and blue side by side whatever arrays hold
 * @throws Problem `data-options`
 */
export function conversionOf(tensor: Input, p: Preprocess, isPicture = false): Conversion {
  const input = gridOf(tensor.shape, p.frame);
  if (p.frame) checkFrame(p.frame, input, tensor);
  const [height, width, given] = p.frame ?? [input.height, input.width, input.channels];
  const channels = isPicture ? Math.min(given, 3) : given;
  const planar = isPicture || !p.layout ? !isPicture && !p.frame && input.planar : p.layout === 'nchw';
  const swap = isSwapped(p, channels, input, isPicture);
  return { input, resize: p.resize ?? 'bilinear', swap, frame: { height, width, channels, planar } };
}

/** Shape of a frame as arrays have it. */
export const frameShape = ({ height, width, channels, planar }: Grid): readonly number[] =>
  planar ? [channels, height, width] : [height, width, channels];

/** Is anything said of where values lie? Without, samples have the shape of the input. */
export const isArranged = ({ frame, layout, colors, modelColors }: Preprocess): boolean =>
  [frame, layout, colors, modelColors].some((o) => o !== undefined);

const keys = ['scale', 'mean', 'frame', 'layout', 'resize', 'colors', 'modelColors'] as const;

/** What the options declare, of those that are given. */
export const preprocessOf = (options: Preprocess): Preprocess =>
  Object.fromEntries(keys.flatMap((key) => (options[key] === undefined ? [] : [[key, options[key]]])));

/** The same as it would stand on a command line. */
export const preprocessArguments = (p: Preprocess): string[] =>
  Object.entries(preprocessOf(p)).flatMap(([key, value]) => [
    `--${key.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`,
    (Array.isArray(value) ? value : [value]).join(key === 'frame' ? 'x' : ','),
  ]);
