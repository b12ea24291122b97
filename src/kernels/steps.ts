/**
 * Requantisation proven, not computed, as TFLite does it. From sum to stored value is a staircase of at most 256 steps, so
 * cheaper arithmetic is right for all sums that can occur if it has its steps at the same sums:
 *
 *     q = sum + offset
 *     q < 0: -128;  q >= limit: 127;
 *     else (q * factor + floor(q * fraction / 2^13) + start - (q < middle ? away : 0)) / 2^24, modulo 256
 *
 * where no product needs more than 32 bits. TFLite rounds halves away from zero, which moves the steps of negative sums;
 * `away` is 0 where none of these matter.
 */
import { requantize } from '../support/fixed.js';

/** From sums in [low, high], bias included, to stored values. */
export interface Requantisation {
  readonly low: number;
  readonly high: number;
  readonly multiplier: number;
  readonly shift: number;
  /** zero point of the output */
  readonly zero: number;
}

/** The numbers of a staircase; `offset` without the bias. */
export interface Staircase {
  readonly offset: number;
  readonly limit: number;
  readonly fraction: number;
  readonly factor: number;
  readonly start: number;
  readonly middle: number;
  readonly away: number;
}

const fractionBits = 13;
const unit = 2 ** fractionBits;
/** Sums with a result of their own; so many that limit and fraction share a word. */
const mostSums = 2 ** (32 - fractionBits);
/** A step, in units of the multiplier's last bit. */
const step = 2 ** (24 + fractionBits);

const least = -128;
const most = 127;

/** TFLite's stored value of a sum. */
export function storedValue({ multiplier, shift, zero }: Requantisation, sum: number): number {
  return Math.min(most, Math.max(least, requantize(sum, multiplier, shift) + zero));
}

/** Do larger sums never have smaller results? Shifts to the left must not lose bits. */
const isMonotone = ({ low, high, multiplier, shift }: Requantisation): boolean =>
  multiplier >= 0 && Math.max(-low, high) * 2 ** Math.max(0, shift) < 2 ** 30;

/** The least sum in (low, high] with a stored value of at least `value`, which high has and low has not. */
function threshold(r: Requantisation, value: number): number {
  const real = r.multiplier * 2 ** (r.shift - 31);
  const guess = Math.round((value - r.zero - 0.5) / real);
  let sum = Math.min(r.high, Math.max(r.low + 1, guess));
  while (sum > r.low + 1 && storedValue(r, sum - 1) >= value) sum--;
  while (storedValue(r, sum) < value) sum++;
  return sum;
}

/** Where the steps of a staircase lie, relative to the first sum that has a result of its own. */
interface Steps {
  /** sum with q = 0 */
  readonly base: number;
  /** stored value of q = 0 */
  readonly first: number;
  readonly limit: number;
  /** least q with results first + 1, first + 2, ... */
  readonly at: readonly number[];
}

function stepsOf(r: Requantisation): Steps {
  const [lowest, highest] = [storedValue(r, r.low), storedValue(r, r.high)];
  const reach = (value: number) => threshold(r, value);
  if (lowest === highest) {
    // All sums have one result; where that is an end of the range, no sum has one of its own.
    if (lowest === least) return { base: r.high + 1, first: least, limit: 0, at: [] };
    return { base: r.low, first: lowest, limit: lowest === most ? 0 : r.high - r.low + 1, at: [] };
  }
  const base = lowest === least ? reach(least + 1) : r.low;
  const first = storedValue(r, base);
  const end = highest === most ? reach(most) : r.high + 1;
  const at: number[] = [];
  for (let value = first + 1; value <= Math.min(highest, most - 1); value++) at.push(reach(value) - base);
  return { base, first, limit: Math.max(0, end - base), at };
}

/** What a sum is multiplied by, in units of 1 / `step`, and what negative ones lose in units of 2^-24. */
interface Slope {
  readonly multiplier: number;
  readonly middle: number;
  readonly away: number;
}

/** The lost part of q, in units of 1 / `step`. */
const loss = ({ middle, away }: Slope, q: number): number => (q < middle ? away * unit : 0);

/** Starts (of the least result) that put the steps where they should be. */
function startsFor({ at, limit }: Steps, slope: Slope): readonly [number, number] {
  const { multiplier } = slope;
  let low = loss(slope, 0);
  let high = (at.length + 1) * step - 1 - (limit - 1) * multiplier + loss(slope, limit - 1);
  at.forEach((q, i) => {
    low = Math.max(low, (i + 1) * step - q * multiplier + loss(slope, q));
    high = Math.min(high, (i + 1) * step - 1 - (q - 1) * multiplier + loss(slope, q - 1));
  });
  return [Math.ceil(low / unit), Math.floor(high / unit)];
}

/** As the kernels compute it, the first result left out; -1 where 32 bits are too few. */
function resultOf({ factor, fraction, start, middle, away }: Staircase, q: number): number {
  if (q * fraction >= 2 ** 32) return -1;
  return Math.floor((q * factor + Math.floor((q * fraction) / unit) + start - (q < middle ? away : 0)) / 2 ** 24);
}

/**
 * Has this arithmetic all its steps where they should be? Below and above `middle` it never falls, so what holds at both
 * ends of a step holds between.
 */
function isRight({ at, limit }: Steps, stairs: Staircase): boolean {
  if (limit === 0) return true;
  const { middle } = stairs;
  const inside = [middle - 1, middle, limit - 1].filter((q) => q >= 0 && q < limit);
  const wanted = (q: number) => at.filter((threshold) => threshold <= q).length;
  const steps = at.every((q, i) => resultOf(stairs, q) === i + 1 && resultOf(stairs, q - 1) === i);
  return steps && [0, ...inside].every((q) => resultOf(stairs, q) === wanted(q));
}

/** How many multipliers near TFLite's own are tried. */
const tries = 64;

/** Slopes, nearest to TFLite's own first: those without a loss before those with one. */
function* slopes({ multiplier, shift }: Requantisation, { at, base, limit }: Steps): Generator<Slope> {
  const nearest = at.length ? Math.round(multiplier * 2 ** (shift - 31) * step) : 0;
  const middle = Math.min(limit, Math.max(0, -base));
  const losses = middle > 0 && shift < 0 && shift >= -24 ? [0, 2 ** (24 + shift)] : [0];
  for (const away of losses)
    for (let i = 0; i < tries; i++)
      yield { multiplier: Math.max(0, nearest + (i % 2 ? (i + 1) / 2 : -i / 2)), middle: away ? middle : 0, away };
}

/** The staircase of a channel, checked at each of its steps; null where there is none. */
export function staircaseOf(r: Requantisation): Staircase | null {
  if (!isMonotone(r)) return null;
  const steps = stepsOf(r);
  if (steps.limit >= mostSums) return null;
  for (const slope of slopes(r, steps)) {
    const [low, high] = startsFor(steps, slope);
    if (low > high) continue;
    const { multiplier, middle, away } = slope;
    const split = { factor: Math.floor(multiplier / unit), fraction: multiplier % unit };
    const start = Math.floor((low + high) / 2);
    const stairs = { offset: -steps.base, limit: steps.limit, ...split, start, middle, away };
    if (isRight(steps, stairs)) return { ...stairs, start: start + (steps.first & 255) * 2 ** 24 };
  }
  return null;
}

/** Does every sum of a channel have the same stored value? Then its weights do not matter. */
export const isConstant = (r: Requantisation): boolean =>
  isMonotone(r) && storedValue(r, r.low) === storedValue(r, r.high);
