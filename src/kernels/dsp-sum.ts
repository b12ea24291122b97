/** The add that a convolution absorbs, by tables (nn_dsp_sum_s8.h). */
import type { Tensor } from '../ir/graph.js';
import { activationRange, addParams, zeroPoint } from '../ops/quantised.js';
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

function sumOf({ graph, add, node, middle, output }: Site): Sum {
  const [first, second] = add!.in.map((id) => graph.tensors[id]!) as [Tensor, Tensor];
  const p = addParams(first, second, output);
  const isFirst = add!.in[0] === node.out[0];
  const [a, b] = isFirst ? [p.a, p.b] : [p.b, p.a];
  const skip = isFirst ? second : first;
  const tables = [...table(zeroPoint(middle), p.leftShift, a), ...table(zeroPoint(skip), p.leftShift, b)];
  return { tables, y: p.y, zero: zeroPoint(output), range: activationRange(add!.attr.act, output) };
}

/** Is the last shift to the right, and within the room of 32 bits? Twice a sum always is: operands stay below 2^28. */
export function fitsSum(site: Site): boolean {
  const { shift } = sumOf(site).y;
  return shift <= -1 && shift >= -maxShift;
}

/** Fields `sum_tables` to `sum_max`. */
export function dspSumField(site: Site): Field {
  if (!site.add) return { comment: 'no add follows', values: [null, 0, 0, 0, 0, 0, 0] };
  const { tables, y, zero, range } = sumOf(site);
  const shift = -y.shift;
  const layout = '[2 operands][256 stored values] twice the scaled operand';
  return {
    comment: 'the add that follows: tables, multiplier, offset, shift, do negative halves matter?, least, most',
    values: [
      siteArray(site, 'sum', 'int32_t', tables, layout),
      y.multiplier,
      2 ** (shift - 1) + zero * 2 ** shift,
      shift,
      range[0] >= zero ? 0 : 1,
      ...range,
    ],
  };
}
