/** Convolutions whose weights are sparse, eight pixels at a time (nn_conv2d_s8_lanes_dsp.h). */
import { elements, type NodeOf } from '../ir/graph.js';
import { convMultipliers, zeroPoint } from '../ops/quantised.js';
import { type LaneEntry, laneWords, packLane } from '../sparse/lanes.js';
import { fitsAdd, int8, isPlain } from './convolution.js';
import { commonScale, fitsDsp, greatest, numbersOf, type Product, product, roundsAway } from './dsp-scale.js';
import { dspSumField, fitsSum } from './dsp-sum.js';
import { type Geometry, geometryOf, imageFields } from './geometry.js';
import type { Kernel, Layer, Site } from './kernel.js';
import { AccessOrder } from './overlap.js';
import { siteArray } from './pack.js';

const attrs = (site: Site) => (site.node as NodeOf<'conv2d'>).attr;

function productOf(site: Site): Product {
  const [x, w, b] = site.inputs;
  return product(x!, w!, b, site.middle, convMultipliers(x!, w!, site.middle, w!.shape[0]!));
}

const channelsOf = (p: Product): number[] => Array.from({ length: p.channels }, (_, c) => c);

/** Do the scaled sums of a channel need TFLite's rounding in full? */
const isAway = (p: Product): boolean => roundsAway(p) === 1 || channelsOf(p).some((c) => commonScale(p, c) === null);

/** One group, one bias, and sums that leave the other pixel's alone. */
function fits(site: Site): boolean {
  if (!isPlain(site)) return false;
  const p = productOf(site);
  return fitsDsp(p, attrs(site).act, site.middle) && channelsOf(p).every((c) => greatest(p, c) < 2 ** 22);
}

/** Can all pixels count as one row? */
const isFlat = ({ kernel, stride, pad }: Geometry): boolean =>
  [...kernel, ...stride].every((n) => n === 1) && pad.every((p) => p === 0);

/** Image columns of the words of a row, and for each tap of a row where its four words begin. */
interface Columns {
  readonly columns: readonly number[];
  readonly first: readonly number[];
}

/** Columns that differ by the stride lie side by side, so that the four words of a tap do. */
function columnsOf(g: Geometry): Columns {
  const stride = g.stride[1];
  const taps = Array.from({ length: g.kernel[1] }, (_, kx) => kx * g.dilation[1]);
  const columns: number[] = [];
  const first = new Map<number, number>();
  for (let residue = 0; residue < stride; residue++) {
    const own = taps.filter((t) => t % stride === residue);
    if (!own.length) continue;
    for (const tap of own) first.set(tap, columns.length + (tap - own[0]!) / stride);
    for (let c = own[0]!; c <= own.at(-1)! + 3 * stride; c += stride) columns.push(c);
  }
  return { columns, first: taps.map((t) => first.get(t)!) };
}

/** The weights of channel c that are not 0, in the order in which the strip holds their pixels. */
function entriesOf(p: Product, c: number, g: Geometry, { columns, first }: Columns): LaneEntry[] {
  const [kh, kw] = g.kernel;
  const entries: LaneEntry[] = [];
  for (let ky = 0; ky < kh; ky++)
    for (let kx = 0; kx < kw; kx++)
      for (let i = 0; i < g.inC; i++) {
        const weight = p.weights[c * p.depth + (ky * kw + kx) * g.inC + i]!;
        if (weight !== 0) entries.push({ at: 4 * ((ky * g.inC + i) * columns.length + first[kx]!), weight });
      }
  return entries.sort((a, b) => a.at - b.at);
}

/** The numbers that end a channel of the stream. */
function scaleOf(p: Product, c: number, away: boolean): number[] {
  if (away) return [...numbersOf(p, c)!.slice(1)];
  const { bits, numbers } = commonScale(p, c)!;
  return [numbers[1], numbers[2] * 256 + 9 - bits];
}

/** A channel whose results are all 0 has no bias and no entries. */
function stream(p: Product, g: Geometry, columns: Columns, away: boolean): number[] {
  return channelsOf(p).flatMap((c) => {
    const isDead = numbersOf(p, c)![1] === 0;
    return packLane(isDead ? 0 : p.bias[c]!, isDead ? [] : entriesOf(p, c, g, columns), scaleOf(p, c, away));
  });
}

