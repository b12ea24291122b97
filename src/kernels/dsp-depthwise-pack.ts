/** Numbers of depthwise channels for nn_dsp_planar_3x3_s8.h. */
import type { ChannelMultipliers } from '../ops/quantised.js';
import { requantize } from '../support/fixed.js';

/** As NN_DSP_PLANAR_SHIFT. */
const planarShift = 10;

/** One channel of a depthwise convolution. */
export interface Channel {
  readonly taps: readonly number[];
  /** less the input's zero point * sum of weights */
  readonly bias: number;
  readonly multiplier: number;
  /** as in ChannelMultipliers */
  readonly shift: number;
  /** of the output */
  readonly zero: number;
}

/** A channel as the kernel computes it: floor(((sum * 2^bits + extra) * multiplier / 2^32 + offset) / 2^planarShift). */
interface Scaled {
  readonly bits: number;
  readonly extra: number;
  readonly multiplier: number;
  readonly offset: number;
}

export const channelsOf = (
  taps: (channel: number) => readonly number[],
  bias: readonly number[],
  { multiplier, shift }: ChannelMultipliers,
  zero: number,
): Channel[] => bias.map((b, c) => ({ taps: taps(c), bias: b, multiplier: multiplier[c]!, shift: shift[c]!, zero }));

const clamp = (x: number): number => Math.max(-128, Math.min(127, x));

/** What TFLite makes of a sum. */
const exact = (c: Channel, sum: number): number => clamp(requantize(sum, c.multiplier, c.shift) + c.zero);

/** What the kernel makes of it. */
function computed({ bits, extra, multiplier, offset }: Scaled, sum: number): number {
  const high = Number((BigInt(sum * 2 ** bits + extra) * BigInt(multiplier)) >> 32n);
  return clamp((high + offset) >> planarShift);
}

/** Least and greatest sum that inputs of -128 to 127 give. */
function reach({ taps, bias }: Channel): readonly [number, number] {
  const sum = (positive: number, negative: number) =>
    taps.reduce((s, w) => s + w * (w > 0 ? positive : negative), bias);
  return [sum(-128, 127), sum(127, -128)];
}

/** The least sum in [low, high] whose result is at least v; results grow with sums. */
function threshold(c: Channel, low: number, high: number, v: number): number {
  let [from, to] = [low, high];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (exact(c, middle) >= v) to = middle;
    else from = middle + 1;
  }
  return from;
}

/** Do both agree on all sums that can occur? Both are monotone, so it is enough to look where the exact results change. */
function agrees(c: Channel, scaled: Scaled): boolean {
  const [low, high] = reach(c);
  const [least, most] = [exact(c, low), exact(c, high)];
  if (computed(scaled, low) !== least || computed(scaled, high) !== most) return false;
  for (let v = least + 1; v <= most; v++) {
    const at = threshold(c, low, high, v);
    if (computed(scaled, at) < v || computed(scaled, at - 1) >= v) return false;
  }
  return true;
}

/**
 * With e the shift right, TFLite's floor((floor(sum * m / 2^31 + 1/2) + 2^(e-1)) / 2^e) is
 * floor((sum * m + 2^30 + 2^(e+30)) / 2^(e+31)); times 2^bits, bits = planarShift + 1 - e, the divisor is 2^32 * 2^planarShift.
 * It rounds up halves below the zero point too, which only `-128` as zero point hides.
 */
const plain = ({ multiplier, shift, zero }: Channel): Scaled => {
  const bits = planarShift + 1 + shift;
  return { bits, extra: 0, multiplier, offset: zero * 2 ** planarShift + 2 ** (planarShift - 1) + 2 ** (bits - 2) };
};

/** Does everything fit into 16 bits of weight and 32 of sum? */
function hasRoom({ taps, bias }: Channel, { bits }: Scaled): boolean {
  const greatest = taps.reduce((s, w) => s + 128 * Math.abs(w), Math.abs(bias));
  return taps.every((w) => Math.abs(w) * 2 ** bits < 2 ** 15) && greatest * 2 ** bits < 2 ** 31;
}

/**
 * Shifts of e >= planarShift would need fewer bits of sum than there are. So the multiplier loses some, and the 2^30 of the
 * first rounding, 2^(30 + bits) / multiplier, becomes a whole number of sums. Numbers near the true ones may suit a channel so
 * that no sum tells the difference.
 */
function coarse(c: Channel): Scaled | undefined {
  const offset = c.zero * 2 ** planarShift + 2 ** (planarShift - 1);
  const candidates = [2, 3, 4, 5, 6, 7, 8].flatMap((bits) => {
    const multiplier = c.multiplier * 2 ** (planarShift + 1 + c.shift - bits);
    const extra = Math.round(2 ** (30 + bits) / c.multiplier);
    return [Math.floor(multiplier), Math.ceil(multiplier)].flatMap((m) =>
      [0, 1, -1, 2, -2].map((more) => ({ bits, extra: extra + more, multiplier: m, offset })),
    );
  });
  return candidates.find((scaled) => hasRoom(c, scaled) && agrees(c, scaled));
}

function scaledOf(c: Channel): Scaled | undefined {
  const [low, high] = reach(c);
  if (exact(c, low) === exact(c, high))
    return { bits: 0, extra: 0, multiplier: 0, offset: exact(c, low) * 2 ** planarShift };
  const scaled = plain(c);
  if (scaled.bits < 2) return coarse(c);
  return hasRoom(c, scaled) ? scaled : undefined;
}

/** Can the kernel compute all channels? */
export const fitsPlanar = (channels: readonly Channel[]): boolean =>
  channels.every((c) => c.zero === -128 && scaledOf(c) !== undefined);

const word = (low: number, high: number): number => (high << 16) | (low & 0xffff);

/** Per channel multiplier, offset, weights of each row (first, second), (second, third), bias. */
export const packPlanar = (channels: readonly Channel[]): number[] =>
  channels.flatMap((c) => {
    const { bits, extra, multiplier, offset } = scaledOf(c)!;
    const taps = c.taps.map((w) => (multiplier === 0 ? 0 : w * 2 ** bits));
    const rows = [0, 3, 6].flatMap((i) => [word(taps[i]!, taps[i + 1]!), word(taps[i + 1]!, taps[i + 2]!)]);
    return [multiplier, offset, ...rows, multiplier === 0 ? 0 : c.bias * 2 ** bits + extra];
  });
