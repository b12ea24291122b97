import { elements, type NodeOf } from '../ir/graph.js';
import { activationRange } from '../ops/quantised.js';
import { convolutionFields, fitsAdd, int8, isMatrix } from './convolution.js';
import { costs } from './cost.js';
import { geometryOf } from './geometry.js';
import type { Kernel, Layer, Site } from './kernel.js';
import { AccessOrder } from './overlap.js';
import { blockLayout, packBlocks, rangeField, siteArray, sumField } from './pack.js';

function matrixLayer(site: Site): Layer {
  const w = site.inputs[1]!;
  const { batch, outH, outW, inC, outC } = geometryOf(site);
  const { act } = (site.node as NodeOf<'conv2d'>).attr;
  const fields = convolutionFields(site, (i) => Math.floor(i / inC));
  const packed = packBlocks(w.data!, outC, inC);
  return {
    struct: 'nn_conv2d_1x1_s8_layer',
    fields: [
      { comment: 'weights', values: [siteArray(site, 'weights', 'int8_t', packed, blockLayout(outC, inC))] },
      ...fields.channels,
      { comment: 'pixels, of all images and of a row', values: [batch * outH * outW, outW] },
      { comment: 'channels in, out', values: [inC, outC] },
      fields.plain,
      rangeField(site.middle, activationRange(act, site.middle)),
      sumField(site),
    ],
  };
}

/** Two pixels are copied, then both are written over. */
function matrixDistance(site: Site): number {
  const { batch, outH, outW, inC, outC } = geometryOf(site);
  const order = new AccessOrder();
  const count = batch * outH * outW;
  for (let p = 0; p < count; p += 2) {
    order.read(p * inC);
    order.write(Math.min(p + 2, count) * outC);
  }
  return order.distance;
}

const work = (site: Site) => {
  const outputs = elements(site.middle.shape);
  return { macs: outputs * site.inputs[0]!.shape[3]!, outputs };
};

const base = {
  file: 'nn_conv2d_1x1_s8.h',
  op: 'conv2d',
  needs: [],
  layer: matrixLayer,
  overlap: (site: Site, index: number) => (index === 0 ? matrixDistance(site) : 0),
} as const;

/** int8 convolution with a 1x1 window and stride 1: a matrix product, in place where channels do not grow. */
export const conv2d1x1: Kernel = {
  ...base,
  symbol: 'nn_conv2d_1x1_s8',
  rows: true,
  fits: (site) => int8(site) && isMatrix(site),
  scratch: (site) => 2 * geometryOf(site).inC,
  ...costs('nn_conv2d_1x1_s8', work, { macs: 1.9, outputs: 16 }),
};

/** The same with the add of a skip tensor. */
export const conv2d1x1Add: Kernel = {
  ...base,
  symbol: 'nn_conv2d_1x1_s8_add',
  fusesAdd: true,
  fits: (site) => fitsAdd(site) && isMatrix(site),
  scratch: (site) => 2 * (geometryOf(site).inC + geometryOf(site).outC),
  ...costs('nn_conv2d_1x1_s8_add', work, { macs: 1.9, outputs: 68 }),
};
