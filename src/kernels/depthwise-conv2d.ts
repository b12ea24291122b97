import { elements, type NodeOf } from '../ir/graph.js';
import { activationRange, zeroPoint } from '../ops/quantised.js';
import { convolutionFields, fitsAdd, int8 } from './convolution.js';
import { costs } from './cost.js';
import { channelwise, crossesBorder, geometryOf, imageFields, isInside, pixels, windowFields } from './geometry.js';
import type { Kernel, Layer, Site, Work } from './kernel.js';
import { AccessOrder } from './overlap.js';
import { rangeField, siteArray, sumField } from './pack.js';

const attrs = (site: Site) => (site.node as NodeOf<'depthwise_conv2d'>).attr;

/** [taps][channels] -> [channels][taps]: one pointer walks the taps of a channel. */
export function byChannel(weights: ArrayLike<number>, channels: number): number[] {
  const taps = weights.length / channels;
  return Array.from({ length: weights.length }, (_, i) => weights[(i % taps) * channels + Math.floor(i / taps)]!);
}

function depthwiseLayer(site: Site): Layer {
  const [x, w] = site.inputs;
  const g = geometryOf(site);
  const { multiplier, act } = attrs(site);
  const fields = convolutionFields(site, (i) => i % g.outC);
  const layout = `[${g.outC} channels][${g.kernel[0]}][${g.kernel[1]}]`;
  return {
    struct: 'nn_depthwise_conv2d_s8_layer',
    fields: [
      { comment: 'weights', values: [siteArray(site, 'weights', 'int8_t', byChannel(w!.data!, g.outC), layout)] },
      ...fields.channels,
      fields.classes,
      ...imageFields(g),
      { comment: 'output', values: [g.outH, g.outW] },
      { comment: 'outputs per input channel', values: [multiplier] },
      ...windowFields(g),
      fields.plain,
      { comment: 'zero point of the input', values: [zeroPoint(x!)] },
      rangeField(site.middle, activationRange(act, site.middle)),
      sumField(site),
    ],
  };
}

/** Windows that cross the border are copied first; others are read in place, channel by channel. */
function depthwiseDistance(site: Site): number {
  const g = geometryOf(site);
  return channelwise(g, new AccessOrder(), 1, (y, x) => !isInside(g, y, x));
}

/** A copy of one window if any crosses the border; the C function takes the pointer in any case. */
function depthwiseScratch(site: Site): number {
  const g = geometryOf(site);
  return crossesBorder(g) ? g.kernel[0] * g.kernel[1] * g.inC : 1;
}

/** Outputs and their taps (3x3 windows are unrolled), pixels, windows that are copied and their taps. */
function work(site: Site): Work {
  const g = geometryOf(site);
  const taps = g.kernel[0] * g.kernel[1];
  const outputs = elements(site.middle.shape);
  const [unrolled, looped] = taps === 9 ? [outputs, 0] : [0, outputs];
  let copied = 0;
  for (const { y, x } of pixels(g)) if (!isInside(g, y, x)) copied++;
  const copiedTaps = taps * copied;
  const pixelCount = g.batch * g.outH * g.outW;
  return { unrolled, looped, taps: taps * looped, pixels: pixelCount, copiedTaps, copiedValues: copiedTaps * g.inC };
}

/** Measured on a Cortex-M4. */
const usual = { unrolled: 54.2, looped: 17.2, taps: 3, pixels: 20, copiedTaps: 150 / 9, copiedValues: 1 / 3 };

const base = {
  file: 'nn_depthwise_conv2d_s8.h',
  op: 'depthwise_conv2d',
  needs: [],
  layer: depthwiseLayer,
  scratch: depthwiseScratch,
  overlap: (site: Site, index: number) => (index === 0 ? depthwiseDistance(site) : 0),
} as const;

/** Any int8 depthwise convolution; 3x3 windows are unrolled. */
export const depthwiseConv2d: Kernel = {
  ...base,
  symbol: 'nn_depthwise_conv2d_s8',
  rows: true,
  fits: int8,
  ...costs('nn_depthwise_conv2d_s8', work, usual),
};

/** The same with the add of a skip tensor. */
export const depthwiseConv2dAdd: Kernel = {
  ...base,
  symbol: 'nn_depthwise_conv2d_s8_add',
  fusesAdd: true,
  fits: fitsAdd,
  ...costs('nn_depthwise_conv2d_s8_add', work, { ...usual, unrolled: 106.2, looped: 69.2 }),
};
