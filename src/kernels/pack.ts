import type { Tensor } from '../ir/graph.js';
import { activationRange, addParams, type ChannelMultipliers, zeroPoint } from '../ops/quantised.js';
import type { ConstArray, CType, Field, Site } from './kernel.js';

/** How many weights are 0. */
export const zerosIn = (weights: ArrayLike<number>): number => {
  let count = 0;
  for (let i = 0; i < weights.length; i++) if (weights[i] === 0) count += 1;
  return count;
};

/** The shift as C kernels store it: right shift less one; negative = none, or to the left. */
export const storedShift = (shift: number): number => -shift - 1;

/**
 * Rows [channels][depth] in the order in which one pointer walks them: blocks of 4 channels [depth][4], then the channels
 * left over, each [depth].
 */
export function packBlocks(rows: ArrayLike<number>, channels: number, depth: number): number[] {
  const packed: number[] = [];
  const whole = channels - (channels % 4);
  for (let o = 0; o < whole; o += 4)
    for (let k = 0; k < depth; k++) for (let i = 0; i < 4; i++) packed.push(rows[(o + i) * depth + k]!);
  for (let i = whole * depth; i < channels * depth; i++) packed.push(rows[i]!);
  return packed;
}

/** packBlocks of each group on its own; `channels` is the count of all groups. */
export function packGroups(rows: ArrayLike<number>, channels: number, depth: number, groups: number): number[] {
  const each = (channels / groups) * depth;
  const group = (i: number) => Array.from({ length: each }, (_, j) => rows[i * each + j]!);
  return Array.from({ length: groups }, (_, i) => packBlocks(group(i), channels / groups, depth)).flat();
}

/** How packed weights are laid out, in words. */
export const blockLayout = (channels: number, depth: number, groups = 1): string => {
  const each = channels / groups;
  const parts = [
    ...(each >= 4 ? [`[${Math.floor(each / 4)} blocks][${depth} taps][4 channels]`] : []),
    ...(each % 4 ? [`[${each % 4} channels][${depth} taps]`] : []),
  ];
  return (groups > 1 ? `${groups} groups of ` : '') + parts.join(', ');
};

/**
 * Bias rows with the input's zero point folded in, so that kernels multiply stored values: bias - zero * sum of weights.
 * @param bias [classes][channels], or absent
 * @param sums sum of the weights per channel
 */
export function foldZeroPoint(bias: ArrayLike<number> | undefined, sums: readonly number[], zero: number): number[] {
  const rows = bias ? Array.from(bias) : sums.map(() => 0);
  return rows.map((b, i) => (b - zero * sums[i % sums.length]!) | 0);
}

/** Sums of `channels` slices of weights: element i belongs to channel `of(i)`. */
export function sumWeights(weights: ArrayLike<number>, channels: number, of: (i: number) => number): number[] {
  const sums = new Array<number>(channels).fill(0);
  for (let i = 0; i < weights.length; i++) sums[of(i)]! += weights[i]!;
  return sums;
}

/** An array of a site, named after it. */
export const siteArray = (
  site: Site,
  role: string,
  type: CType,
  values: ArrayLike<number>,
  layout: string,
): ConstArray => ({ name: `${site.prefix}_${role}`, type, values, layout });

/**
 * Greatest magnitude that the accumulator of any channel can reach, zero point folded into the bias.
 * @param bias [classes][channels]
 */
export function greatestSum(
  weights: ArrayLike<number>,
  bias: readonly number[],
  channels: number,
  of: (i: number) => number,
): number {
  const products = sumWeights(Array.from(weights, Math.abs), channels, of).map((sum) => 128 * sum);
  return bias.reduce((most, b, i) => Math.max(most, Math.abs(b) + products[i % channels]!), 0);
}

/**
 * Fields `bias`, `numbers` of the channels, and `plain`: are all shifts to the right and all sums below 2^30?
 * @param bias [classes][channels], the input's zero point folded in; with one class, if it fits, it goes into the numbers
 */
export function channelFields(
  site: Site,
  bias: readonly number[],
  { multiplier, shift }: ChannelMultipliers,
  greatest: number,
): { arrays: Field[]; plain: Field } {
  // A multiplier of 0 gives 0 under any shift.
  const shifts = Array.from(shift, (s, i) => (multiplier[i] === 0 ? 0 : storedShift(s)));
  const isPlain = greatest < 2 ** 30 && shifts.every((s) => s >= 0);
  const channels = shifts.length;
  const isInside = bias.length === channels && bias.every((b) => Math.abs(b) < 2 ** 23);
  const numbers = shifts.flatMap((s, i) => [(isInside ? bias[i]! * 256 : 0) + (s & 255), multiplier[i]!]);
  const classes = bias.length / channels;
  const rows = siteArray(
    site,
    'bias',
    'int32_t',
    bias,
    `${classes > 1 ? `[${classes} border classes]` : ''}[${channels} channels]`,
  );
  return {
    arrays: [
      { comment: "bias, less the input's zero point * sum of weights, if not below", values: [isInside ? null : rows] },
      {
        comment: 'numbers of each channel',
        values: [
          siteArray(site, 'numbers', 'int32_t', numbers, `[${channels} channels][bias * 256 + shift, multiplier]`),
        ],
      },
    ],
    plain: { comment: 'shifts to the right, sums below 2^30', values: [isPlain ? 1 : 0] },
  };
}

/** Fields `out_zero, out_min, out_max` of the node's own result. */
export function rangeField(y: Tensor, range: readonly [number, number]): Field {
  return { comment: 'output: zero point, least, most', values: [zeroPoint(y), range[0], range[1]] };
}

/** The numbers of nn_sum_s8.h for an add whose operand a is the convolution's result and b the skip tensor. */
export function sumField(site: Site): Field {
  if (!site.add) return { comment: 'no add follows', values: [null] };
  const { graph, add, node, middle, output } = site;
  const [first, second] = add.in.map((id) => graph.tensors[id]!) as [Tensor, Tensor];
  const p = addParams(first, second, output);
  const isFirst = add.in[0] === node.out[0];
  const [a, b] = isFirst ? [p.a, p.b] : [p.b, p.a];
  const skip = isFirst ? second : first;
  const values = sumNumbers(zeroPoint(middle), a, zeroPoint(skip), b, p.leftShift, p.y, zeroPoint(output), [
    ...activationRange(add.attr.act, output),
  ]);
  return { comment: 'the add that follows', values: [siteArray(site, 'sum', 'int32_t', values, sumLayout)] };
}

/** Layout of the numbers of a sum. */
export const sumLayout =
  'a: offset, multiplier, right shift less one; b: the same; bits left; output: the same, least, most';

type Scale = { readonly multiplier: number; readonly shift: number };

/** The numbers of nn_sum_s8.h in order. */
export const sumNumbers = (
  zeroA: number,
  a: Scale,
  zeroB: number,
  b: Scale,
  left: number,
  y: Scale,
  zeroY: number,
  range: readonly number[],
): number[] => [
  -zeroA,
  a.multiplier,
  storedShift(a.shift),
  -zeroB,
  b.multiplier,
  storedShift(b.shift),
  left,
  zeroY,
  y.multiplier,
  storedShift(y.shift),
  ...range,
];
