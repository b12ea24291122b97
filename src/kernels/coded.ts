/** Weights as strings of bits (nn_coded_s8.h): the least flash, where they are a good deal smaller than plain ones. */
import { elements, type NodeOf, type Tensor } from '../ir/graph.js';
import {
  activationRange,
  type ChannelMultipliers,
  convMultipliers,
  denseMultipliers,
  zeroPoint,
} from '../ops/quantised.js';
import { type Code, type CodedChannel, chooseCode, codeBytes, packCodes } from '../sparse/codes.js';
import { fitsAdd, int8 } from './convolution.js';
import { costs } from './cost.js';
import { byChannel } from './depthwise-conv2d.js';
import { geometryOf, imageFields, pixels, windowFields } from './geometry.js';
import type { Field, Kernel, Layer, Prices, Site, Work } from './kernel.js';
import { AccessOrder } from './overlap.js';
import { foldZeroPoint, greatestSum, rangeField, siteArray, storedShift, sumField, sumWeights } from './pack.js';
import { distance as stripDistance } from './packed-conv2d.js';

/** As NN_CODED_LANES. */
const lanes = 8;
/** As NN_CODED_CHANNELS. */
const channelsAtOnce = 8;
/** Most bits that are read at once. */
const mostBits = 24;
const multiplierBits = 31;
/** Share of the bytes of plain weights that must be left for the time to be worth it. */
const worthwhile = 0.85;

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
  const count = code.gap < 0 ? flat.length : flat.filter((w) => w !== 0).length;
  return { code, size, channels, biasBits, shiftBits, shiftLeast, plain, count };
}

const known = new WeakMap<Site['node'], Coded | null>();

function codedOf(site: Site): Coded | null {
  const { node } = site;
  if (!known.has(node)) known.set(node, encode(site));
  return known.get(node)!;
}

/** Does the code fit, and is it worth it? */
function isSmall(site: Site): boolean {
  const coded = codedOf(site);
  const plain = site.inputs[1]!.data!.length + 8 * site.middle.shape.at(-1)!;
  return coded !== null && coded.size <= worthwhile * plain;
}

