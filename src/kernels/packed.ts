/** Weights and numbers for the kernels that pack several pixels in a word (nn_packed_s8.h). */
import type { Activation, Node, Tensor } from '../ir/graph.js';
import { activationRange, type ChannelMultipliers, zeroPoint } from '../ops/quantised.js';
import type { Field, Site } from './kernel.js';
import { foldZeroPoint, siteArray, sumWeights } from './pack.js';
import { isConstant, type Requantisation, type Staircase, staircaseOf } from './steps.js';

/** A channel as these kernels store it. */
export interface PackedChannel {
  /** [depth]; all 0 where they make no difference */
  readonly weights: readonly number[];
  readonly bias: number;
  readonly stairs: Staircase;
}

/** Least and greatest sum of inputs from -128 to 127. */
export function reach(weights: readonly number[], bias: number): readonly [number, number] {
  let [low, high] = [bias, bias];
  for (const w of weights) {
    low += w < 0 ? 127 * w : -128 * w;
    high += w < 0 ? -128 * w : 127 * w;
  }
  return [low, high];
}

function channelOf(weights: readonly number[], bias: number, scale: Omit<Requantisation, 'low' | 'high'>) {
  const [low, high] = reach(weights, bias);
  const isMoot = isConstant({ ...scale, low, high });
  const stairs = staircaseOf(isMoot ? { ...scale, low, high: low } : { ...scale, low, high });
  if (!stairs) return null;
  return { weights: isMoot ? weights.map(() => 0) : weights, bias: isMoot ? low : bias, stairs };
}

function pack(
  channels: number,
  rows: ArrayLike<number>,
  bias: readonly number[],
  scales: ChannelMultipliers,
  y: Tensor,
) {
  const depth = rows.length / channels;
  const packed: PackedChannel[] = [];
  for (let c = 0; c < channels; c++) {
    const weights = Array.from({ length: depth }, (_, k) => rows[c * depth + k]!);
    const scale = { multiplier: scales.multiplier[c]!, shift: scales.shift[c]!, zero: zeroPoint(y) };
    const channel = channelOf(weights, bias[c]!, scale);
    if (!channel) return null;
    packed.push(channel);
  }
  return packed;
}

const known = new WeakMap<Node, readonly PackedChannel[] | null>();

/**
 * All channels of a weighted node, or null where its numbers are not what these kernels are made for.
 * @param rows weights [channels][depth]
 */
export function packedChannels(
  { node, inputs: [x, , b], middle }: Site,
  rows: ArrayLike<number>,
  scales: ChannelMultipliers,
  act: Activation,
): readonly PackedChannel[] | null {
  const before = known.get(node);
  if (before !== undefined) return before;
  const channels = middle.shape.at(-1)!;
  const depth = rows.length / channels;
  const sums = sumWeights(rows, channels, (i) => Math.floor(i / depth));
  const [low, high] = activationRange(act, middle);
  const packed =
    low === -128 && high === 127
      ? pack(channels, rows, foldZeroPoint(b?.data, sums, zeroPoint(x!)), scales, middle)
      : null;
  known.set(node, packed);
  return packed;
}

/** What the magnitudes of a chunk's weights may add up to: sums of inputs stay below 2^20. */
const mostMagnitude = 2 ** 13 - 1;

/** Do the sums of all chunks of `depth` taps fit? */
export const fitsChunks = (channels: readonly PackedChannel[], depth: number): boolean =>
  channels.every(({ weights }) => {
    for (let from = 0; from < weights.length; from += depth) {
      const sum = weights.slice(from, from + depth).reduce((n, w) => n + Math.abs(w), 0);
      if (sum > mostMagnitude) return false;
    }
    return true;
  });

/** Do halves of negative sums matter? */
export const roundsAway = (channels: readonly PackedChannel[]): boolean => channels.some((c) => c.stairs.away > 0);

/** Offset, limit and fraction, factor, start of a channel; with `more` middle and away too. */
function numbersOf({ bias, stairs: s }: PackedChannel, more: boolean): number[] {
  const plain = [bias + s.offset, s.limit * 2 ** 13 + s.fraction, s.factor, s.start];
  return (more ? [...plain, s.middle, s.away] : plain).map((n) => n | 0);
}

/** Field `numbers`. */
export function numbersField(site: Site, channels: readonly PackedChannel[], more: boolean): Field {
  const names = `offset, limit * 2^13 + fraction, factor, start${more ? ', middle, away' : ''}`;
  const values = channels.flatMap((c) => numbersOf(c, more));
  const array = siteArray(site, 'numbers', 'int32_t', values, `[${channels.length} channels][${names}]`);
  return { comment: 'from sums to stored values', values: [array] };
}

/** Field `weights`: bytes w + 128 [channels][depth]. */
export const weightsField = (site: Site, channels: readonly PackedChannel[]): Field => ({
  comment: 'weights + 128',
  values: [
    siteArray(
      site,
      'weights',
      'uint8_t',
      channels.flatMap((c) => c.weights.map((w) => w + 128)),
      `[${channels.length} channels][${channels[0]!.weights.length} taps]`,
    ),
  ],
});
