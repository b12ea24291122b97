import { elements, type NodeOf } from '../ir/graph.js';
import { activationRangeF32 } from '../ops/quantised.js';
import { isMatrix } from './convolution.js';
import { isFloat } from './convolution-f32.js';
import { costs } from './cost.js';
import type { Kernel, Layer, Site, Work } from './kernel.js';
import { AccessOrder } from './overlap.js';
import { siteArray, zerosIn } from './pack.js';

/** Rows of x that are worked on together. */
const together = 4;

/** Can all pixels count as rows of one matrix? */
const isRows = (site: Site): boolean => site.node.op !== 'conv2d' || isMatrix(site);

const sizes = (site: Site) => {
  const channels = site.inputs[1]!.shape[0]!;
  const depth = elements(site.inputs[1]!.shape) / channels;
  return { channels, depth, rows: elements(site.inputs[0]!.shape) / depth };
};

interface List {
  readonly weights: number[];
  readonly inputs: number[];
  readonly ends: number[];
}

function listOf(site: Site): List {
  const { channels, depth } = sizes(site);
  const { data } = site.inputs[1]!;
  const list: List = { weights: [], inputs: [], ends: [] };
  for (let o = 0; o < channels; o++) {
    for (let i = 0; i < depth; i++) {
      const w = data![o * depth + i]!;
      if (w === 0) continue;
      list.weights.push(w);
      list.inputs.push(i);
    }
    list.ends.push(list.weights.length);
  }
  return list;
}

function layer(site: Site): Layer {
  const { channels, depth, rows } = sizes(site);
  const { weights, inputs, ends } = listOf(site);
  const bias = site.inputs[2]?.data ?? new Float32Array(channels);
  // C has no empty arrays.
  const some = (values: number[]) => (values.length ? values : [0]);
  const act = (site.node as NodeOf<'conv2d'>).attr.act;
  return {
    struct: 'nn_matrix_f32_list_layer',
    fields: [
      {
        comment: 'weights that are not 0, the inputs they multiply, where each channel ends',
        values: [
          siteArray(site, 'weights', 'float', some(weights), '[weights that are not 0]'),
          siteArray(site, 'inputs', 'uint16_t', some(inputs), '[weights that are not 0]'),
          siteArray(site, 'ends', 'int32_t', ends, `[${channels} channels]`),
        ],
      },
      { comment: 'bias', values: [siteArray(site, 'bias', 'float', bias, `[${channels} channels]`)] },
      { comment: 'rows; values in, out', values: [rows, depth, channels] },
      { comment: 'output: least, most', values: activationRangeF32(act) },
    ],
  };
}

/** Four rows are read again for every channel, then the next four. */
function distance(site: Site): number {
  const { channels, depth, rows } = sizes(site);
  const order = new AccessOrder();
  for (let r = 0; r < rows; ) {
    const count = rows - r >= together ? together : 1;
    // Before the last channel reads the rows once more, all the others of the last row are written.
    if (channels > 1) order.write(4 * ((r + count) * channels - 1));
    order.read(4 * r * depth);
    order.write(4 * (r + count) * channels);
    r += count;
  }
  return order.distance;
}

/** Weights that are there and channels, of four rows together and of single ones. */
function work(site: Site): Work {
  const { channels, rows } = sizes(site);
  const weights = site.inputs[1]!.data!;
  const entries = weights.length - zerosIn(weights);
  const fours = Math.floor(rows / together);
  const ones = rows - together * fours;
  return {
    fourEntries: fours * entries,
    fourChannels: fours * channels,
    entries: ones * entries,
    channels: ones * channels,
  };
}

/** float32 weights of which many are 0. */
const row = (op: 'conv2d' | 'fully_connected'): Kernel => ({
  symbol: 'nn_matrix_f32_list',
  file: 'nn_matrix_f32_list.h',
  format: 'list',
  op,
  needs: [],
  fits: (site) => isFloat(site) && isRows(site) && sizes(site).depth <= 65536,
  layer,
  overlap: distance,
  ...costs('nn_matrix_f32_list', work, { fourEntries: 18.6, fourChannels: 41.6, entries: 8.1, channels: 17.7 }),
});

export const matrixF32List: readonly Kernel[] = [row('conv2d'), row('fully_connected')];
