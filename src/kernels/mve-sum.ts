/** Numbers of sums (nn_mve_sum_s8.h): the add that a convolution absorbs, or one of its own. */
import type { NodeOf, Tensor } from '../ir/graph.js';
import { activationRange, addParams, scaleOf, subParams, zeroPoint } from '../ops/quantised.js';
import { type Multiplier, requantize } from '../support/fixed.js';
import type { Field, Site } from './kernel.js';
import { siteArray } from './pack.js';

interface Sum {
  /** the convolution's result and the skip tensor, or the operands in order */
  readonly a: Tensor;
  readonly b: Tensor;
  readonly y: Tensor;
  /** 1, or -1 for a difference */
  readonly sign: number;
  readonly scaleA: Multiplier;
  readonly scaleB: Multiplier;
  readonly scaleY: Multiplier;
  /** bits by which operands are shifted up */
  readonly left: number;
  readonly range: readonly [number, number];
}

function sumOf({ graph, add, node, output, inputs }: Site): Sum {
  const { in: ids, attr } = (add ?? node) as NodeOf<'add'>;
  const [first, second] = add ? (ids.map((id) => graph.tensors[id]!) as [Tensor, Tensor]) : [inputs[0]!, inputs[1]!];
  const isSub = node.op === 'sub';
  const p = (isSub ? subParams : addParams)(first, second, output);
  const isSwapped = add !== undefined && ids[0] !== node.out[0];
  const [a, b, scaleA, scaleB] = isSwapped ? [second, first, p.b, p.a] : [first, second, p.a, p.b];
  const range = activationRange(attr.act, output);
  return { a, b, y: output, sign: isSub ? -1 : 1, scaleA, scaleB, scaleY: p.y, left: p.leftShift, range };
}

/** What each stored value -128 to 127 of an operand contributes. */
const contributions = (t: Tensor, left: number, { multiplier, shift }: Multiplier): number[] =>
  Array.from({ length: 256 }, (_, i) => requantize((i - 128 - zeroPoint(t)) * 2 ** left, multiplier, shift));

/** Results of all pairs of stored values, [256 of a][256 of b]. */
function resultsOf(s: Sum): Int16Array {
  const results = new Int16Array(65536);
  const [as, bs] = [contributions(s.a, s.left, s.scaleA), contributions(s.b, s.left, s.scaleB)];
  const [low, high] = s.range;
  for (let i = 0; i < 65536; i++) {
    const scaled = as[i >> 8]! + s.sign * bs[i & 255]!;
    const value = requantize(scaled, s.scaleY.multiplier, s.scaleY.shift) + zeroPoint(s.y);
    results[i] = Math.min(high, Math.max(low, value));
  }
  return results;
}

/** As the enum NN_MVE_LINEAR. */
type Numbers = readonly number[];

/**
 * The offset with which floor((a * ma + b * mb + offset) / 2^bits) gives all results, if there is one. A result within the
 * range bounds it on both sides, one at an end of the range on one side.
 */
function offsetFor(results: Int16Array, [low, high]: readonly [number, number], ma: number, mb: number, bits: number) {
  let [least, most] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const unit = 2 ** bits;
  for (let i = 0; i < 65536 && least <= most; i++) {
    const product = ((i >> 8) - 128) * ma + ((i & 255) - 128) * mb;
    const at = results[i]! * unit - product;
    if (results[i]! > low) least = Math.max(least, at);
    if (results[i]! < high) most = Math.min(most, at + unit - 1);
  }
  return least <= most ? Math.floor((least + most) / 2) : undefined;
}

/** Do all sums on the way fit into 32 bits? */
const hasRoom = (ma: number, mb: number, offset: number): boolean =>
  128 * (Math.abs(ma) + Math.abs(mb)) + Math.abs(offset) < 2 ** 31;

/** Distances from the nearest multiplier, in the order in which they are tried. */
const steps = [0, 1, -1, 2, -2, 3, -3];

/** A linear form of the sum that is right for all pairs of stored values, if there is one. */
function search(s: Sum): Numbers | undefined {
  const [ka, kb] = [scaleOf(s.a) / scaleOf(s.y), (s.sign * scaleOf(s.b)) / scaleOf(s.y)];
  const [za, zb, zy] = [zeroPoint(s.a), zeroPoint(s.b), zeroPoint(s.y)];
  const real = zy - ka * za - kb * zb;
  const bits = Math.floor(31 - Math.log2(128 * (Math.abs(ka) + Math.abs(kb)) + Math.abs(real) + 1));
  if (bits < 1 || bits > 30) return undefined;
  const results = resultsOf(s);
  for (const da of steps)
    for (const db of steps) {
      const [ma, mb] = [Math.round(ka * 2 ** bits) + da, Math.round(kb * 2 ** bits) + db];
      const offset = offsetFor(results, s.range, ma, mb, bits);
      if (offset !== undefined && hasRoom(ma, mb, offset)) return [ma, mb, offset, -bits, ...s.range];
    }
  return undefined;
}

/** Sums that were searched before: sites are made anew for every question. */
const known = new Map<string, Numbers | undefined>();

function linear(s: Sum): Numbers | undefined {
  const scales = [s.a, s.b, s.y].flatMap((t) => [scaleOf(t), zeroPoint(t)]);
  const key = [...scales, s.sign, ...s.range].join();
  if (!known.has(key)) known.set(key, search(s));
  return known.get(key);
}

/** An operand of exactly half the common scale has no shift: its room is in the shift to the left. */
const shifted = ({ multiplier, shift }: Multiplier, left: number): readonly number[] =>
  shift === 0 ? [left + 1, multiplier, -1] : [left, multiplier, shift];

/** As the enum NN_MVE_ROUNDED; undefined where a shift is not to the right. */
function rounded(s: Sum): Numbers | undefined {
  const isExact = ({ multiplier, shift }: Multiplier) => shift < 0 || (shift === 0 && multiplier === 2 ** 30);
  if (s.sign < 0 || !isExact(s.scaleA) || !isExact(s.scaleB) || s.scaleY.shift >= 0) return undefined;
  return [
    ...shifted(s.scaleA, s.left),
    ...shifted(s.scaleB, s.left),
    s.scaleY.multiplier,
    s.scaleY.shift,
    -zeroPoint(s.a),
    -zeroPoint(s.b),
    zeroPoint(s.y),
    ...s.range,
  ];
}

/** Is there a way to compute the sum of a site? */
export function fitsMveSum(site: Site): boolean {
  const s = sumOf(site);
  return rounded(s) !== undefined || linear(s) !== undefined;
}

/** Instructions per 4 elements. */
export const perFour = (site: Site): number => (linear(sumOf(site)) ? 9 : 25);

/** Fields `sum`, `linear`. */
export function mveSumField(site: Site): Field {
  const s = sumOf(site);
  const line = linear(s);
  const layout = line
    ? 'a, b, offset, bits to the left; least, most'
    : '[a, b]: bits, multiplier, bits to the left; the same of the sum; offsets; least, most';
  const array = siteArray(site, 'sum', 'int32_t', line ?? rounded(s)!, layout);
  return { comment: 'the sum; is it linear?', values: [array, line ? 1 : 0] };
}
