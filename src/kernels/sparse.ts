/** Convolutions and fully connected layers with weights many of which are 0, in plain C (nn_sparse_s8.h). */
import type { NodeOf } from '../ir/graph.js';
import { activationRange, zeroPoint } from '../ops/quantised.js';
import { listEntries, packWhole } from '../sparse/list.js';
import { type Kept, keptOf, packNm, partsOf, partTaps } from '../sparse/nm.js';
import { convolutionFields, fitsAdd, int8, isPlain } from './convolution.js';
import { costs } from './cost.js';
import { denseFields, isInt8Dense, rowsOf, sizesOf } from './dense.js';
import { geometryOf, imageFields, windowFields } from './geometry.js';
import type { Field, Kernel, Layer, Prices, Site, Work } from './kernel.js';
import { AccessOrder } from './overlap.js';
import { rangeField, siteArray, sumField, zerosIn } from './pack.js';
import { distance as stripDistance } from './packed-conv2d.js';

/** As NN_SPARSE_LANES. */
const lanes = 8;

const channelsOf = ({ middle }: Site): number => middle.shape.at(-1)!;
const depthOf = (site: Site): number => site.inputs[1]!.data!.length / channelsOf(site);

/** Entries of a list are counted in 16 bits, those that only bridge gaps too. */
const longest = 2 ** 15;
/** Share of zeros below which a list gains nothing anywhere. */
const leastZeros = 0.05;

const hasZeros = ({ inputs }: Site): boolean => zerosIn(inputs[1]!.data!) >= leastZeros * inputs[1]!.data!.length;

/** How weights are written down. */
interface Format {
  readonly name: 'list' | 'fours';
  fits(site: Site): boolean;
  /** members `kept, parts` */
  sizes(site: Site): readonly [kept: number, parts: number];
  /** bytes of a channel */
  pack(row: readonly number[], site: Site): number[];
  /** taps that are read of a strip */
  taps(site: Site): number;
  /** weights that are read of a channel's bytes */
  entries(bytes: readonly number[]): number;
}

const list: Format = {
  name: 'list',
  fits: (site) => depthOf(site) < longest && hasZeros(site),
  sizes: () => [0, 0],
  pack: (row) =>
    packWhole(listEntries(row)).flatMap((half, i) => (i ? [half >> 8, half & 255] : [half & 255, half >> 8])),
  taps: depthOf,
  entries: (bytes) => bytes.length / 2 - 1,
};

const knownKept = new WeakMap<Site['node'], Kept | null>();

function kept(site: Site): Kept | null {
  const { node } = site;
  if (!knownKept.has(node)) knownKept.set(node, keptOf(site.inputs[1]!.data!, depthOf(site)));
  return knownKept.get(node)!;
}

const fours: Format = {
  name: 'fours',
  fits: (site) => kept(site) !== null,
  sizes: (site) => [kept(site)!, partsOf(depthOf(site), kept(site)!)],
  pack: (row, site) => packNm(row, kept(site)!),
  taps: (site) => partsOf(depthOf(site), kept(site)!) * partTaps(kept(site)!),
  entries: (bytes) => (bytes.length / 5) * 4,
};

const knownBytes = { list: new WeakMap<Site['node'], number[][]>(), fours: new WeakMap<Site['node'], number[][]>() };

/** Bytes of all channels. */
function bytesOf(site: Site, format: Format): number[][] {
  const known = knownBytes[format.name];
  const depth = depthOf(site);
  const row = (c: number) => Array.from(site.inputs[1]!.data!.slice(c * depth, (c + 1) * depth));
  const bytes = known.get(site.node) ?? Array.from({ length: channelsOf(site) }, (_, c) => format.pack(row(c), site));
  known.set(site.node, bytes);
  return bytes;
}

/** Weights that are read of all channels. */
const entriesOf = (site: Site, format: Format): number =>
  bytesOf(site, format).reduce((n, bytes) => n + format.entries(bytes), 0);

/** Fields `weights, kept, parts`. */
function weightsField(site: Site, format: Format): Field {
  const of = { list: 'number of entries, entries: distance, weight', fours: 'parts: places, four weights' }[
    format.name
  ];
  const layout = `[${channelsOf(site)} channels] ${of}`;
  return {
    comment: 'weights; of four taps so many, parts of a channel',
    values: [siteArray(site, 'weights', 'uint8_t', bytesOf(site, format).flat(), layout), ...format.sizes(site)],
  };
}

function windowLayer(site: Site, format: Format): Layer {
  const g = geometryOf(site);
  const { act } = (site.node as NodeOf<'conv2d'>).attr;
  const depth = depthOf(site);
  const { channels, plain } = convolutionFields(site, (i) => Math.floor(i / depth));
  return {
    struct: 'nn_conv2d_s8_sparse_layer',
    fields: [
      weightsField(site, format),
      ...channels,
      ...imageFields(g),
      { comment: 'output', values: [g.outH, g.outW, g.outC] },
      ...windowFields(g),
      plain,
      { comment: 'zero point of the input', values: [zeroPoint(site.inputs[0]!)] },
      rangeField(site.middle, activationRange(act, site.middle)),
      sumField(site),
    ],
  };
}

