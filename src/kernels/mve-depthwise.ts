import { elements, type NodeOf } from '../ir/graph.js';
import { activationRange, convMultipliers, zeroPoint } from '../ops/quantised.js';
import { int8 } from './convolution.js';
import { byChannel } from './depthwise-conv2d.js';
import type { Product } from './dsp-scale.js';
import { geometryOf, imageFields, pixels, windowFields } from './geometry.js';
import type { Kernel, Layer, Site } from './kernel.js';
import { interleaveCost } from './mve-cost.js';
import { blocksOf, fitsMve, groupField } from './mve-pack.js';
import { AccessOrder } from './overlap.js';
import { foldZeroPoint, rangeField, sumWeights } from './pack.js';

const attrs = (site: Site) => (site.node as NodeOf<'depthwise_conv2d'>).attr;

/** Channels as rows of taps. */
export function depthwiseProduct(site: Site): Product {
  const [x, w, b] = site.inputs;
  const channels = geometryOf(site).outC;
  const weights = byChannel(w!.data!, channels);
  const depth = weights.length / channels;
  const sums = sumWeights(weights, channels, (i) => Math.floor(i / depth));
  const bias = foldZeroPoint(b?.data, sums, zeroPoint(x!));
  const scales = convMultipliers(x!, w!, site.middle, channels);
  return { weights, channels, depth, bias, scales, zero: zeroPoint(site.middle) };
}

/** Negative halves are always rounded rightly, so all shifts are to the right. */
function fits(site: Site): boolean {
  if (!int8(site)) return false;
  const { multiplier, border, act } = attrs(site);
  return multiplier === 1 && !border && fitsMve({ ...depthwiseProduct(site), zero: 0 }, act, site.middle);
}

const tapsOf = (site: Site): number => elements(geometryOf(site).kernel);

function layer(site: Site): Layer {
  const g = geometryOf(site);
  return {
    struct: 'nn_depthwise_conv2d_s8_mve_layer',
    fields: [
      groupField(site, depthwiseProduct(site), true),
      ...imageFields(g),
      { comment: 'output', values: [g.outH, g.outW] },
      ...windowFields(g),
      { comment: 'zero point of the input', values: [zeroPoint(site.inputs[0]!)] },
      rangeField(site.middle, activationRange(attrs(site).act, site.middle)),
    ],
  };
}

/** As NN_DEPTHWISE_CONV2D_S8_MVE_CHUNK. */
const maxChunk = 64;

/** Channels of a window are copied, then those of its pixel written, chunk by chunk. */
function distance(site: Site): number {
  const g = geometryOf(site);
  const order = new AccessOrder();
  for (const { out, first } of pixels(g)) {
    for (let c = 0; c < g.inC; c += maxChunk) {
      order.read(first * g.inC + c);
      order.write(out * g.outC + Math.min(c + maxChunk, g.inC));
    }
  }
  return order.distance;
}

function instructions(site: Site): number {
  const { batch, outH, outW, inC } = geometryOf(site);
  const taps = tapsOf(site);
  const quads = Math.ceil(taps / 4);
  const group = 14 * blocksOf(taps) + 22;
  let perPixel = 6;
  for (let c = 0; c < inC; c += maxChunk)
    perPixel += quads * (interleaveCost(Math.min(maxChunk, inC - c)) + 12) + 3 * taps + 60;
  return batch * outH * outW * (perPixel + Math.ceil(inC / 4) * group) + 60;
}

/** int8 depthwise convolution with any window: its taps become words, 16 at a time. */
export const depthwiseConv2dMve: Kernel = {
  symbol: 'nn_depthwise_conv2d_s8__mve',
  file: 'nn_depthwise_conv2d_s8_mve.h',
  op: 'depthwise_conv2d',
  needs: ['mve'],
  rows: true,
  fits,
  layer,
  scratch: (site) => (16 * blocksOf(tapsOf(site)) + 1) * Math.min(geometryOf(site).inC, maxChunk) + 60,
  overlap: (site, index) => (index === 0 ? distance(site) : 0),
  cost: (site) => ({ instructions: instructions(site) }),
};
