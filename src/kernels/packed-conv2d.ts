import { elements, type NodeOf } from '../ir/graph.js';
import { convMultipliers, zeroPoint } from '../ops/quantised.js';
import { fitsAdd, int8 } from './convolution.js';
import { geometryOf, imageFields, pixels, windowFields } from './geometry.js';
import type { Kernel, Layer, Site } from './kernel.js';
import { AccessOrder } from './overlap.js';
import { sumField } from './pack.js';
import { fitsChunks, numbersField, type PackedChannel, packedChannels, roundsAway, weightsField } from './packed.js';
import { matmulCost, stripCost } from './packed-cost.js';

const attrs = (site: Site) => (site.node as NodeOf<'conv2d'>).attr;

function channelsOf(site: Site): readonly PackedChannel[] | null {
  const [x, w] = site.inputs;
  return packedChannels(site, w!.data!, convMultipliers(x!, w!, site.middle, w!.shape[0]!), attrs(site).act);
}

const depthOf = (site: Site): number => elements(site.inputs[1]!.shape.slice(1));

/** All taps at once, or each row of the window on its own; 0 where neither fits. */
function chunksOf(site: Site): number {
  const rows = site.inputs[1]!.shape[1]!;
  const channels = channelsOf(site)!;
  return [1, rows].find((chunks) => fitsChunks(channels, depthOf(site) / chunks)) ?? 0;
}

/** One group, one bias. */
function fits(site: Site): boolean {
  const { groups, border } = attrs(site);
  return groups === 1 && !border && channelsOf(site) !== null && chunksOf(site) > 0;
}

function layer(site: Site): Layer {
  const g = geometryOf(site);
  const channels = channelsOf(site)!;
  const chunks = chunksOf(site);
  const away = roundsAway(channels);
  return {
    struct: 'nn_conv2d_s8_packed_layer',
    fields: [
      weightsField(site, channels),
      numbersField(site, channels, away || chunks > 1),
      { comment: 'pieces in which taps are added up; do negative halves matter?', values: [chunks, away ? 1 : 0] },
      ...imageFields(g),
      { comment: 'output', values: [g.outH, g.outW, g.outC] },
      ...windowFields(g),
      { comment: 'zero point of the input', values: [zeroPoint(site.inputs[0]!)] },
      sumField(site),
    ],
  };
}

function scratch(site: Site): number {
  const { inC, outC } = geometryOf(site);
  return 16 * (depthOf(site) + chunksOf(site)) + inC + (site.add ? 6 * outC : 0);
}

/** Six windows are read, then all six outputs written, image by image. */
function distance(site: Site): number {
  const g = geometryOf(site);
  const order = new AccessOrder();
  const perImage = g.outH * g.outW;
  let count = 0;
  for (const { out, first } of pixels(g)) {
    order.read(first * g.inC);
    count += 1;
    if (count % 6 !== 0 && (out + 1) % perImage !== 0) continue;
    order.write((out + 1) * g.outC);
    count = 0;
  }
  return order.distance;
}

const base = {
  file: 'nn_conv2d_s8_packed.h',
  op: 'conv2d',
  needs: ['packed'],
  layer,
  scratch,
  overlap: (site: Site, index: number) => (index === 0 ? distance(site) : 0),
  cost: (site, target) => {
    const g = geometryOf(site);
    const strips = g.batch * Math.ceil((g.outH * g.outW) / 6);
    const chunks = chunksOf(site);
    const matmul = matmulCost(target, depthOf(site) / chunks, chunks, g.outC);
    const sums = site.add ? 120 * elements(site.output.shape) : 0;
    return { instructions: Math.round(strips * (matmul + stripCost(target, depthOf(site), g.kernel[0])) + sums) };
  },
} as const satisfies Partial<Kernel>;

/** int8 convolution, six pixels in four words. */
export const conv2dPacked: Kernel = {
  ...base,
  symbol: 'nn_conv2d_s8__packed',
  rows: true,
  fits: (site) => int8(site) && fits(site),
};

/** The same with the add of a skip tensor. */
export const conv2dAddPacked: Kernel = {
  ...base,
  symbol: 'nn_conv2d_s8_add__packed',
  fusesAdd: true,
  fits: (site) => fitsAdd(site) && fits(site),
};