function denseLayer(site: Site, format: Format): Layer {
  const [channels, depth] = sizesOf(site);
  const { act } = (site.node as NodeOf<'fully_connected'>).attr;
  const { arrays, plain } = denseFields(site);
  return {
    struct: 'nn_fully_connected_s8_sparse_layer',
    fields: [
      weightsField(site, format),
      ...arrays,
      { comment: 'rows', values: [rowsOf(site)] },
      { comment: 'values in, out', values: [depth, channels] },
      plain,
      rangeField(site.middle, activationRange(act, site.middle)),
    ],
  };
}

/** Weights read, channels, outputs, values and taps copied. */
function windowWork(site: Site, format: Format): Work {
  const g = geometryOf(site);
  const strips = g.batch * Math.ceil((g.outH * g.outW) / lanes);
  const pixels = g.batch * g.outH * g.outW;
  const taps = g.kernel[0] * g.kernel[1];
  return {
    entries: strips * entriesOf(site, format),
    channels: strips * g.outC,
    outputs: pixels * g.outC,
    copied: pixels * taps * g.inC,
    taps: pixels * taps,
    sums: site.add ? pixels * g.outC : 0,
  };
}

/** The same of strips of rows, and of single rows. */
function denseWork(site: Site, format: Format): Work {
  const entries = entriesOf(site, format);
  const rows = rowsOf(site);
  const strips = Math.floor(rows / lanes);
  const single = rows - strips * lanes;
  return {
    entries: strips * entries,
    singles: single * entries,
    channels: (strips + single) * channelsOf(site),
    outputs: rows * channelsOf(site),
    copied: rows * depthOf(site),
  };
}

/** Strips of rows, then single ones, are copied before their outputs are written. */
function rowDistance(site: Site): number {
  const rows = rowsOf(site);
  const order = new AccessOrder();
  for (let row = 0; row < rows; ) {
    order.read(row * depthOf(site));
    row += rows - row >= lanes ? lanes : 1;
    order.write(row * channelsOf(site));
  }
  return order.distance;
}

const prices: Record<Format['name'], Prices> = {
  list: { entries: 23.7, channels: 56, outputs: 9.3, copied: 2.5, taps: 3.8, sums: 52 },
  fours: { entries: 29, channels: 35, outputs: 15.5, copied: 1.3, taps: 6.9, sums: 52 },
};
const densePrices: Record<Format['name'], Prices> = {
  list: { entries: 24, singles: 9, channels: 19.3, outputs: 14.8, copied: 1 },
  fours: { entries: 29, singles: 5.4, channels: 2.4, outputs: 10.6, copied: 0.9 },
};

/** The rows of a format: a convolution, one with the add of a skip tensor, a fully connected layer. */
function rows(format: Format): [Kernel, Kernel, Kernel] {
  const { name } = format;
  const base = { needs: [], format: name } as const;
  const window = {
    ...base,
    file: 'nn_conv2d_s8_sparse.h',
    op: 'conv2d',
    layer: (site: Site) => windowLayer(site, format),
    overlap: (site: Site, index: number) => (index === 0 ? stripDistance(site, lanes) : 0),
    passes: (site: Site) => windowWork(site, format).channels! / channelsOf(site),
  } as const;
  const work = (site: Site) => windowWork(site, format);
  const [alone, add, dense] = [`nn_conv2d_s8_${name}`, `nn_conv2d_s8_${name}_add`, `nn_fully_connected_s8_${name}`];
  const fits = (site: Site) => isPlain(site) && format.fits(site);
  return [
    {
      ...window,
      symbol: alone,
      rows: true,
      fits: (site) => int8(site) && fits(site),
      scratch: (site) => lanes * format.taps(site),
      ...costs(alone, work, prices[name]),
    },
    {
      ...window,
      symbol: add,
      fusesAdd: true,
      fits: (site) => fitsAdd(site) && fits(site),
      scratch: (site) => lanes * (format.taps(site) + channelsOf(site)),
      ...costs(add, work, prices[name]),
    },
    {
      ...base,
      symbol: dense,
      file: 'nn_fully_connected_s8_sparse.h',
      op: 'fully_connected',
      fits: (site) => isInt8Dense(site) && format.fits(site),
      layer: (site) => denseLayer(site, format),
      scratch: (site) => format.taps(site) * (rowsOf(site) < lanes ? 1 : lanes),
      overlap: (site, index) => (index === 0 ? rowDistance(site) : null),
      passes: (site) => denseWork(site, format).channels! / channelsOf(site),
      ...costs(dense, (site) => denseWork(site, format), densePrices[name]),
    },
  ];
}

/** Single weights with their distances, and at most two of every four. */
export const sparseKernels: readonly Kernel[] = [...rows(list), ...rows(fours)];
