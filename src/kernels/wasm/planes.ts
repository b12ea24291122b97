/**
 * Convolutions of larger windows of whose weights only those that are not 0 are there: the image is turned once into planes of
 * one channel each, instead of once for every tap.
 */
import { zeroPoint } from '../../ops/quantised.js';
import { type Geometry, geometryOf } from '../geometry.js';
import type { Field, Kernel, Site } from '../kernel.js';
import { vectorCosts } from './cost.js';
import { byteFields, fitsByteList, pairCount } from './list.js';
import { bordered, borderSize, imageParts } from './windows.js';

/** Bytes of planes that stay in a near cache, and values that 16 bits tell apart. */
const [near, most] = [24576, 65535];

/** Planes of `band` rows of results: rows and columns of one, values of all of a channel. */
interface Planes {
  readonly band: number;
  readonly rows: number;
  readonly columns: number;
  readonly plane: number;
}

function planesOf(g: Geometry, band: number): Planes {
  const [down, across] = g.stride;
  const columns = Math.ceil((bordered(g)[1] || g.inW) / across);
  const rows = Math.ceil(((band - 1) * down + (g.kernel[0] - 1) * g.dilation[0] + 1) / down);
  return { band, rows, columns, plane: down * across * rows * columns };
}

const depthOf = (g: Geometry): number => 8 * Math.ceil(g.inC / 8);

/** As many rows as stay near, in bands of about the same height; values have 16 bits. */
function bandOf(g: Geometry): Planes {
  const fits = (band: number) => 2 * planesOf(g, band).plane * depthOf(g) <= near;
  let band = g.outH;
  while (band > 1 && !fits(band)) band--;
  return planesOf(g, Math.ceil(g.outH / Math.ceil(g.outH / band)));
}

/** Where input i of a window, [rows][columns][channels], lies in the planes. */
function placeOf(g: Geometry, p: Planes, i: number): number {
  const [down, across] = g.stride;
  const tap = Math.floor(i / g.inC);
  const y = Math.floor(tap / g.kernel[1]) * g.dilation[0];
  const x = (tap % g.kernel[1]) * g.dilation[1];
  const phase = (y % down) * across + (x % across);
  const row = phase * p.rows + Math.floor(y / down);
  return (i % g.inC) * p.plane + row * p.columns + Math.floor(x / across);
}

const planeFields = (p: Planes): Field[] => [
  { comment: 'rows of results at a time', values: [p.band] },
  { comment: 'planes: rows, columns, values of a channel', values: [p.rows, p.columns, p.plane] },
];

/** Values that are read beyond an image, where its rows end between the columns of two phases. */
const beyond = (g: Geometry): number => ((bordered(g)[1] || g.inW) % g.stride[1] ? (g.stride[1] - 1) * g.inC : 0);

/** How far beyond a tensor kernels may read, less what the last of a pixel's channels take. */
const slack = 56;

const fitsPlanes = (g: Geometry): boolean => {
  const p = bandOf(g);
  if (bordered(g)[1] === 0 && beyond(g) > slack) return false;
  return g.kernel[0] * g.kernel[1] > 1 && p.columns >= 8 && p.plane * g.inC <= most;
};

/** Pairs and channels of all passes, vectors of 8 values turned. */
const work = (vectors: number) => (site: Site) => {
  const g = geometryOf(site);
  const p = bandOf(g);
  const bands = g.batch * Math.ceil(g.outH / p.band);
  const passes = bands * Math.ceil(((p.band - 1) * p.columns + g.outW) / (8 * vectors));
  return { entries: passes * pairCount(site), channels: passes * g.outC, strip: (bands * p.plane * g.inC) / 8 };
};

const byteRow = (vectors: number): Kernel => {
  const symbol = `nn_conv2d_s8_planes_${vectors}__simd`;
  return {
    symbol,
    file: 'nn_conv2d_s8_planes_simd.ts',
    format: 'list',
    op: 'conv2d',
    needs: ['simd128'],
    fits: (site) => fitsByteList(site) && fitsPlanes(geometryOf(site)),
    layer: (site) => {
      const g = geometryOf(site);
      const p = bandOf(g);
      return {
        struct: 'nn_conv2d_s8_planes_simd_layer',
        fields: [
          ...byteFields(site, (i) => placeOf(g, p, i)),
          ...imageParts(g, zeroPoint(site.inputs[0]!)),
          ...planeFields(p),
        ],
      };
    },
    scratch: (site) => {
      const g = geometryOf(site);
      return 352 * vectors + g.outC + 16 + 2 * depthOf(g) * bandOf(g).plane + 128 + borderSize(g) + beyond(g);
    },
    ...vectorCosts(symbol, work(vectors), {
      entries: 10 * vectors + 7,
      channels: 52 + 32 * vectors,
      strip: 10,
    }),
  };
};

export const planeKernels: readonly Kernel[] = [1, 2, 3].map(byteRow);
