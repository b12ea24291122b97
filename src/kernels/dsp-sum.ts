/** Sums by tables (nn_dsp_sum_s8.h): the add that a convolution absorbs, or one of its own. */
import type { NodeOf, Tensor } from '../ir/graph.js';
import { activationRange, addParams, subParams, zeroPoint } from '../ops/quantised.js';
import { type Multiplier, requantize } from '../support/fixed.js';
import type { Field, Site } from './kernel.js';
import { siteArray } from './pack.js';

interface Sum {
  /** twice what each stored value of the convolution's result and of the skip tensor contributes */
  readonly tables: readonly number[];
  readonly y: Multiplier;
  readonly zero: number;
  readonly range: readonly [number, number];
}

const maxShift = 22;

/** Twice the scaled operand of all stored values, -128 to 127. */
const table = (zero: number, left: number, { multiplier, shift }: Multiplier): number[] =>
  Array.from({ length: 256 }, (_, i) => 2 * requantize((i - 128 - zero) * 2 ** left, multiplier, shift));

/** The sum of a convolution's result and the skip tensor, or of the operands of an add or sub. */
function sumOf({ graph, add, node, output, inputs }: Site): Sum {
  const { in: ids, attr } = (add ?? node) as NodeOf<'add'>;
  const [first, second] = add ? (ids.map((id) => graph.tensors[id]!) as [Tensor, Tensor]) : [inputs[0]!, inputs[1]!];
  const isSub = node.op === 'sub';
  const p = (isSub ? subParams : addParams)(first, second, output);
  const firstTable = table(zeroPoint(first), p.leftShift, p.a);
  const secondTable = table(zeroPoint(second), p.leftShift, p.b).map((x) => (isSub ? -x : x));
  const isSwapped = add !== undefined && ids[0] !== node.out[0];
  const tables = isSwapped ? [...secondTable, ...firstTable] : [...firstTable, ...secondTable];
  return { tables, y: p.y, zero: zeroPoint(output), range: activationRange(attr.act, output) };
}

/** Is the last shift to the right, and within the room of 32 bits? Twice a sum always is: operands stay below 2^28. */
export function fitsSum(site: Site): boolean {
  const { shift } = sumOf(site).y;
  return shift <= -1 && shift >= -maxShift;
}

/** Do halves of negative sums matter? Not where all results below the zero point are clamped to it. */
export function roundsSumAway(site: Site): boolean {
  const { range, zero } = sumOf(site);
  return range[0] < zero;
}

const none: Field = { comment: 'no add follows', values: [null, 0, 0, 0, 0, 0, 0] };

/** The members of nn_dsp_sum. */
export function sumMembers(site: Site, comment: string): Field {
  const { tables, y, zero, range } = sumOf(site);
  const shift = -y.shift;
  const layout = '[2 operands][256 stored values] twice the scaled operand';
  return {
    comment: `${comment}: tables, multiplier, offset, shift, do negative halves matter?, least, most`,
    values: [
      siteArray(site, 'sum', 'int32_t', tables, layout),
      y.multiplier,
      2 ** (shift - 1) + zero * 2 ** shift,
      shift,
      roundsSumAway(site) ? 1 : 0,
      ...range,
    ],
  };
}

/** Fields `sum_tables` to `sum_max`. */
export const dspSumField = (site: Site): Field => (site.add ? sumMembers(site, 'the add that follows') : none);
