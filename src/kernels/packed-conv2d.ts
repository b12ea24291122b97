import { elements, type NodeOf } from '../ir/graph.js';
import { convMultipliers, zeroPoint } from '../ops/quantised.js';
import { fitsAdd, int8, isPlain } from './convolution.js';
import { costs } from './cost.js';
import { type Geometry, geometryOf, imageFields, pixels, windowFields } from './geometry.js';
import type { Field, Kernel, Layer, Prices, Site, Work } from './kernel.js';
import { linearSum, linearSumField } from './linear-sum.js';
import { AccessOrder } from './overlap.js';
import { fitsChunks, numbersField, type PackedChannel, packedChannels, roundsAway, weightsField } from './packed.js';
import { stripPrices, stripWork } from './packed-cost.js';

const attrs = (site: Site) => (site.node as NodeOf<'conv2d'>).attr;

/** The output channels, or null where their numbers are not what these kernels are made for. */
export function channelsOf(site: Site): readonly PackedChannel[] | null {
  const [x, w] = site.inputs;
  return packedChannels(site, w!.data!, convMultipliers(x!, w!, site.middle, w!.shape[0]!), attrs(site).act);
}

/** Taps of one output channel. */
export const depthOf = (site: Site): number => elements(site.inputs[1]!.shape.slice(1));

/** All taps at once, or each row of the window on its own; 0 where neither fits. */
function chunksOf(site: Site): number {
  const rows = site.inputs[1]!.shape[1]!;
  const channels = channelsOf(site)!;
  return [1, rows].find((chunks) => fitsChunks(channels, depthOf(site) / chunks)) ?? 0;
}

const fits = (site: Site): boolean => isPlain(site) && channelsOf(site) !== null && chunksOf(site) > 0;

/** What every convolution of strips knows of its image and window. */
export function stripFields(site: Site): Field[] {
  const g = geometryOf(site);
  return [
    ...imageFields(g),
    { comment: 'output', values: [g.outH, g.outW, g.outC] },
    ...windowFields(g),
    { comment: 'zero point of the input', values: [zeroPoint(site.inputs[0]!)] },
    linearSumField(site),
  ];
}

function layer(site: Site): Layer {
  const channels = channelsOf(site)!;
  const chunks = chunksOf(site);
  const away = roundsAway(channels);
  return {
    struct: 'nn_conv2d_s8_packed_layer',
    fields: [
      weightsField(site, channels),
      numbersField(site, channels, away || chunks > 1),
      { comment: 'pieces in which taps are added up; do negative halves matter?', values: [chunks, away ? 1 : 0] },
      ...stripFields(site),
    ],
  };
}

function scratch(site: Site): number {
  const { inC, outC } = geometryOf(site);
  return 16 * (depthOf(site) + chunksOf(site)) + inC + (site.add ? 6 * outC : 0);
}

/** The windows of `strip` pixels are read, then all their outputs written, image by image. */
export function distance(site: Site, strip = 6): number {
  const g = geometryOf(site);
  const order = new AccessOrder();
  const perImage = g.outH * g.outW;
  let count = 0;
  for (const { out, first } of pixels(g)) {
    order.read(first * g.inC);
    count += 1;
    if (count % strip !== 0 && (out + 1) % perImage !== 0) continue;
    order.write((out + 1) * g.outC);
    count = 0;
  }
  return order.distance;
}

/** Pieces of three windows: rows where all lie inside the image, else taps. */
function runsOf(g: Geometry): { readonly rows: number; readonly taps: number } {
  const counts = { rows: 0, taps: 0 };
  const count = g.outH * g.outW;
  for (let first = 0; first < count; first += 3) {
    const places = [first, first + 1, first + 2].map((p) => Math.min(p, count - 1));
    for (let ky = 0; ky < g.kernel[0]; ky++) {
      const isWhole =
        g.dilation[1] === 1 && places.every((p) => isRowInside(g, Math.floor(p / g.outW), p % g.outW, ky));
      if (isWhole) counts.rows++;
      else counts.taps += g.kernel[1];
    }
  }
  return counts;
}

/** Does row ky of the window of output pixel (y, x) lie inside the image? */
function isRowInside(g: Geometry, y: number, x: number, ky: number): boolean {
  const row = y * g.stride[0] - g.pad[0] + ky * g.dilation[0];
  const left = x * g.stride[1] - g.pad[2];
  return row >= 0 && row < g.inH && left >= 0 && left + g.kernel[1] <= g.inW;
}

/** What it takes to make the strips of an image, and the add: taps and pieces of strips. */
export function imageWork(site: Site): Work {
  const g = geometryOf(site);
  const { rows, taps } = runsOf(g);
  const strips = stripsOf(g);
  return {
    packed: strips * depthOf(site),
    runs: g.batch * rows,
    outside: g.batch * taps,
    strips,
    sums: site.add ? elements(site.output.shape) : 0,
  };
}

/** Strips of six pixels, of all images. */
export const stripsOf = (g: Geometry): number => g.batch * Math.ceil((g.outH * g.outW) / 6);

function work(site: Site): Work {
  const g = geometryOf(site);
  const chunks = chunksOf(site);
  const image = imageWork(site);
  const more = chunks > 1 || roundsAway(channelsOf(site)!);
  const strips = stripsOf(g);
  const shape = { strips, channels: g.outC, depth: depthOf(site) / chunks, chunks, more };
  return {
    ...stripWork({ ...shape, runs: image.runs! / strips }),
    outside: image.outside!,
    sums: image.sums!,
  };
}

const prices = { ...stripPrices, runs: 90, outside: 110, strips: 350, sums: 18 };

/** What a convolution of strips of six pixels is, whatever its weights are stored like. */
interface StripKernel {
  readonly name: string;
  readonly file: string;
  readonly fits: (site: Site) => boolean;
  readonly layer: (site: Site) => Layer;
  readonly scratch: (site: Site) => number;
  readonly work: (site: Site) => Work;
  readonly prices: Prices;
  readonly addPrices: Prices;
  readonly format?: string;
}

/** Its two rows: alone, and with the add of a skip tensor. */
export function stripRows({ name, file, fits, layer, scratch, work, format, ...usual }: StripKernel): [Kernel, Kernel] {
  const base = {
    ...{ file, needs: ['packed'], layer, scratch, ...(format && { format }) },
    op: 'conv2d',
    overlap: (site: Site, index: number) => (index === 0 ? distance(site) : 0),
    passes: (site: Site) => work(site).strips!,
  } as const satisfies Partial<Kernel>;
  const [alone, add] = [`${name}__packed`, `${name}_add__packed`];
  return [
    { ...base, symbol: alone, rows: true, fits: (s) => int8(s) && fits(s), ...costs(alone, work, usual.prices) },
    {
      ...base,
      symbol: add,
      fusesAdd: true,
      fits: (s) => fitsAdd(s) && fits(s) && linearSum(s) !== null,
      ...costs(add, work, usual.addPrices),
    },
  ];
}

/** int8 convolution, six pixels in four words; the second absorbs the add of a skip tensor. */
export const [conv2dPacked, conv2dAddPacked] = stripRows({
  ...{ name: 'nn_conv2d_s8', file: 'nn_conv2d_s8_packed.h', fits, layer, scratch, work },
  ...{ prices, addPrices: prices },
});
