import { elements, type NodeOf } from '../ir/graph.js';
import { activationRange, zeroPoint } from '../ops/quantised.js';
import { fitsAdd, int8 } from './convolution.js';
import { type Geometry, geometryOf, imageFields, pixels, windowFields } from './geometry.js';
import type { Kernel, Layer, Site } from './kernel.js';
import { productOf } from './mve-conv2d.js';
import { copiesOf, tilesCost, windowCost } from './mve-cost.js';
import { blocksOf, fitsMve, isFull } from './mve-pack.js';
import { fitsMveSum, mveSumField, perFour } from './mve-sum.js';
import { channelFields, channelTiles, countTiles, maxBlocks } from './mve-tiles.js';
import { AccessOrder } from './overlap.js';
import { rangeField } from './pack.js';

const attrs = (site: Site) => (site.node as NodeOf<'conv2d'>).attr;

/** Blocks of a window. */
const windowBlocks = (g: Geometry): number => elements(g.kernel) * blocksOf(g.inC);

function fits(site: Site): boolean {
  const { groups, border, act } = attrs(site);
  if (groups !== 1 || border || windowBlocks(geometryOf(site)) > maxBlocks) return false;
  return fitsMve(productOf(site), act, site.middle);
}

function layer(site: Site): Layer {
  const g = geometryOf(site);
  return {
    struct: 'nn_conv2d_s8_tiles_mve_layer',
    fields: [
      ...channelFields(site, productOf(site), g.inC),
      ...imageFields(g),
      { comment: 'output', values: [g.outH, g.outW, g.outC] },
      ...windowFields(g),
      { comment: 'zero point of the input', values: [zeroPoint(site.inputs[0]!)] },
      rangeField(site.middle, activationRange(attrs(site).act, site.middle)),
      site.add ? mveSumField(site) : { comment: 'no add follows', values: [null, 0] },
    ],
  };
}

function scratch(site: Site): number {
  const g = geometryOf(site);
  return 64 * windowBlocks(g) + (site.add ? 4 * g.outC : 0);
}

/** Four windows are copied, then their outputs written, image by image. */
function distance(site: Site): number {
  const g = geometryOf(site);
  const order = new AccessOrder();
  const perImage = g.outH * g.outW;
  for (const { out, first } of pixels(g)) {
    const next = (out % perImage) + 1;
    order.read(first * g.inC);
    if (next % 4 === 0 || next === perImage) order.write((out + 1) * g.outC);
  }
  return order.distance;
}

/** Copying all windows of one image. */
function copies(g: Geometry): number {
  const [kh, kw] = g.kernel;
  const passes = g.inC % 16 === 0 && g.dilation[1] === 1 ? 1 : kw;
  const each = passes * windowCost(kh, (kw / passes) * g.inC);
  const isFlat = [kh, kw, ...g.stride].every((n) => n === 1) && g.pad.every((n) => n === 0);
  const { inside, runs, outside } = copiesOf(g, 4, isFlat);
  return inside * each + runs * (passes * 30 + 10) + outside * (0.8 * each + 4 * windowBlocks(g) + 30 * passes + 50);
}

function instructions(site: Site): number {
  const g = geometryOf(site);
  const p = productOf(site);
  const full = isFull(p.zero, activationRange(attrs(site).act, site.middle));
  const fours = Math.ceil((g.outH * g.outW) / 4);
  const sum = site.add ? (perFour(site) / 4) * g.outC * g.outH * g.outW + 30 * fours : 0;
  const matrix = tilesCost(countTiles(channelTiles(p, g.inC)), p.channels, full);
  return g.batch * (fours * (matrix + 12) + copies(g) + sum) + 60;
}

const base = {
  file: 'nn_conv2d_s8_tiles_mve.h',
  op: 'conv2d',
  needs: ['mve'],
  format: 'blocks 1x16',
  layer,
  scratch,
  overlap: (site: Site, index: number) => (index === 0 ? distance(site) : 0),
  cost: (site: Site) => ({ instructions: Math.round(instructions(site)) }),
} as const;

/** int8 convolution whose weights are blocks of 16 taps, 4 pixels at a time. */
export const conv2dTilesMve: Kernel = {
  ...base,
  symbol: 'nn_conv2d_s8_tiles__mve',
  rows: true,
  fits: (site) => int8(site) && fits(site),
};

/** The same with the add of a skip tensor. */
export const conv2dTilesAddMve: Kernel = {
  ...base,
  symbol: 'nn_conv2d_s8_tiles_add__mve',
  fusesAdd: true,
  fits: (site) => fitsAdd(site) && fits(site) && fitsMveSum(site),
};
