/**
 * Sums of two int8 tensors by one multiplication per operand: (a * ma + b * mb + start) >> shift, clamped. TFLite rounds
 * three times on the way; these numbers are taken only if they give its result for all 65,536 pairs of operands.
 */
import type { NodeOf, Tensor } from '../ir/graph.js';
import { activationRange, addParams, subParams, zeroPoint } from '../ops/quantised.js';
import { clamp, type Multiplier, realMultiplier, requantize } from '../support/fixed.js';
import type { Field, Site } from './kernel.js';

/** What the C struct nn_linear_sum holds. */
export interface LinearSum {
  readonly a: number;
  readonly b: number;
  readonly start: number;
  readonly shift: number;
  readonly range: readonly [number, number];
}

interface Exact {
  /** TFLite's results [a + 128][b + 128] */
  readonly results: Int8Array;
  /** what a stored step of either operand is in steps of the result */
  readonly reals: readonly [number, number];
  readonly range: readonly [number, number];
}

/** Scaled operand of all stored values, -128 to 127. */
const scaled = (zero: number, left: number, { multiplier, shift }: Multiplier): number[] =>
  Array.from({ length: 256 }, (_, i) => requantize((i - 128 - zero) * 2 ** left, multiplier, shift));

/** The sum of operands a and b in this order, b taken off with sign -1. */
function exactSum(
  first: Tensor,
  second: Tensor,
  output: Tensor,
  sign: 1 | -1,
  range: readonly [number, number],
): Exact {
  const p = (sign < 0 ? subParams : addParams)(first, second, output);
  const [as, bs] = [scaled(zeroPoint(first), p.leftShift, p.a), scaled(zeroPoint(second), p.leftShift, p.b)];
  const results = new Int8Array(65536);
  as.forEach((a, i) => {
    bs.forEach((b, j) => {
      const sum = requantize(a + sign * b, p.y.multiplier, p.y.shift) + zeroPoint(output);
      results[256 * i + j] = clamp(sum, ...range);
    });
  });
  const unit = 2 ** p.leftShift * realMultiplier(p.y);
  return { results, reals: [unit * realMultiplier(p.a), sign * unit * realMultiplier(p.b)], range };
}

/** Starts with which a * ma + b * mb gives every result; none if the first is greater. */
function starts({ results, range: [least, most] }: Exact, ma: number, mb: number, shift: number): [number, number] {
  const step = 2 ** shift;
  let [low, high] = [-(2 ** 31), 2 ** 31];
  for (let i = 0; i < 65536 && low <= high; i++) {
    const y = results[i]!;
    const rest = y * step - ((i >> 8) - 128) * ma - ((i & 255) - 128) * mb;
    if (y > least && rest > low) low = rest;
    if (y < most && rest + step - 1 < high) high = rest + step - 1;
  }
  return [low, high];
}

/** How far from the nearest multipliers others are tried. */
const radius = 4;

/** Distances from the nearest, nearest first. */
const nearby = Array.from({ length: (2 * radius + 1) ** 2 }, (_, i) => [
  Math.floor(i / (2 * radius + 1)) - radius,
  (i % (2 * radius + 1)) - radius,
]).sort(([a, b], [c, d]) => a! * a! + b! * b! - c! * c! - d! * d!) as [number, number][];

const fits32 = (ma: number, mb: number, start: number): boolean =>
  128 * (Math.abs(ma) + Math.abs(mb)) + Math.abs(start) < 2 ** 31;

function search(exact: Exact): LinearSum | null {
  const [ra, rb] = exact.reals;
  for (let shift = 24; shift >= 20; shift--)
    for (const [da, db] of nearby) {
      const [ma, mb] = [Math.round(ra * 2 ** shift) + da, Math.round(rb * 2 ** shift) + db];
      const [low, high] = starts(exact, ma, mb, shift);
      const start = Math.floor((low + high) / 2);
      if (low <= high && fits32(ma, mb, start)) return { a: ma, b: mb, start, shift, range: exact.range };
      if (!fits32(ma, mb, 0)) break;
    }
  return null;
}

/** By add or sub, operands in its own order: sites are made anew for every question. */
const known = new WeakMap<object, LinearSum | null>();

function remembered({ graph, add, node, output, inputs }: Site): LinearSum | null {
  const key = add ?? node;
  const before = known.get(key);
  if (before !== undefined) return before;
  const { in: ids, attr } = key as NodeOf<'add'>;
  const [first, second] = add ? (ids.map((id) => graph.tensors[id]!) as [Tensor, Tensor]) : [inputs[0]!, inputs[1]!];
  const found = search(exactSum(first, second, output, node.op === 'sub' ? -1 : 1, activationRange(attr.act, output)));
  known.set(key, found);
  return found;
}

/**
 * The numbers of an add or sub of two tensors, or of the add that a convolution absorbs, whose result is operand a then;
 * null where there are none.
 */
export function linearSum(site: Site): LinearSum | null {
  const { add, node } = site;
  const found = remembered(site);
  const isSwapped = add !== undefined && add.in[0] !== node.out[0];
  return found && isSwapped ? { ...found, a: found.b, b: found.a } : found;
}

/** Members of nn_linear_sum; of a convolution without an add those that stand for none. */
export function linearSumField(site: Site): Field {
  if (!site.add && site.node.op !== 'add' && site.node.op !== 'sub')
    return { comment: 'no add follows', values: [0, 0, 0, 0, 0, 0] };
  const { a, b, start, shift, range } = linearSum(site)!;
  return { comment: 'the sum: a, b, start, shift, least, most', values: [a, b, start, shift, ...range] };
}
