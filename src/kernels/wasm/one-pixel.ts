/** Float layers that have one pixel: rows of x times weights, also of a convolution whose window is its whole image. */
import type { NodeOf } from '../../ir/graph.js';
import { isFloat } from '../convolution-f32.js';
import { geometryOf } from '../geometry.js';
import type { Kernel, Layer, Site } from '../kernel.js';
import { siteArray } from '../pack.js';
import { vectorCosts } from './cost.js';
import { rangeOf } from './float.js';
import { sizes } from './list.js';
import { panels } from './panels.js';
import { padded } from './scale.js';

type Op = 'conv2d' | 'fully_connected';

/** Weights that a second cache holds. */
const nearWeights = 131072;

/** Is the window of a convolution the image, so that it is a row of inputs as it lies there? */
function fits(site: Site): boolean {
  if (!isFloat(site) || site.inputs[1]!.data === undefined) return false;
  if (site.node.op !== 'conv2d') return true;
  const { groups, border } = (site.node as NodeOf<'conv2d'>).attr;
  const g = geometryOf(site);
  const isWhole = `${g.kernel}` === `${[g.inH, g.inW]}` && `${g.dilation}` === '1,1';
  return isWhole && groups === 1 && !border && g.outH * g.outW === 1 && g.pad.every((p) => p === 0);
}

const biasOf = (site: Site) => site.inputs[2]?.data ?? new Float32Array(sizes(site).channels);

const sizeFields = (site: Site) => {
  const { pixels, depth, channels } = sizes(site);
  return [
    { comment: 'rows', values: [pixels] },
    { comment: 'values in, out', values: [depth, channels] },
    rangeOf(site),
  ];
};

function denseLayer(site: Site): Layer {
  const { channels, depth } = sizes(site);
  const weights = panels(site.inputs[1]!.data!, channels, depth, 8);
  return {
    struct: 'nn_fully_connected_f32_simd_layer',
    fields: [
      { comment: 'weights', values: [siteArray(site, 'weights', 'float', weights, '[panels of 8][depth][8]')] },
      { comment: 'bias', values: [siteArray(site, 'bias', 'float', padded(biasOf(site)), '[channels]')] },
      ...sizeFields(site),
    ],
  };
}

/** Weights of a channel that are not 0, and their inputs: fours, filled up with zeros times the last input. */
function foursOf(
  weights: ArrayLike<number>,
  from: number,
  depth: number,
): (readonly [weight: number, input: number])[] {
  const list = Array.from({ length: depth }, (_, i) => [weights[from + i]!, i] as const).filter(([w]) => w !== 0);
  const last = list.at(-1);
  while (last && list.length % 4) list.push([0, last[1]]);
  return list;
}

const listsOf = (site: Site) => {
  const { channels, depth } = sizes(site);
  return Array.from({ length: channels }, (_, o) => foursOf(site.inputs[1]!.data!, o * depth, depth));
};

function listLayer(site: Site): Layer {
  const lists = listsOf(site);
  // Memory always holds something.
  const entries = lists.some((l) => l.length) ? lists.flat() : [[0, 0] as const];
  let end = 0;
  const ends = lists.map((l) => {
    end += 4 * l.length;
    return end;
  });
  const [weights, inputs] = [entries.map(([w]) => w), entries.map(([, i]) => 4 * i)];
  return {
    struct: 'nn_fully_connected_f32_list_simd_layer',
    fields: [
      {
        comment:
          'weights that are not 0, bytes to the inputs they multiply, bytes of weights before the end of each channel',
        values: [
          siteArray(site, 'weights', 'float', weights, '[fours][4]'),
          siteArray(site, 'inputs', 'uint16_t', inputs, '[fours][4]'),
          siteArray(site, 'ends', 'int32_t', ends, '[channels]'),
        ],
      },
      { comment: 'bias', values: [siteArray(site, 'bias', 'float', biasOf(site), '[channels]')] },
      ...sizeFields(site),
    ],
  };
}

const denseRow = (op: Op): Kernel => ({
  symbol: 'nn_fully_connected_f32__simd',
  file: 'nn_fully_connected_f32_simd.ts',
  op,
  needs: ['simd128'],
  fits,
  layer: denseLayer,
  ...vectorCosts(
    'nn_fully_connected_f32__simd',
    (site) => {
      const { pixels, channels, depth } = sizes(site);
      const tiles = pixels * Math.ceil(channels / 8);
      return { values: tiles * depth, tiles, far: channels * depth > nearWeights ? tiles * depth : 0 };
    },
    { values: 8, tiles: 50, far: 3 },
  ),
});

const listRow = (op: Op): Kernel => ({
  symbol: 'nn_fully_connected_f32_list__simd',
  file: 'nn_fully_connected_f32_list_simd.ts',
  format: 'list',
  op,
  needs: ['simd128'],
  // Offsets have 16 bits.
  fits: (site) => fits(site) && sizes(site).depth <= 16384,
  layer: listLayer,
  scratch: () => 16,
  ...vectorCosts(
    'nn_fully_connected_f32_list__simd',
    (site) => {
      const { pixels, channels } = sizes(site);
      return { fours: pixels * listsOf(site).reduce((n, l) => n + l.length / 4, 0), channels: pixels * channels };
    },
    { fours: 21, channels: 60 },
  ),
});

export const onePixelSimd: readonly Kernel[] = (['conv2d', 'fully_connected'] as const).flatMap((op) => [
  denseRow(op),
  listRow(op),
]);
