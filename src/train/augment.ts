/** Changes to samples that keep their meaning; each sample is changed anew in every epoch. */
import { integer } from '../support/rng.js';

/** Changes the inputs of one sample; `next` gives uniform numbers in [0, 1), seeded. */
export type Change = (
  inputs: readonly Float32Array[],
  shapes: readonly (readonly number[])[],
  next: () => number,
) => readonly Float32Array[];

export interface AugmentOptions {
  /** mirror images left to right, every other time */
  readonly flip?: boolean;
  /** move by up to so many pixels along each axis of an image, or [down, across]; the edge is repeated */
  readonly shift?: number | readonly [number, number];
  /** noise with this standard deviation, as a share of the sample's own */
  readonly noise?: number;
  /** share of the samples that are mixed with another one; what that is called, only the dense model can tell */
  readonly mix?: number;
  /** any other, done first */
  readonly change?: Change;
}

/** Height, width and channels of an input [1, H, W, C] or [1, H, W]; undefined for others. */
function frameOf(shape: readonly number[]): readonly [number, number, number] | undefined {
  if (shape.length === 4) return [shape[1]!, shape[2]!, shape[3]!];
  return shape.length === 3 ? [shape[1]!, shape[2]!, 1] : undefined;
}

const clamp = (v: number, most: number): number => Math.max(0, Math.min(most, v));

/** The picture moved and perhaps mirrored; pixels from beyond the edge are those of the edge. */
function moved(x: Float32Array, frame: readonly [number, number, number], dy: number, dx: number, isFlipped: boolean) {
  const [height, width, channels] = frame;
  const out = new Float32Array(x.length);
  for (let row = 0; row < height; row++)
    for (let col = 0; col < width; col++) {
      const across = clamp(col + dx, width - 1);
      const from = (clamp(row + dy, height - 1) * width + (isFlipped ? width - 1 - across : across)) * channels;
      for (let c = 0; c < channels; c++) out[(row * width + col) * channels + c] = x[from + c]!;
    }
  return out;
}

function spread(x: Float32Array): number {
  let [sum, square] = [0, 0];
  for (const v of x) {
    sum += v;
    square += v * v;
  }
  return Math.sqrt(Math.max(0, square / x.length - (sum / x.length) ** 2));
}

const normal = (next: () => number): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());

/** Label of a sample that has none. */
export const unlabelled = -1;

/** A sample as it goes into a batch. */
export interface Sample {
  readonly inputs: readonly Float32Array[];
  /** class number, `unlabelled`, or values */
  readonly label?: number | Float32Array;
}

/** Two samples on top of each other, `share` of the first. */
export function mixed(a: Sample, b: Sample, share: number): Sample {
  const between = (x: Float32Array, y: Float32Array) => x.map((v, i) => share * v + (1 - share) * y[i]!);
  const inputs = a.inputs.map((x, k) => between(x, b.inputs[k]!));
  if (a.label === undefined) return { inputs };
  return { inputs, label: typeof a.label === 'number' ? unlabelled : between(a.label, b.label as Float32Array) };
}

/** One function for all of the rest that the options ask for; undefined where that is nothing. */
export function augmenter({ flip, shift = 0, noise = 0, change }: AugmentOptions): Change | undefined {
  const [down, across] = typeof shift === 'number' ? [shift, shift] : shift;
  if (!flip && !down && !across && !noise && !change) return undefined;
  return (given, shapes, next) => {
    const inputs = change ? change(given, shapes, next) : given;
    const [dy, dx] = [integer(next, -down, down), integer(next, -across, across)];
    const isFlipped = flip === true && next() < 0.5;
    return inputs.map((x, k) => {
      const frame = frameOf(shapes[k]!);
      const y = frame && (dy || dx || isFlipped) ? moved(x, frame, dy, dx, isFlipped) : x;
      if (!noise) return y;
      const size = noise * spread(y);
      return y.map((v) => v + size * normal(next));
    });
  };
}
