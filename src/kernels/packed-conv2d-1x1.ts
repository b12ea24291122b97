import type { NodeOf } from '../ir/graph.js';
import { convMultipliers } from '../ops/quantised.js';
import { int8, isMatrix } from './convolution.js';
import { costs } from './cost.js';
import { geometryOf } from './geometry.js';
import type { Kernel, Layer, Site, Work } from './kernel.js';
import { AccessOrder } from './overlap.js';
import { fitsChunks, numbersField, type PackedChannel, packedChannels, roundsAway, weightsField } from './packed.js';
import { stripPrices, stripWork } from './packed-cost.js';

const attrs = (site: Site) => (site.node as NodeOf<'conv2d'>).attr;

function channelsOf(site: Site): readonly PackedChannel[] | null {
  const [x, w] = site.inputs;
  return packedChannels(site, w!.data!, convMultipliers(x!, w!, site.middle, w!.shape[0]!), attrs(site).act);
}

function fits(site: Site): boolean {
  if (!int8(site) || !isMatrix(site)) return false;
  const channels = channelsOf(site);
  return channels !== null && fitsChunks(channels, geometryOf(site).inC);
}

function layer(site: Site): Layer {
  const { batch, outH, outW, inC, outC } = geometryOf(site);
  const channels = channelsOf(site)!;
  return {
    struct: 'nn_conv2d_1x1_s8_packed_layer',
    fields: [
      weightsField(site, channels),
      numbersField(site, channels, roundsAway(channels)),
      { comment: 'pixels, of all images and of a row', values: [batch * outH * outW, outW] },
      { comment: 'channels in, out', values: [inC, outC] },
      { comment: 'do negative halves matter?', values: [roundsAway(channels) ? 1 : 0] },
    ],
  };
}

/** Six pixels are copied, then all six are written over. */
function distance(site: Site): number {
  const { batch, outH, outW, inC, outC } = geometryOf(site);
  const order = new AccessOrder();
  const count = batch * outH * outW;
  for (let p = 0; p < count; p += 6) {
    order.read(p * inC);
    order.write(Math.min(p + 6, count) * outC);
  }
  return order.distance;
}

function work(site: Site): Work {
  const { batch, outH, outW, inC, outC } = geometryOf(site);
  const strips = Math.ceil((batch * outH * outW) / 6);
  return stripWork({ strips, channels: outC, depth: inC, chunks: 1, more: roundsAway(channelsOf(site)!), runs: 2 });
}

/** int8 convolution with a 1x1 window and stride 1, six pixels in four words. */
export const conv2d1x1Packed: Kernel = {
  symbol: 'nn_conv2d_1x1_s8__packed',
  file: 'nn_conv2d_1x1_s8_packed.h',
  op: 'conv2d',
  needs: ['packed'],
  rows: true,
  fits,
  layer,
  scratch: (site) => 16 * (geometryOf(site).inC + 1),
  overlap: (site, index) => (index === 0 ? distance(site) : 0),
  passes: (site) => work(site).strips!,
  ...costs('nn_conv2d_1x1_s8__packed', work, stripPrices),
};
