import { elements, type NodeOf } from '../ir/graph.js';
import { activationRange, convMultipliers, zeroPoint } from '../ops/quantised.js';
import { fitsAdd, int8, isPlain } from './convolution.js';
import { type Product, product } from './dsp-scale.js';
import { type Geometry, geometryOf, imageFields, pixels, windowFields } from './geometry.js';
import type { Kernel, Layer, Site } from './kernel.js';
import { copiesOf, copyCost, matmulCost, windowCost } from './mve-cost.js';
import { blocksOf, fitsMve, groupField, isFull } from './mve-pack.js';
import { fitsMveSum, mveSumField, perFour } from './mve-sum.js';
import { AccessOrder } from './overlap.js';
import { rangeField } from './pack.js';

const attrs = (site: Site) => (site.node as NodeOf<'conv2d'>).attr;

/** The weights as a matrix [channels][taps]. */
export function productOf(site: Site): Product {
  const [x, w, b] = site.inputs;
  return product(x!, w!, b, site.middle, convMultipliers(x!, w!, site.middle, w!.shape[0]!));
}

const windowBytes = (site: Site): number => 16 * blocksOf(elements(site.inputs[1]!.shape.slice(1)));

/** Bytes that windows side by side should take at most. */
const stripBytes = 1024;

/** Pixels whose windows are copied at once: an even number, or all of the image. */
function chunkOf(site: Site): number {
  const { outH, outW } = geometryOf(site);
  return Math.min(outH * outW, Math.max(2, 2 * Math.floor(stripBytes / windowBytes(site) / 2)));
}

function fits(site: Site): boolean {
  return isPlain(site) && fitsMve(productOf(site), attrs(site).act, site.middle);
}

function layer(site: Site): Layer {
  const g = geometryOf(site);
  return {
    struct: 'nn_conv2d_s8_mve_layer',
    fields: [
      groupField(site, productOf(site), true),
      ...imageFields(g),
      { comment: 'output', values: [g.outH, g.outW, g.outC] },
      ...windowFields(g),
      { comment: 'zero point of the input', values: [zeroPoint(site.inputs[0]!)] },
      rangeField(site.middle, activationRange(attrs(site).act, site.middle)),
      { comment: 'pixels whose windows are copied at once', values: [chunkOf(site)] },
      site.add ? mveSumField(site) : { comment: 'no add follows', values: [null, 0] },
    ],
  };
}

const scratch = (site: Site): number => chunkOf(site) * (windowBytes(site) + (site.add ? geometryOf(site).outC : 0));

/** Windows of a chunk are copied, then its outputs written, image by image. */
function distance(site: Site): number {
  const g = geometryOf(site);
  const order = new AccessOrder();
  const [perImage, chunk] = [g.outH * g.outW, chunkOf(site)];
  for (const { out, first } of pixels(g)) {
    const next = (out % perImage) + 1;
    order.read(first * g.inC);
    if (next % chunk === 0 || next === perImage) order.write((out + 1) * g.outC);
  }
  return order.distance;
}

/** Copying all windows of one image. */
function copies(g: Geometry, chunk: number): number {
  const [kh, kw] = g.kernel;
  const passes = g.dilation[1] === 1 ? 1 : kw;
  const each = passes * windowCost(kh, (kw / passes) * g.inC);
  const { inside, runs, outside } = copiesOf(g, chunk);
  const fill = copyCost(kh * kw * g.inC) * 0.67;
  return inside * each + runs * (passes * 30 + 18) + outside * (each * 0.75 + fill + 75);
}

function instructions(site: Site): number {
  const g = geometryOf(site);
  const p = productOf(site);
  const full = isFull(p.zero, activationRange(attrs(site).act, site.middle));
  const [perImage, chunk] = [g.outH * g.outW, chunkOf(site)];
  const cost = (pixels: number) => matmulCost(pixels, blocksOf(p.depth), g.outC, full) + 18;
  const rest = perImage % chunk;
  const sum = site.add ? (perFour(site) / 4) * g.outC * perImage + 30 * Math.ceil(perImage / chunk) : 0;
  return g.batch * (Math.floor(perImage / chunk) * cost(chunk) + (rest ? cost(rest) : 0) + copies(g, chunk) + sum) + 60;
}

const base = {
  file: 'nn_conv2d_s8_mve.h',
  op: 'conv2d',
  needs: ['mve'],
  layer,
  scratch,
  overlap: (site: Site, index: number) => (index === 0 ? distance(site) : 0),
  cost: (site: Site) => ({ instructions: Math.round(instructions(site)) }),
} as const;

/** int8 convolution, 2 pixels x 4 channels per tile. */
export const conv2dMve: Kernel = {
  ...base,
  symbol: 'nn_conv2d_s8__mve',
  rows: true,
  fits: (site) => int8(site) && fits(site),
};

/** The same with the add of a skip tensor. */
export const conv2dAddMve: Kernel = {
  ...base,
  symbol: 'nn_conv2d_s8_add__mve',
  fusesAdd: true,
  fits: (site) => fitsAdd(site) && fits(site) && fitsMveSum(site),
};
