/**
 * Sums brought to stored values by floats, with proof. TFLite scales by integers of 64 bits and rounds twice, which vectors
 * do slowly. Neither way ever falls as the sum grows, so they agree everywhere if they agree where each stored value is
 * first reached, and just before: at most 510 sums a channel. What is added is varied until they do.
 */
import { requantize } from '../../support/fixed.js';

/** What integers do with a channel. */
export interface IntegerScale {
  readonly multiplier: number;
  readonly shift: number;
  /** greatest magnitude of its sums */
  readonly greatest: number;
}

/** Stored values, less their zero point; all at or above it, as after a ReLU. */
export interface Outputs {
  readonly least: number;
  readonly most: number;
}

/** Stored value: round((sum + start) * factor + offset) + base, in floats of 32 bits, halves to the even neighbour. */
export interface FloatScale {
  readonly start: number;
  readonly factor: number;
  readonly offset: number;
  readonly base: number;
}

/** Added to a float below 2^22, leaves the nearest integer in its last places. */
export const rounding = 1.5 * 2 ** 23;

const f32 = Math.fround;

/** What vectors do: nn_rounded of nn_simd.ts. */
const scaled = ({ start, factor, offset, base }: FloatScale, sum: number): number =>
  f32(f32(f32(f32(sum + start) * factor) + offset) + rounding) - rounding + base;

/** The first sum that reaches a stored value. */
interface Step {
  readonly value: number;
  readonly first: number;
  /** how near to a sum the border lies: where rounding goes wrong soonest */
  readonly margin: number;
}

const realOf = ({ multiplier, shift }: IntegerScale): number => multiplier * 2 ** (shift - 31);

/** Halves go up once the first of the two roundings gets there: by this much too early. */
const early = ({ shift }: IntegerScale): number => (shift < 0 ? 2 ** (shift - 1) : 0);

/** Nearest borders first, so that what is wrong is found soon. */
function stepsOf(scale: IntegerScale, { least, most }: Outputs): Step[] {
  const { multiplier, shift, greatest } = scale;
  const of = (sum: number) => requantize(sum, multiplier, shift);
  const steps = Array.from({ length: most - least }, (_, i) => {
    const value = least + 1 + i;
    const border = (value - 0.5 - early(scale)) / realOf(scale);
    let first = Math.max(-greatest, Math.min(greatest + 1, Math.ceil(border)));
    while (first <= greatest && of(first) < value) first++;
    while (first > -greatest && of(first - 1) >= value) first--;
    return { value, first, margin: Math.abs(border - Math.round(border)) };
  });
  return steps.sort((a, b) => a.margin - b.margin);
}

const agrees = (scale: FloatScale, steps: readonly Step[], greatest: number): boolean =>
  steps.every(
    ({ value, first }) =>
      (first > greatest || scaled(scale, first) >= value) && (first <= -greatest || scaled(scale, first - 1) < value),
  );

/** 0, 1, -1, 2, -2, ... */
const around = (count: number): number[] =>
  Array.from({ length: 2 * count + 1 }, (_, i) => (i % 2 ? 1 : -1) * ((i + 1) >> 1));

/** A float, some of its last places on. */
const beside = (x: number, places: number): number => f32(x) + places * 2 ** (Math.floor(Math.log2(x)) - 23);

/** The middle value comes near 0, where floats are finest; offsets move by parts of one sum. */
function* candidates(scale: IntegerScale, { least, most }: Outputs): Generator<FloatScale> {
  const real = realOf(scale);
  for (const part of around(16))
    for (const places of around(3))
      for (const aside of around(24)) {
        const base = ((least + most) >> 1) + aside;
        const start = -Math.round(base / real);
        const offset = f32(early(scale) - base - start * real + (part / 512) * real);
        yield { start, factor: beside(real, places), offset, base };
      }
}

/** Floats that give what integers give for every sum; undefined where none are found. */
export function floatScale(scale: IntegerScale, outputs: Outputs): FloatScale | undefined {
  const { multiplier, shift, greatest } = scale;
  if (multiplier === 0) return { start: 0, factor: 0, offset: 0, base: 0 };
  if (outputs.least < 0 || shift > 0 || greatest * realOf(scale) >= 2 ** 21) return undefined;
  const steps = stepsOf(scale, outputs);
  for (const found of candidates(scale, outputs))
    if (greatest + Math.abs(found.start) < 2 ** 31 && agrees(found, steps, greatest)) return found;
  return undefined;
}
