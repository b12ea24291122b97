/** Numbers of sums (nn_mve_sum_s8.h): the add that a convolution absorbs, or one of its own. */
import type { NodeOf, Tensor } from '../ir/graph.js';
import { activationRange, addParams, subParams, zeroPoint } from '../ops/quantised.js';
import type { Multiplier } from '../support/fixed.js';
import type { Field, Site } from './kernel.js';
import { linearSum } from './linear-sum.js';
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

/** As an enum of nn_mve_sum_s8.h. */
type Numbers = readonly number[];

/** As the enum NN_MVE_LINEAR; undefined where no linear form gives all results. */
function linear(site: Site): Numbers | undefined {
  const sum = linearSum(site);
  return sum ? [sum.a, sum.b, sum.start, -sum.shift, ...sum.range] : undefined;
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
  return rounded(sumOf(site)) !== undefined || linear(site) !== undefined;
}

/** Instructions per 4 elements. */
export const perFour = (site: Site): number => (linear(site) ? 9 : 25);

/** Fields `sum`, `linear`. */
export function mveSumField(site: Site): Field {
  const line = linear(site);
  const layout = line
    ? 'a, b, offset, bits to the left; least, most'
    : '[a, b]: bits, multiplier, bits to the left; the same of the sum; offsets; least, most';
  const array = siteArray(site, 'sum', 'int32_t', line ?? rounded(sumOf(site))!, layout);
  return { comment: 'the sum; is it linear?', values: [array, line ? 1 : 0] };
}
