import { elements, type NodeOf } from '../ir/graph.js';
import { activationRange, zeroPoint } from '../ops/quantised.js';
import { convolutionFields, fitsAdd, int8 } from './convolution.js';
import { costs } from './cost.js';
import { geometryOf, imageFields, pixels, windowFields } from './geometry.js';
import type { Kernel, Layer, Site } from './kernel.js';
import { AccessOrder } from './overlap.js';
import { blockLayout, packGroups, rangeField, siteArray, sumField } from './pack.js';

const attrs = (site: Site) => (site.node as NodeOf<'conv2d'>).attr;

/** Taps of one output channel. */
const depthOf = (site: Site): number => elements(site.inputs[1]!.shape.slice(1));

function conv2dLayer(site: Site): Layer {
  const [x, w] = site.inputs as [(typeof site.inputs)[0], (typeof site.inputs)[0]];
  const g = geometryOf(site);
  const { groups, act } = attrs(site);
  const depth = depthOf(site);
  const packed = packGroups(w.data!, g.outC, depth, groups);
  const fields = convolutionFields(site, (i) => Math.floor(i / depth));
  return {
    struct: 'nn_conv2d_s8_layer',
    fields: [
      {
        comment: 'weights',
        values: [siteArray(site, 'weights', 'int8_t', packed, blockLayout(g.outC, depth, groups))],
      },
      ...fields.channels,
      fields.classes,
      ...imageFields(g),
      { comment: 'output', values: [g.outH, g.outW, g.outC] },
      { comment: 'groups', values: [groups] },
      ...windowFields(g),
      fields.plain,
      { comment: 'zero point of the input', values: [zeroPoint(x)] },
      rangeField(site.middle, activationRange(act, site.middle)),
      sumField(site),
    ],
  };
}

/** Pairs of pixels: group by group, both windows are gathered, then both outputs written. */
function conv2dDistance(site: Site): number {
  const g = geometryOf(site);
  const { groups } = attrs(site);
  const order = new AccessOrder();
  const perImage = g.outH * g.outW;
  let pair: number[] = [];
  for (const { out, first } of pixels(g)) {
    pair.push(first);
    if (pair.length === 1 && (out + 1) % perImage !== 0) continue;
    for (let i = 0; i < groups; i++) {
      for (const p of pair) order.read(p * g.inC + (i * g.inC) / groups);
      order.write(out * g.outC + ((i + 1) * g.outC) / groups);
    }
    pair = [];
  }
  return order.distance;
}

const work = (site: Site) => {
  const outputs = elements(site.middle.shape);
  return { macs: outputs * depthOf(site), outputs };
};

const base = {
  file: 'nn_conv2d_s8.h',
  op: 'conv2d',
  needs: [],
  layer: conv2dLayer,
  overlap: (site: Site, index: number) => (index === 0 ? conv2dDistance(site) : 0),
} as const;

/** Any int8 convolution: windows are gathered two pixels at a time, 4 channels x 2 pixels per tile. */
export const conv2d: Kernel = {
  ...base,
  symbol: 'nn_conv2d_s8',
  rows: true,
  fits: int8,
  scratch: (site) => 2 * depthOf(site),
  ...costs('nn_conv2d_s8', work, { macs: 2.06, outputs: 24 }),
};

/** The same with the add of a skip tensor. */
export const conv2dAdd: Kernel = {
  ...base,
  symbol: 'nn_conv2d_s8_add',
  fusesAdd: true,
  fits: fitsAdd,
  scratch: (site) => 2 * (depthOf(site) + geometryOf(site).outC),
  ...costs('nn_conv2d_s8_add', work, { macs: 2.06, outputs: 76 }),
};
