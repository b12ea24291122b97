/** Fully connected layers of whose weights only the blocks of 4 channels and 8 inputs are there that are not all 0. */
import type { NodeOf } from '../../ir/graph.js';
import { activationRange } from '../../ops/quantised.js';
import { isFloat } from '../convolution-f32.js';
import { isInt8Dense, rowsOf, sizesOf } from '../dense.js';
import type { Field, Kernel, Layer, Site } from '../kernel.js';
import { rangeField, siteArray } from '../pack.js';
import { vectorCosts } from './cost.js';
import { rangeOf } from './float.js';
import { isScaled, padded, rowSums, scaleFields, sumsOf } from './scale.js';

const [height, width] = [4, 8];

/** First input and weights [4][8] of every block that is not 0, per panel of 4 channels; an even number of panels. */
function blocksOf(site: Site): { at: number; weights: number[] }[][] {
  const [channels, depth] = sizesOf(site);
  const w = site.inputs[1]!.data!;
  const weight = (o: number, k: number) => (o < channels && k < depth ? w[o * depth + k]! : 0);
  const block = (panel: number, chunk: number) => ({
    at: width * chunk,
    weights: Array.from({ length: height * width }, (_, i) =>
      weight(height * panel + Math.floor(i / width), width * chunk + (i % width)),
    ),
  });
  return Array.from({ length: 2 * Math.ceil(channels / (2 * height)) }, (_, panel) =>
    Array.from({ length: Math.ceil(depth / width) }, (_, chunk) => block(panel, chunk)).filter((b) =>
      b.weights.some((v) => v !== 0),
    ),
  );
}

/** Fields `weights, inputs, ends`. @param order of the weights of a block [4][8] */
function blockFields(site: Site, type: 'int8_t' | 'float', order: (weights: readonly number[]) => number[]): Field[] {
  const panels = blocksOf(site);
  const all = panels.flat();
  let count = 0;
  const ends = panels.map((p) => {
    count += p.length;
    return count;
  });
  const weights = all.length ? all.flatMap((b) => order(b.weights)) : [0];
  const inputs = all.length ? all.map((b) => b.at) : [0];
  return [
    {
      comment: 'blocks of 4 channels and 8 inputs, their first inputs, where each panel ends',
      values: [
        siteArray(site, 'weights', type, weights, '[blocks][32]'),
        siteArray(site, 'inputs', 'uint16_t', inputs, '[blocks]'),
        siteArray(site, 'ends', 'int32_t', ends, '[panels of 4]'),
      ],
    },
  ];
}

const sizeFields = (site: Site): Field[] => {
  const [channels, depth] = sizesOf(site);
  return [
    { comment: 'rows', values: [rowsOf(site)] },
    { comment: 'values in, out', values: [depth, channels] },
  ];
};

function byteLayer(site: Site): Layer {
  const sums = sumsOf(site);
  return {
    struct: 'nn_fully_connected_s8_blocks_simd_layer',
    fields: [
      ...blockFields(site, 'int8_t', (block) => [...block]),
      { comment: 'bias', values: [siteArray(site, 'bias', 'int32_t', padded(sums.bias), '[channels]')] },
      ...scaleFields(site, sums),
      rangeField(site.middle, activationRange((site.node as NodeOf<'fully_connected'>).attr.act, site.middle)),
      ...sizeFields(site),
    ],
  };
}

/** [4][8] as [8][4]. */
const turned = (block: readonly number[]): number[] =>
  block.map((_, i) => block[(i % height) * width + Math.floor(i / height)]!);

function floatLayer(site: Site): Layer {
  const [channels] = sizesOf(site);
  const bias = padded(site.inputs[2]?.data ?? new Float32Array(channels));
  return {
    struct: 'nn_fully_connected_f32_blocks_simd_layer',
    fields: [
      ...blockFields(site, 'float', turned),
      { comment: 'bias', values: [siteArray(site, 'bias', 'float', bias, '[channels]')] },
      ...sizeFields(site),
      rangeOf(site),
    ],
  };
}

function work(site: Site) {
  const panels = blocksOf(site);
  const rows = rowsOf(site);
  return { blocks: rows * panels.flat().length, panels: rows * panels.length };
}

const base = { op: 'fully_connected', format: 'blocks', needs: ['simd128'] } as const;

export const blockKernels: readonly Kernel[] = [
  {
    ...base,
    symbol: 'nn_fully_connected_s8_blocks__simd',
    file: 'nn_fully_connected_s8_blocks_simd.ts',
    fits: (site) => isInt8Dense(site) && sizesOf(site)[1] <= 65528 && isScaled(site),
    layer: byteLayer,
    scratch: rowSums,
    ...vectorCosts('nn_fully_connected_s8_blocks__simd', work, { blocks: 18, panels: 35 }),
  },
  {
    ...base,
    symbol: 'nn_fully_connected_f32_blocks__simd',
    file: 'nn_fully_connected_f32_blocks_simd.ts',
    fits: (site) => isFloat(site) && sizesOf(site)[1] <= 65528,
    layer: floatLayer,
    scratch: (site) => 4 * width * Math.ceil(sizesOf(site)[1] / width),
    ...vectorCosts('nn_fully_connected_f32_blocks__simd', work, { blocks: 37, panels: 20 }),
  },
];
