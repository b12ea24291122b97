import { elements, type NodeOf } from '../ir/graph.js';
import { activationRange, zeroPoint } from '../ops/quantised.js';
import { convolutionFields, fitsAdd, int8 } from './convolution.js';
import { channelwise, crossesBorder, geometryOf, imageFields, isInside, pixels, windowFields } from './geometry.js';
import type { Kernel, Layer, Site } from './kernel.js';
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

/** Instructions without an add, measured on a Cortex-M4: outputs, pixels, and the windows that are copied. */
function instructions(site: Site): number {
  const g = geometryOf(site);
  const taps = g.kernel[0] * g.kernel[1];
  let copied = 0;
  for (const { y, x } of pixels(g)) if (!isInside(g, y, x)) copied++;
  const perOutput = taps === 9 ? 54.2 : 3 * taps + 17.2;
  const perWindow = (taps / 9) * (150 + 3 * g.inC);
  return Math.round(perOutput * elements(site.middle.shape) + 20 * g.batch * g.outH * g.outW + perWindow * copied);
}

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
  cost: (site) => ({ instructions: instructions(site) }),
};

/** The same with the add of a skip tensor. */
export const depthwiseConv2dAdd: Kernel = {
  ...base,
  symbol: 'nn_depthwise_conv2d_s8_add',
  fusesAdd: true,
  fits: fitsAdd,
  cost: (site) => ({ instructions: instructions(site) + 52 * elements(site.middle.shape) }),
};