function layer(site: Site): Layer {
  const g = geometryOf(site);
  const p = productOf(site);
  const away = isAway(p);
  const columns = columnsOf(g);
  const words = stream(p, g, columns, away);
  const layout = `[${p.channels} channels]: bias, chunks of entries, ${away ? 'multiplier, offset, shift' : 'multiplier, offset and shift'}`;
  return {
    struct: 'nn_conv2d_s8_lanes_layer',
    fields: [
      { comment: 'weights and scales', values: [siteArray(site, 'weights', 'int32_t', words, layout), words.length] },
      {
        comment: 'columns of the words of a row',
        values: [
          siteArray(site, 'columns', 'uint16_t', columns.columns, `[${columns.columns.length} words]`),
          columns.columns.length,
        ],
      },
      ...imageFields(g),
      { comment: 'output', values: [g.outH, g.outW, g.outC] },
      {
        comment: 'rows of the window, columns it reaches',
        values: [g.kernel[0], (g.kernel[1] - 1) * g.dilation[1] + 1],
      },
      { comment: 'stride', values: g.stride },
      { comment: 'dilation of rows', values: [g.dilation[0]] },
      { comment: 'padding at the top, left', values: [g.pad[0], g.pad[2]] },
      { comment: 'zero point of the input', values: [zeroPoint(site.inputs[0]!)] },
      {
        comment: 'do all pixels count as one row? do negative halves matter?',
        values: [isFlat(g) ? 1 : 0, away ? 1 : 0],
      },
      dspSumField(site),
    ],
  };
}

function scratch(site: Site): number {
  const g = geometryOf(site);
  return 4 * g.kernel[0] * g.inC * columnsOf(g).columns.length + g.inC + 8 * g.outC;
}

/** Pixels of groups of eight, row by row; a flat image is one row. */
function groups(g: Geometry): { lines: number; width: number } {
  return isFlat(g) ? { lines: 1, width: g.outH * g.outW } : { lines: g.outH, width: g.outW };
}

/** Eight windows are unpacked, then all eight outputs written, row by row. */
function distance(site: Site): number {
  const g = geometryOf(site);
  const { lines, width } = groups(g);
  const order = new AccessOrder();
  for (let n = 0; n < g.batch; n++)
    for (let line = 0; line < lines; line++)
      for (let column = 0; column < width; column += 8) {
        const row = Math.max(0, line * g.stride[0] - g.pad[0]);
        const left = Math.max(0, column * g.stride[1] - g.pad[2]);
        order.read(((n * g.inH + row) * g.inW + left) * g.inC);
        order.write(((n * lines + line) * width + Math.min(column + 8, width)) * g.outC);
      }
  return order.distance;
}

function instructions(site: Site): number {
  const g = geometryOf(site);
  const p = productOf(site);
  const { lines, width } = groups(g);
  const columns = columnsOf(g);
  const entryWords = channelsOf(p).reduce((n, c) => n + laneWords(entriesOf(p, c, g, columns)), 0);
  const words = g.kernel[0] * columns.columns.length;
  const group = 17 * entryWords + (isAway(p) ? 82 : 64) * g.outC + words * (5.25 * g.inC + 12) + 60;
  return g.batch * lines * Math.ceil(width / 8) * group;
}

const base = {
  file: 'nn_conv2d_s8_lanes_dsp.h',
  op: 'conv2d',
  needs: ['dsp'],
  format: 'lanes',
  pace: 1.53,
  passes: (site: Site) => {
    const { lines, width } = groups(geometryOf(site));
    return lines * Math.ceil(width / 8);
  },
  layer,
  scratch,
  overlap: (site: Site, index: number) => (index === 0 ? distance(site) : 0),
} as const;

/** int8 convolution whose zeros cost nothing. */
export const conv2dLanes: Kernel = {
  ...base,
  symbol: 'nn_conv2d_s8_lanes__dsp',
  rows: true,
  fits: (site) => int8(site) && fits(site),
  cost: (site) => ({ instructions: Math.round(instructions(site)) }),
};

/** The same with the add of a skip tensor. */
export const conv2dLanesAdd: Kernel = {
  ...base,
  symbol: 'nn_conv2d_s8_lanes_add__dsp',
  fusesAdd: true,
  fits: (site) => fitsAdd(site) && fits(site) && fitsSum(site),
  cost: (site) => ({ instructions: Math.round(instructions(site) + 11 * elements(site.output.shape)) }),
};
