/** Numbers by which vector kernels bring sums to stored values, exactly as TFLite rounds (nn_simd.ts). */
import type { ChannelMultipliers } from '../../ops/quantised.js';
import type { Field, Site } from '../kernel.js';
import { siteArray, storedShift } from '../pack.js';

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

const groups = <T>(list: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(size * i, size * (i + 1)));

/**
 * Fields `multiplier, power, shift` of nn_scale.
 * @param greatest magnitude of the sums of each channel, bias included
 */
export function scaleFields(
  site: Site,
  { multiplier, shift }: ChannelMultipliers,
  greatest: readonly number[],
): Field[] {
  const real = Array.from(multiplier, (m, i) => ({ greatest: greatest[i]!, multiplier: m, right: -shift[i]! }));
  const none = { greatest: 0, multiplier: 0, right: 1 };
  const all = real.map(plain);
  while (all.length % lanes) all.push(none);
  const shifts = groups(all, 4).map(commonShift);
  const isFast = shifts.every((s) => s !== undefined);
  const numbers = isFast ? all.map((c) => c.multiplier) : padded(multiplier);
  const powers = isFast
    ? all.map((c, i) => 2 ** (shifts[i >> 2]! - c.right))
    : padded(Array.from(shift, (s, i) => (multiplier[i] ? storedShift(s) : 0)));
  const layout = `[${all.length} channels]`;
  const ends = isFast
    ? siteArray(
        site,
        'shift',
        'int32_t',
        shifts.map((s) => s! - 1),
        `[${shifts.length} vectors]`,
      )
    : null;
  return [
    { comment: 'multiplier', values: [siteArray(site, 'multiplier', 'int32_t', numbers, layout)] },
    {
      comment: 'power of two that sums are shifted up by',
      values: [siteArray(site, 'power', 'int32_t', powers, layout)],
    },
    { comment: 'bits to the right in the end', values: [ends] },
  ];
}
