/** int8 depthwise convolutions by vectors: 8 channels of two pixels, taps in pairs. */
import type { NodeOf, Tensor } from '../../ir/graph.js';
import { activationRange, zeroPoint } from '../../ops/quantised.js';
import { int8 } from '../convolution.js';
import { byChannel } from '../depthwise-conv2d.js';
import { geometryOf } from '../geometry.js';
import type { Kernel, Layer, Site } from '../kernel.js';
import { rangeField, siteArray } from '../pack.js';
import { biasFields, pairPanels } from './conv-s8.js';
import { vectorCosts } from './cost.js';
import { isScaled, scaleFields, sumsOf } from './scale.js';
import { borderSize, imageParts, isWindow3x3, tapOffsets } from './windows.js';

const attrs = (site: Site) => (site.node as NodeOf<'depthwise_conv2d'>).attr;

/** Taps of 3x3 as its kernels take them: columns of the two upper rows, then the lower row. */
const columns = [0, 3, 1, 4, 2, 5, 6, 7, 8];

/** @param order of the taps, if not row by row */
function layer(site: Site, order?: readonly number[]): Layer {
  const [x, w] = site.inputs as [Tensor, Tensor];
  const g = geometryOf(site);
  const sums = sumsOf(site);
  const offsets = tapOffsets(g);
  const taps = byChannel(w.data!, g.outC);
  const ordered = order ? taps.map((_, i) => taps[i - (i % order.length) + order[i % order.length]!]!) : taps;
  const panels = pairPanels(ordered, g.outC, offsets.length);
  const pairs = Math.ceil(offsets.length / 2);
  if (offsets.length % 2) offsets.push(0);
  return {
    struct: 'nn_depthwise_conv2d_s8_simd_layer',
    fields: [
      {
        comment: 'weights',
        values: [siteArray(site, 'weights', 'int8_t', panels, '[panels of 8][pairs of taps][8][2]')],
      },
      ...biasFields(site, sums.bias, g.outC),
      ...scaleFields(site, sums),
      rangeField(site.middle, activationRange(attrs(site).act, site.middle)),
      ...imageParts(g, zeroPoint(x)),
      { comment: 'pairs of taps', values: [pairs] },
      {
        comment: 'where taps lie, if not 3x3',
        values: [order ? null : siteArray(site, 'offsets', 'int32_t', offsets, '[pairs][2]')],
      },
    ],
  };
}

/** Four addresses, sums of four pixels, the image with its border. */
const scratch = (site: Site): number => 16 + 128 * Math.ceil(geometryOf(site).outC / 8) + borderSize(geometryOf(site));

/** Groups of 8 channels of two pixels, their pairs, bytes of borders. */
function work(site: Site) {
  const g = geometryOf(site);
  const groups = g.batch * g.outH * Math.ceil(g.outW / 2) * Math.ceil(g.outC / 8);
  return { pairs: groups * Math.ceil((g.kernel[0] * g.kernel[1]) / 2), groups, bytes: scratch(site) };
}

const depthwiseSimd: Kernel = {
  symbol: 'nn_depthwise_conv2d_s8__simd',
  file: 'nn_depthwise_conv2d_s8_simd.ts',
  op: 'depthwise_conv2d',
  needs: ['simd128'],
  fits: (site) => int8(site) && attrs(site).multiplier === 1 && isScaled(site),
  layer: (site) => layer(site),
  scratch,
  ...vectorCosts('nn_depthwise_conv2d_s8__simd', work, { pairs: 24, groups: 60, bytes: 0.1 }),
};

/** Windows of 3x3, `stride` columns apart. */
const depthwise3x3 = (stride: number): Kernel => {
  const symbol = `nn_depthwise_conv2d_s8_3x3_${stride}__simd`;
  return {
    ...depthwiseSimd,
    symbol,
    fits: (site) => depthwiseSimd.fits(site) && isWindow3x3(geometryOf(site), stride),
    layer: (site) => layer(site, columns),
    ...vectorCosts(symbol, work, { pairs: 14, groups: 40, bytes: 0.1 }),
  };
};

export const depthwiseKernels: readonly Kernel[] = [depthwiseSimd, ...[1, 2].map(depthwise3x3)];
