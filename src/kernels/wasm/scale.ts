/** Numbers by which vector kernels bring sums to stored values, exactly as TFLite rounds (nn_simd.ts). */
import type { NodeOf, Tensor } from '../../ir/graph.js';
import {
  activationRange,
  type ChannelMultipliers,
  convMultipliers,
  denseMultipliers,
  zeroPoint,
} from '../../ops/quantised.js';
import type { Field, Site } from '../kernel.js';
import { foldZeroPoint, siteArray, sumWeights } from '../pack.js';
import { type FloatScale, floatScale, rounding } from './float-scale.js';

const lanes = 8;

/** A list with a multiple of 8 entries. */
export function padded(values: ArrayLike<number>, fill = 0, multiple = lanes): number[] {
  const list = Array.from(values);
  while (list.length % multiple) list.push(fill);
  return list;
}

/** One channel: what its greatest sum is, and by what it is multiplied and shifted to the right. */
interface Channel {
  readonly greatest: number;
  readonly multiplier: number;
  readonly right: number;
}

/** Channels whose results all round to 0 may have any shift. */
function plain({ greatest, multiplier, right }: Channel): Channel {
  const isZero = multiplier === 0 || (right >= 2 && (greatest * multiplier) / 2 ** 31 + 2 < 2 ** (right - 1));
  return isZero ? { greatest: 0, multiplier: 0, right: 1 } : { greatest, multiplier, right };
}

/** Four channels in one vector: the shift that all end with, if sums shifted up to it still fit 32 bits. */
function commonShift(channels: readonly Channel[]): number | undefined {
  const most = Math.max(...channels.map((c) => c.right)) + 1;
  const fits = channels.every((c) => c.right >= 1 && c.greatest * 2 ** (most - c.right) < 2 ** 31);
  return fits ? most : undefined;
}

/** A list in parts of `size`. */
export const groups = <T>(list: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(size * i, size * (i + 1)));

/**
 * Sums of a layer: where they begin ([classes][channels]), how great those of each channel get, what they are scaled by.
 * Where floats scale, sums begin where those want them.
 */
export interface Sums {
  readonly bias: readonly number[];
  readonly greatest: readonly number[];
  readonly scales: ChannelMultipliers;
  readonly floats: readonly FloatScale[] | undefined;
}

/** Greatest magnitude of each channel's sums. */
function greatestSums(
  weights: ArrayLike<number>,
  bias: readonly number[],
  channels: number,
  of: (i: number) => number,
): number[] {
  const products = sumWeights(Array.from(weights, Math.abs), channels, of).map((sum) => 128 * sum);
  const starts = products.map(() => 0);
  bias.forEach((b, i) => {
    starts[i % channels] = Math.max(starts[i % channels]!, Math.abs(b));
  });
  return products.map((p, i) => p + starts[i]!);
}

/** Many rows ask the same of a site. */
const known = new WeakMap<Site, Sums>();

/** Of int8 convolutions of one group, depthwise ones with one output per channel, fully connected layers. */
export function sumsOf(site: Site): Sums {
  const sums = known.get(site) ?? reckoned(site);
  known.set(site, sums);
  return sums;
}

function reckoned(site: Site): Sums {
  const [x, w, b] = site.inputs as [Tensor, Tensor, Tensor | undefined];
  const isDepthwise = site.node.op === 'depthwise_conv2d';
  const channels = w.shape[isDepthwise ? 3 : 0]!;
  const depth = w.data!.length / channels;
  const of = (i: number) => (isDepthwise ? i % channels : Math.floor(i / depth));
  const bias = foldZeroPoint(b?.data, sumWeights(w.data!, channels, of), zeroPoint(x));
  const multipliers = site.node.op === 'fully_connected' ? denseMultipliers : convMultipliers;
  const sums = {
    greatest: greatestSums(w.data!, bias, channels, of),
    scales: multipliers(x, w, site.middle, channels),
  };
  const floats = floatScales(site, sums);
  return { ...sums, floats, bias: floats ? bias.map((b, i) => b + floats[i % channels]!.start) : bias };
}

