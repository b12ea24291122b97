import type { NodeOf } from '../ir/graph.js';
import { activationRange, convMultipliers } from '../ops/quantised.js';
import { int8, isMatrix } from './convolution.js';
import { type Product, product } from './dsp-scale.js';
import { geometryOf } from './geometry.js';
import type { Kernel, Layer, Site } from './kernel.js';
import { copyCost, matmulCost, windowsCost } from './mve-cost.js';
import { blocksOf, fitsMve, groupField, isFull } from './mve-pack.js';
import { AccessOrder } from './overlap.js';
import { rangeField } from './pack.js';

const attrs = (site: Site) => (site.node as NodeOf<'conv2d'>).attr;

function productOf(site: Site): Product {
  const [x, w, b] = site.inputs;
  return product(x!, w!, b, site.middle, convMultipliers(x!, w!, site.middle, w!.shape[0]!));
}

/** Bytes that a strip of several pixels should take at most. */
const stripBytes = 512;

const pixelsOf = (site: Site): number => {
  const { batch, outH, outW } = geometryOf(site);
  return batch * outH * outW;
};

/** Pixels copied at once: an even number, or all. */
function chunkOf(site: Site): number {
  const bytes = 16 * blocksOf(geometryOf(site).inC);
  return Math.min(pixelsOf(site), Math.max(2, 2 * Math.floor(stripBytes / bytes / 2)));
}

function layer(site: Site): Layer {
  const { outW, inC, outC } = geometryOf(site);
  return {
    struct: 'nn_conv2d_1x1_s8_mve_layer',
    fields: [
      groupField(site, productOf(site), true),
      { comment: 'pixels, of all images and of a row', values: [pixelsOf(site), outW] },
      { comment: 'channels in, out', values: [inC, outC] },
      rangeField(site.middle, activationRange(attrs(site).act, site.middle)),
      { comment: 'pixels copied at once', values: [chunkOf(site)] },
    ],
  };
}

/** Pixels are copied, then written over. */
function distance(site: Site): number {
  const { inC, outC } = geometryOf(site);
  const order = new AccessOrder();
  const [count, chunk] = [pixelsOf(site), chunkOf(site)];
  for (let p = 0; p < count; p += chunk) {
    order.read(p * inC);
    order.write(Math.min(p + chunk, count) * outC);
  }
  return order.distance;
}

function instructions(site: Site): number {
  const { inC, outC } = geometryOf(site);
  const p = productOf(site);
  const full = isFull(p.zero, activationRange(attrs(site).act, site.middle));
  const [count, chunk] = [pixelsOf(site), chunkOf(site)];
  const cost = (pixels: number) =>
    matmulCost(pixels, blocksOf(inC), outC, full) +
    (inC % 16 ? windowsCost(1, pixels, inC) : copyCost(pixels * inC)) +
    12;
  const rest = count % chunk;
  return Math.floor(count / chunk) * cost(chunk) + (rest ? cost(rest) : 0) + 30;
}

/** int8 convolution with a 1x1 window and stride 1, 2 pixels x 4 channels per tile. */
export const conv2d1x1Mve: Kernel = {
  symbol: 'nn_conv2d_1x1_s8__mve',
  file: 'nn_conv2d_1x1_s8_mve.h',
  op: 'conv2d',
  needs: ['mve'],
  rows: true,
  fits: (site) => int8(site) && isMatrix(site) && fitsMve(productOf(site), attrs(site).act, site.middle),
  layer,
  scratch: (site) => chunkOf(site) * 16 * blocksOf(geometryOf(site).inC),
  overlap: (site, index) => (index === 0 ? distance(site) : 0),
  cost: (site) => ({ instructions: instructions(site) }),
};
