/** Weights as strings of bits (nn_coded_s8.h): the least flash, where they are a good deal smaller than plain ones. */
import type { Tensor } from '../ir/graph.js';
import { type ChannelMultipliers, convMultipliers, denseMultipliers, zeroPoint } from '../ops/quantised.js';
import { type Code, type CodedChannel, chooseCode, codeBytes, packCodes } from '../sparse/codes.js';
import { byChannel } from './depthwise-conv2d.js';
import type { Field, Site } from './kernel.js';
import { foldZeroPoint, greatestSum, siteArray, storedShift, sumWeights, zerosIn } from './pack.js';

/** Most bits that are read at once. */
const mostBits = 24;
const multiplierBits = 31;
/** Share of the bytes of plain weights that must be left for the time to be worth it. */
const worthwhile = 0.85;
/**
 * Share of zeros from which on a layer may be coded. Dense weights whose small values are frequent would shrink too, by a
 * third at best, but reading their bits takes up to fifty times as long as computing with them.
 */
const leastZeros = 0.4;

interface Coded {
  readonly code: Code;
  /** bytes that the channels take; packed on demand */
  readonly size: number;
  readonly channels: readonly CodedChannel[];
  readonly biasBits: number;
  readonly shiftBits: number;
  readonly shiftLeast: number;
  readonly plain: boolean;
  /** weights that are read */
  readonly count: number;
}

interface Matrix {
  readonly rows: readonly (readonly number[])[];
  readonly scales: ChannelMultipliers;
}

/** Rows of weights [channels][taps] and the scales of a site's node. */
function matrixOf({ node, inputs: [x, w], middle }: Site): Matrix {
  const channels = middle.shape.at(-1)!;
  const flat = node.op === 'depthwise_conv2d' ? byChannel(w!.data!, channels) : w!.data!;
  const depth = flat.length / channels;
  const rows = Array.from({ length: channels }, (_, c) => Array.from(flat.slice(c * depth, (c + 1) * depth)));
  const scales = node.op === 'fully_connected' ? denseMultipliers : convMultipliers;
  return { rows, scales: scales(x!, w!, middle, channels) };
}

/** Bits of a number with a sign. */
const signedBits = (n: number): number => 1 + Math.ceil(Math.log2(n < 0 ? -n : n + 1));

function encode(site: Site): Coded | null {
  const { rows, scales } = matrixOf(site);
  const [x, , b] = site.inputs as [Tensor, Tensor, Tensor | undefined];
  const flat = rows.flat();
  const depth = rows[0]!.length;
  const channelOf = (i: number) => Math.floor(i / depth);
  const sums = sumWeights(flat, rows.length, channelOf);
  const greatest = greatestSum(flat, foldZeroPoint(b?.data, sums, zeroPoint(x)), rows.length, channelOf);
  // Inputs are read + 128.
  const bias = foldZeroPoint(b?.data, sums, zeroPoint(x) + 128);
  const shifts = Array.from(scales.shift, (s, c) => (scales.multiplier[c] === 0 ? 0 : storedShift(s)));
  const shiftLeast = Math.min(...shifts);
  const shiftBits = Math.ceil(Math.log2(Math.max(...shifts) - shiftLeast + 1));
  const biasBits = Math.max(...bias.map(signedBits));
  if (biasBits > mostBits) return null;
  const { code, bits } = chooseCode(rows);
  const size = codeBytes(bits + rows.length * (biasBits + shiftBits + multiplierBits));
  const channels = rows.map(
    (weights, c): CodedChannel => ({
      head: [
        [(bias[c]! + 2 ** biasBits) % 2 ** biasBits, biasBits],
        [shifts[c]! - shiftLeast, shiftBits],
        [scales.multiplier[c]!, multiplierBits],
      ],
      weights,
    }),
  );
  const plain = greatest < 2 ** 30 && shifts.every((s) => s >= 0);
  const count = code.gap < 0 ? flat.length : flat.length - zerosIn(flat);
  return { code, size, channels, biasBits, shiftBits, shiftLeast, plain, count };
}

const known = new WeakMap<Site['node'], Coded | null>();

/** The code of a site's weights; null where its numbers do not fit. */
export function codedOf(site: Site): Coded | null {
  const { node } = site;
  if (!known.has(node)) known.set(node, encode(site));
  return known.get(node)!;
}

/** Are there zeros enough, does the code fit, and is it worth it? */
export function isSmall(site: Site): boolean {
  const plain = site.inputs[1]!.data!.length + 8 * site.middle.shape.at(-1)!;
  const weights = site.inputs[1]!.data!;
  const isSparse = zerosIn(weights) >= leastZeros * weights.length;
  return isSparse && (codedOf(site)?.size ?? plain) <= worthwhile * plain;
}

/** Fields `codes` and `bias_bits, ..., negative`. */
export function codeFields(site: Site): Field[] {
  const { code, channels, biasBits, shiftBits, shiftLeast } = codedOf(site)!;
  const layout = `[${channels.length} channels] bias, shift, multiplier, weights`;
  return [
    { comment: 'weights and scales', values: [siteArray(site, 'codes', 'uint8_t', packCodes(channels, code), layout)] },
    {
      comment: 'bits of a bias, of a shift; least shift; bits of distances and values, least magnitudes',
      values: [biasBits, shiftBits, shiftLeast, code.gap, code.value, code.positive, code.negative],
    },
  ];
}

/** Field `plain`. */
export const plainField = (site: Site): Field => ({
  comment: 'shifts to the right, sums below 2^30',
  values: [codedOf(site)!.plain ? 1 : 0],
});

/** Weights, distances and bits read. */
export function readings(site: Site, times: number) {
  const { code, count, size } = codedOf(site)!;
  return { codes: times * count, gaps: code.gap < 0 ? 0 : times * count, bits: times * 8 * size };
}