function codeFields(site: Site): Field[] {
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

const plainField = (site: Site): Field => ({
  comment: 'shifts to the right, sums below 2^30',
  values: [codedOf(site)!.plain ? 1 : 0],
});

function windowLayer(site: Site): Layer {
  const g = geometryOf(site);
  const { act } = (site.node as NodeOf<'conv2d'>).attr;
  return {
    struct: 'nn_conv2d_s8_coded_layer',
    fields: [
      ...codeFields(site),
      { comment: 'channel by channel?', values: [isApart(site) ? 1 : 0] },
      ...imageFields(g),
      { comment: 'output', values: [g.outH, g.outW, g.outC] },
      ...windowFields(g),
      plainField(site),
      { comment: 'zero point of the input', values: [zeroPoint(site.inputs[0]!)] },
      rangeField(site.middle, activationRange(act, site.middle)),
      sumField(site),
    ],
  };
}

const rowsOf = ({ inputs }: Site): number => elements(inputs[0]!.shape) / inputs[1]!.shape[1]!;

function denseLayer(site: Site): Layer {
  const [channels, depth] = site.inputs[1]!.shape as [number, number];
  const { act } = (site.node as NodeOf<'fully_connected'>).attr;
  return {
    struct: 'nn_fully_connected_s8_coded_layer',
    fields: [
      ...codeFields(site),
      { comment: 'rows', values: [rowsOf(site)] },
      { comment: 'values in, out', values: [depth, channels] },
      plainField(site),
      rangeField(site.middle, activationRange(act, site.middle)),
    ],
  };
}

const isApart = ({ node }: Site): boolean => node.op === 'depthwise_conv2d';

/** Bytes of a strip. */
function scratch(site: Site): number {
  const { kernel, inC, outC } = geometryOf(site);
  const values = kernel[0] * kernel[1] * (isApart(site) ? Math.min(inC, channelsAtOnce) : inC);
  return lanes * (values + (site.add ? outC : 0));
}

/** Where each channel has its own inputs: some channels of a strip are read, then written. */
function apartDistance(site: Site): number {
  const g = geometryOf(site);
  const order = new AccessOrder();
  let strip: { out: number; first: number }[] = [];
  for (const pixel of pixels(g)) {
    strip.push(pixel);
    if (strip.length < lanes && (pixel.out + 1) % (g.outH * g.outW) !== 0) continue;
    for (let from = 0; from < g.inC; from += channelsAtOnce) {
      for (const { first } of strip) order.read(first * g.inC + from);
      order.write(pixel.out * g.outC + Math.min(from + channelsAtOnce, g.outC));
    }
    strip = [];
  }
  return order.distance;
}

function distance(site: Site): number {
  return isApart(site) ? apartDistance(site) : stripDistance(site, lanes);
}

/** Weights, distances and bits read. */
function readings(site: Site, times: number) {
  const { code, count, size } = codedOf(site)!;
  return { codes: times * count, gaps: code.gap < 0 ? 0 : times * count, bits: times * 8 * size };
}

/** What is read for every strip, outputs, values copied. */
function windowWork(site: Site): Work {
  const g = geometryOf(site);
  const outputs = g.batch * g.outH * g.outW;
  const taps = g.kernel[0] * g.kernel[1];
  const groups = isApart(site) ? Math.ceil(g.inC / channelsAtOnce) : 1;
  const strips = g.batch * Math.ceil((g.outH * g.outW) / lanes);
  return {
    ...readings(site, strips),
    channels: strips * g.outC,
    outputs: outputs * g.outC,
    copied: outputs * taps * g.inC,
    taps: outputs * taps * groups,
    sums: site.add ? outputs * g.outC : 0,
  };
}

const windowPrices: Prices = {
  codes: 52,
  gaps: 26,
  bits: 1.74,
  channels: 112,
  outputs: 24.6,
  copied: 7.49,
  taps: 29,
  sums: 59.2,
};

const window = {
  file: 'nn_conv2d_s8_coded.h',
  needs: [],
  format: 'coded',
  small: true,
  layer: windowLayer,
  scratch,
  overlap: (site: Site, index: number) => (index === 0 ? distance(site) : 0),
  passes: (site: Site) => windowWork(site).channels! / site.middle.shape.at(-1)!,
} as const satisfies Partial<Kernel>;

/** One bias for all pixels, one group. */
function isPlain(site: Site): boolean {
  const { groups, border } = (site.node as NodeOf<'conv2d'>).attr;
  return groups === 1 && !border;
}

/** One bias for all pixels, as many outputs as inputs. */
function isChannelwise(site: Site): boolean {
  const { multiplier, border } = (site.node as NodeOf<'depthwise_conv2d'>).attr;
  return multiplier === 1 && !border;
}

export const conv2dCoded: Kernel = {
  ...window,
  op: 'conv2d',
  symbol: 'nn_conv2d_s8_coded',
  rows: true,
  fits: (site) => int8(site) && isPlain(site) && isSmall(site),
  ...costs('nn_conv2d_s8_coded', windowWork, windowPrices),
};

/** The same with the add of a skip tensor. */
export const conv2dCodedAdd: Kernel = {
  ...window,
  op: 'conv2d',
  symbol: 'nn_conv2d_s8_coded_add',
  fusesAdd: true,
  fits: (site) => fitsAdd(site) && isPlain(site) && isSmall(site),
  ...costs('nn_conv2d_s8_coded_add', windowWork, windowPrices),
};

export const depthwiseConv2dCoded: Kernel = {
  ...window,
  op: 'depthwise_conv2d',
  symbol: 'nn_depthwise_conv2d_s8_coded',
  rows: true,
  fits: (site) => int8(site) && isChannelwise(site) && isSmall(site),
  ...costs('nn_depthwise_conv2d_s8_coded', windowWork, windowPrices),
};

function denseWork(site: Site): Work {
  const rows = rowsOf(site);
  const [channels, depth] = site.inputs[1]!.shape as [number, number];
  return { ...readings(site, rows), channels: rows * channels, copied: rows * depth };
}

/** Each row is copied before its outputs are written. */
function rowDistance(site: Site): number {
  const [channels, depth] = site.inputs[1]!.shape as [number, number];
  const order = new AccessOrder();
  for (let row = 0; row < rowsOf(site); row++) {
    order.read(row * depth);
    order.write((row + 1) * channels);
  }
  return order.distance;
}

export const fullyConnectedCoded: Kernel = {
  op: 'fully_connected',
  symbol: 'nn_fully_connected_s8_coded',
  file: 'nn_fully_connected_s8_coded.h',
  needs: [],
  format: 'coded',
  small: true,
  fits: (site) => {
    const { inputs, output } = site;
    return (
      inputs[1]!.data !== undefined && [inputs[0]!, inputs[1]!, output].every((t) => t.type === 's8') && isSmall(site)
    );
  },
  layer: denseLayer,
  scratch: (site) => site.inputs[1]!.shape[1]!,
  overlap: (site, index) => (index === 0 ? rowDistance(site) : null),
  passes: rowsOf,
  ...costs('nn_fully_connected_s8_coded', denseWork, { codes: 34, gaps: 28, bits: 0.2, channels: 117, copied: 5 }),
};