/** Floats for every channel, or for none. */
function floatScales(site: Site, { greatest, scales }: Pick<Sums, 'greatest' | 'scales'>): FloatScale[] | undefined {
  const { act } = (site.node as NodeOf<'conv2d' | 'depthwise_conv2d' | 'fully_connected'>).attr;
  const [least, most] = activationRange(act, site.middle);
  const zero = zeroPoint(site.middle);
  const found: FloatScale[] = [];
  for (const [i, multiplier] of Array.from(scales.multiplier).entries()) {
    const integers = { multiplier, shift: scales.shift[i]!, greatest: greatest[i]! };
    const floats = floatScale(integers, { least: least - zero, most: most - zero });
    if (!floats) return undefined;
    found.push(floats);
  }
  return found;
}

/** Multiplier and powers of all channels, shifts of all vectors; undefined where a vector has no common shift. */
function vectors({ greatest, scales }: Sums) {
  const all = Array.from(scales.multiplier, (multiplier, i) =>
    plain({ greatest: greatest[i]!, multiplier, right: -scales.shift[i]! }),
  );
  while (all.length % lanes) all.push({ greatest: 0, multiplier: 0, right: 1 });
  const shifts = groups(all, 4).map(commonShift);
  if (shifts.includes(undefined)) return undefined;
  return {
    multipliers: all.map((c) => c.multiplier),
    powers: all.map((c, i) => 2 ** (shifts[i >> 2]! - c.right)),
    shifts: shifts.map((s) => s! - 1),
  };
}

/** Are vectors proven to scale all sums exactly? */
export const isScaled = (site: Site): boolean =>
  sumsOf(site).floats !== undefined || vectors(sumsOf(site)) !== undefined;

/** The bits of a float of 32 bits. */
const bitsOf = (x: number): number => new Int32Array(Float32Array.of(x).buffer)[0]!;

/** Factor, offset, base of a channel, as bits. @param zero the output's zero point */
export const floatNumbers = ({ factor, offset, base }: FloatScale, zero: number): [number, number, number] => [
  bitsOf(factor),
  bitsOf(offset),
  bitsOf(rounding) - base - zero,
];

/** Numbers of all channels, panel by panel. */
function floatFields(site: Site, floats: readonly FloatScale[]): Field[] {
  const numbers = floats.map((f) => floatNumbers(f, zeroPoint(site.middle)));
  const panels = groups(numbers, lanes).flatMap((panel) => [0, 1, 2].flatMap((i) => padded(panel.map((n) => n[i]!))));
  const layout = `[${panels.length / (3 * lanes)} panels][factor, offset, base][${lanes} channels]`;
  return [
    {
      comment: 'scales: factor and offset (bits of floats), base',
      values: [siteArray(site, 'scales', 'int32_t', panels, layout)],
    },
    { comment: 'no shifts: by floats', values: [null] },
  ];
}

/** Lower and upper half of a number of 64 bits. */
const words = (n: bigint): number[] => [Number(BigInt.asIntN(32, n)), Number(BigInt.asIntN(32, n >> 32n))];

/** Fields `scales, shift` of nn_scale, where `isScaled`. */
export function scaleFields(site: Site, sums: Sums): Field[] {
  if (sums.floats) return floatFields(site, sums.floats);
  const { multipliers, powers, shifts } = vectors(sums)!;
  const four = (list: readonly number[], i: number) => list.slice(4 * i, 4 * i + 4);
  const scales = shifts.flatMap((shift, i) => [
    ...four(multipliers, i),
    ...four(powers, i),
    ...four(powers, i).map((p) => p / 2),
    ...four(powers, i).flatMap((p) => words((BigInt(p) << 30n) + (1n << BigInt(shift + 31)))),
  ]);
  const layout = `[${shifts.length} vectors]`;
  return [
    {
      comment: 'scales: multiplier, power, half of it, what roundings add',
      values: [siteArray(site, 'scales', 'int32_t', scales, `${layout}[20]`)],
    },
    { comment: 'bits to the right in the end', values: [siteArray(site, 'shift', 'int32_t', shifts, layout)] },
  ];
}

/** Bytes of the sums of one row, of all channels of a fully connected layer. */
export const rowSums = (site: Site): number => 4 * padded(sumsOf(site).greatest).length;
