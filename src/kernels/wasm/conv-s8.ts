/** int8 convolutions and fully connected layers by vectors: sums of products of pairs of 16-bit values. */
import { elements, type NodeOf, type Tensor } from '../../ir/graph.js';
import { activationRange, zeroPoint } from '../../ops/quantised.js';
import { classFields, int8 } from '../convolution.js';
import { geometryOf } from '../geometry.js';
import type { Field, Kernel, Layer, Site } from '../kernel.js';
import { rangeField, siteArray } from '../pack.js';
import { vectorCosts } from './cost.js';
import { groups, isScaled, padded, scaleFields, sumsOf } from './scale.js';
import { borderSize, runsOf, windowFields } from './windows.js';

const up = (n: number, to: number): number => Math.ceil(n / to) * to;

/** Weights [channels][depth] as [panels of 8][pairs][8][2], zeros beyond both. */
export function pairPanels(weights: ArrayLike<number>, channels: number, depth: number): Int8Array {
  const pairs = Math.ceil(depth / 2);
  const out = new Int8Array(up(channels, 8) * 2 * pairs);
  for (let o = 0; o < channels; o++) {
    const panel = (o >> 3) * 16 * pairs + 2 * (o & 7);
    for (let k = 0; k < depth; k++) out[panel + 16 * (k >> 1) + (k & 1)] = weights[o * depth + k]!;
  }
  return out;
}

/** Rows [channels][runs][run] with a 0 after every run of odd length. */
function evenRuns(weights: ArrayLike<number>, run: number): number[] {
  if (run % 2 === 0) return Array.from(weights);
  return Array.from(weights).flatMap((w, i) => ((i + 1) % run === 0 ? [w, 0] : [w]));
}

/** Bytes of weights that stay in a near cache from strip to strip, of strips that do, and of those that stay nearest. */
const [nearWeights, nearStrips, nearestStrips] = [262144, 65536, 12288];

/**
 * Strips of four pixels that share a pass over the weights: a few while they stay near, many if the weights do not.
 * @param bytes of a value of a strip
 */
export function stripsOf(site: Site, bytes: number): number {
  const g = geometryOf(site);
  const depth = elements(site.inputs[1]!.shape.slice(1));
  const most = Math.ceil((g.outH * g.outW) / 4);
  const isFar = depth * g.outC * (bytes === 4 ? 4 : 1) > nearWeights;
  const room = Math.floor((isFar ? nearStrips : nearestStrips) / (4 * bytes * depth));
  return Math.min(most, isFar ? 16 : 8, Math.max(1, room));
}

/** Fields `bias` [classes][channels, a multiple of 8], `row_class`, `col_class`, `col_classes`. */
export function biasFields(
  site: Site,
  values: readonly number[],
  channels: number,
  type: 'int32_t' | 'float' = 'int32_t',
): Field[] {
  const rows = groups(values, channels).map((row) => padded(row));
  const { border } = (site.node as NodeOf<'conv2d'>).attr;
  const bias = siteArray(site, 'bias', type, rows.flat(), `[${rows.length} rows][${up(channels, 8)} channels]`);
  const comment = type === 'float' ? 'bias' : "bias, less the input's zero point * sum of weights";
  return [{ comment, values: [bias] }, classFields(site, border)];
}

function layer(site: Site): Layer {
  const [x, w] = site.inputs as [Tensor, Tensor];
  const g = geometryOf(site);
  const sums = sumsOf(site);
  const { run } = runsOf(g);
  const even = evenRuns(w.data!, run);
  const panels = pairPanels(even, g.outC, even.length / g.outC);
  const weights = siteArray(site, 'weights', 'int8_t', panels, '[panels of 8][runs][pairs][8][2]');
  const { act } = (site.node as NodeOf<'conv2d'>).attr;
  return {
    struct: 'nn_conv2d_s8_simd_layer',
    fields: [
      { comment: 'weights', values: [weights] },
      ...biasFields(site, sums.bias, g.outC),
      ...scaleFields(site, sums),
      rangeField(site.middle, activationRange(act, site.middle)),
      { comment: 'channels', values: [g.outC] },
      ...windowFields(site, g, 1, zeroPoint(x)),
      { comment: 'strips at a time', values: [stripsOf(site, 2)] },
    ],
  };
}

/** Strips, sums of their pixels and 8 channels, addresses, the image with its border. */
function scratch(site: Site): number {
  const g = geometryOf(site);
  const { run, offsets } = runsOf(g);
  return 8 * (stripsOf(site, 2) * (offsets.length * up(run, 2) + 18) + 8) + borderSize(g);
}

/** Tiles of 4 pixels and 8 channels, their pairs, and values gathered. */
function work(site: Site) {
  const g = geometryOf(site);
  const depth = elements(site.inputs[1]!.shape.slice(1));
  const strips = g.batch * Math.ceil((g.outH * g.outW) / 4);
  const tiles = strips * Math.ceil(g.outC / 8);
  return { pairs: tiles * Math.ceil(depth / 2), tiles, gathered: 4 * strips * depth };
}

export const conv2dSimd: Kernel = {
  symbol: 'nn_conv2d_s8__simd',
  file: 'nn_conv2d_s8_simd.ts',
  op: 'conv2d',
  needs: ['simd128'],
  fits: (site) => int8(site) && (site.node as NodeOf<'conv2d'>).attr.groups === 1 && isScaled(site),
  layer,
  scratch,
  ...vectorCosts('nn_conv2d_s8__simd', work, { pairs: 25, tiles: 200, gathered: 0.5 }),
};
