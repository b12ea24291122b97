/** int8 fully connected layers by vectors: 4 channels, 16 inputs at a time; and sums of two tensors. */
import { elements, type NodeOf, type Tensor } from '../../ir/graph.js';
import { activationRange } from '../../ops/quantised.js';
import { addLinear } from '../add-linear.js';
import { isInt8Dense, rowsOf, sizesOf } from '../dense.js';
import type { Kernel, Layer, Site } from '../kernel.js';
import { rangeField, siteArray } from '../pack.js';
import { vectorCosts } from './cost.js';
import { isScaled, padded, rowSums, scaleFields, sumsOf } from './scale.js';

/** Weights [channels][depth] as [panels of 4, an even number][chunks of 16][4][16], zeros beyond both. */
function chunkPanels(weights: ArrayLike<number>, channels: number, depth: number): Int8Array {
  const chunks = Math.ceil(depth / 16);
  const out = new Int8Array(Math.ceil(channels / 8) * 2 * chunks * 64);
  for (let o = 0; o < channels; o++) {
    const panel = (o >> 2) * 64 * chunks + 16 * (o & 3);
    for (let k = 0; k < depth; k++) out[panel + 64 * (k >> 4) + (k & 15)] = weights[o * depth + k]!;
  }
  return out;
}

function layer(site: Site): Layer {
  const w = site.inputs[1] as Tensor;
  const [channels, depth] = sizesOf(site);
  const sums = sumsOf(site);
  const weights = chunkPanels(w.data!, channels, depth);
  const { act } = (site.node as NodeOf<'fully_connected'>).attr;
  return {
    struct: 'nn_fully_connected_s8_simd_layer',
    fields: [
      {
        comment: 'weights',
        values: [siteArray(site, 'weights', 'int8_t', weights, '[panels of 4][chunks of 16][4][16]')],
      },
      { comment: 'bias', values: [siteArray(site, 'bias', 'int32_t', padded(sums.bias), '[channels]')] },
      ...scaleFields(site, sums),
      rangeField(site.middle, activationRange(act, site.middle)),
      { comment: 'rows', values: [rowsOf(site)] },
      { comment: 'values in, out', values: [depth, channels] },
    ],
  };
}

export const fullyConnectedSimd: Kernel = {
  symbol: 'nn_fully_connected_s8__simd',
  file: 'nn_fully_connected_s8_simd.ts',
  op: 'fully_connected',
  needs: ['simd128'],
  fits: (site) => isInt8Dense(site) && isScaled(site),
  layer,
  scratch: rowSums,
  ...vectorCosts(
    'nn_fully_connected_s8__simd',
    (site) => {
      const [channels, depth] = sizesOf(site);
      const panels = rowsOf(site) * Math.ceil(channels / 8);
      return { panels, chunks: 2 * panels * Math.ceil(depth / 16) };
    },
    { panels: 70, chunks: 30 },
  ),
};

/** Sums and differences by one multiplication per operand. */
export const addSimd: readonly Kernel[] = addLinear.map((row) => ({
  ...row,
  symbol: `${row.symbol}__simd`,
  file: 'nn_add_s8_linear_simd.ts',
  needs: ['simd128'],
  ...vectorCosts(`${row.symbol}__simd`, ({ output }) => ({ outputs: elements(output.shape) }), { outputs: 3 }),
}));
