import type { NumberArray } from '../support/numbers.js';

/** A picture in memory: sizes in pixels, values of a pixel side by side, or one channel after another (`planar`). */
export interface Grid {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly planar: boolean;
}

export type Resize = 'nearest' | 'bilinear';

/** How the pixels of a model input come from those of a frame. */
export interface Conversion {
  readonly frame: Grid;
  readonly input: Grid;
  readonly resize: Resize;
  /** the first and the third channel of the frame change places */
  readonly swap: boolean;
}

/** Longest side of a frame in pixels: places are counted in 1/65536 of a pixel, in 32 bits. */
export const longestSide = 2 ** 15 - 1;

/** Distances of rows, pixels and channels, in values. */
export const strides = ({ height, width, channels, planar }: Grid): { row: number; pixel: number; plane: number } =>
  planar ? { row: width, pixel: 1, plane: height * width } : { row: width * channels, pixel: channels, plane: 1 };

export const sizeOf = ({ height, width, channels }: Grid): number => height * width * channels;

/** Pixels of the frame per pixel of the input, in 1/65536. */
export const stepOf = (frame: number, input: number): number => Math.floor((frame * 65536) / input);

/** Is a frame of another size than the input? */
export const isResized = ({ frame, input }: Conversion): boolean =>
  frame.height !== input.height || frame.width !== input.width;

/** Does a coloured frame (three or four channels) become grey? */
export const isGrey = ({ frame, input }: Conversion): boolean => frame.channels >= 3 && input.channels === 1;

/** Channels of the frame that channel c of the input is made of: one, or red, green and blue. */
export function channelsFor(how: Conversion, c: number): readonly number[] {
  const rgb = how.swap ? [2, 1, 0] : [0, 1, 2];
  if (isGrey(how)) return rgb;
  if (how.frame.channels === 1) return [0];
  return [how.swap && c < 3 ? rgb[c]! : c];
}

/** Would every value stay where it is? */
export const isSame = (how: Conversion): boolean =>
  !isResized(how) &&
  !how.swap &&
  how.frame.channels === how.input.channels &&
  (how.frame.planar === how.input.planar || how.frame.channels === 1);

/** Shares of red, green and blue in grey, in 1/256. Source: ITU-R BT.601. */
export const luma = [77, 150, 29] as const;

/** Two neighbours on an axis, and the share of the second in 1/256. */
interface Place {
  readonly first: number;
  readonly second: number;
  readonly share: number;
}

/** The place of the centre of every pixel of the input on an axis of the frame. */
function placesOf(frame: number, input: number, resize: Resize): Place[] {
  const step = stepOf(frame, input);
  return Array.from({ length: input }, (_, i) => {
    const centre = i * step + Math.floor(step / 2);
    const at = resize === 'nearest' ? centre : Math.max(0, centre - 32768);
    const first = Math.min(Math.floor(at / 65536), frame - 1);
    const share = resize === 'nearest' ? 0 : Math.floor((at % 65536) / 256);
    return { first, second: Math.min(first + 1, frame - 1), share };
  });
}

/** Weighted mean of four neighbours, rounded to the nearest, halves up. */
const mixed = (values: NumberArray, y: Place, x: Place, row: number, pixel: number, at: number): number => {
  const value = (r: number, p: number): number => values[at + r * row + p * pixel]!;
  const top = value(y.first, x.first) * (256 - x.share) + value(y.first, x.second) * x.share;
  const bottom = value(y.second, x.first) * (256 - x.share) + value(y.second, x.second) * x.share;
  return Math.floor((top * (256 - y.share) + bottom * y.share + 32768) / 65536);
};

/**
 * Pixels of the frame as the model input has them, in whole numbers; nn_frame.h does the same, bit for bit.
 * @returns a function from the values of a frame to those of the input; values other than bytes only change places
 */
export function converter(how: Conversion): (values: NumberArray) => NumberArray {
  const { frame, input, resize } = how;
  const [rows, columns] = [placesOf(frame.height, input.height, resize), placesOf(frame.width, input.width, resize)];
  const [from, to] = [strides(frame), strides(input)];
  const isMoved = !isResized(how);
  return (values) => {
    const out = new (values.constructor as new (length: number) => NumberArray)(sizeOf(input));
    const value = (y: Place, x: Place, c: number): number =>
      isMoved
        ? values[c * from.plane + y.first * from.row + x.first * from.pixel]!
        : mixed(values, y, x, from.row, from.pixel, c * from.plane);
    for (let c = 0; c < input.channels; c++) {
      const [one, ...others] = channelsFor(how, c);
      rows.forEach((y, i) => {
        columns.forEach((x, j) => {
          const grey = (): number =>
            [one!, ...others].reduce((sum, channel, k) => sum + luma[k]! * value(y, x, channel), 128);
          const at = c * to.plane + i * to.row + j * to.pixel;
          out[at] = others.length ? Math.floor(grey() / 256) : value(y, x, one!);
        });
      });
    }
    return out;
  };
}
