/** Convolutions and fully connected layers whose weights are strings of bits (nn_coded_s8.h). */
import type { NodeOf } from '../ir/graph.js';
import { activationRange, zeroPoint } from '../ops/quantised.js';
import { codeFields, isSmall, plainField, readings } from './coded-pack.js';
import { fitsAdd, int8, isPlain } from './convolution.js';
import { costs } from './cost.js';
import { isInt8Dense, rowsOf } from './dense.js';
import { geometryOf, imageFields, pixels, windowFields } from './geometry.js';
import type { Kernel, Layer, Prices, Site, Work } from './kernel.js';
import { AccessOrder } from './overlap.js';
import { rangeField, sumField } from './pack.js';
import { distance as stripDistance } from './packed-conv2d.js';
import { distance as rowDistance } from './packed-fully-connected.js';

/** As NN_CODED_LANES. */
const lanes = 8;
/** As NN_CODED_CHANNELS. */
const channelsAtOnce = 8;

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
  codes: 56,
  gaps: 27,
  bits: 1.51,
  channels: 115,
  outputs: 25.9,
  copied: 7.36,
  taps: 33.3,
  sums: 72,
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

export const fullyConnectedCoded: Kernel = {
  op: 'fully_connected',
  symbol: 'nn_fully_connected_s8_coded',
  file: 'nn_fully_connected_s8_coded.h',
  needs: [],
  format: 'coded',
  small: true,
  fits: (site) => isInt8Dense(site) && isSmall(site),
  layer: denseLayer,
  scratch: (site) => site.inputs[1]!.shape[1]!,
  overlap: (site, index) => (index === 0 ? rowDistance(site) : null),
  passes: rowsOf,
  ...costs('nn_fully_connected_s8_coded', denseWork, { codes: 33, gaps: 27.3, bits: 0, channels: 117, copied: 5 }),
};
