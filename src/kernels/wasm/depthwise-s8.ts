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
import { borderSize, imageParts, tapOffsets } from './windows.js';

const attrs = (site: Site) => (site.node as NodeOf<'depthwise_conv2d'>).attr;

function layer(site: Site): Layer {
  const [x, w] = site.inputs as [Tensor, Tensor];
  const g = geometryOf(site);
  const sums = sumsOf(site);
  const offsets = tapOffsets(g);
  const panels = pairPanels(byChannel(w.data!, g.outC), g.outC, offsets.length);
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
      { comment: 'where taps lie', values: [siteArray(site, 'offsets', 'int32_t', offsets, '[pairs][2]')] },
    ],
  };
}

/** Sums of two pixels and 8 channels, and the image with its border. */
const scratch = (site: Site): number => 64 + borderSize(geometryOf(site));

/** Groups of 8 channels of two pixels, their pairs, bytes of borders. */
function work(site: Site) {
  const g = geometryOf(site);
  const groups = g.batch * g.outH * Math.ceil(g.outW / 2) * Math.ceil(g.outC / 8);
  return { pairs: groups * Math.ceil((g.kernel[0] * g.kernel[1]) / 2), groups, bytes: scratch(site) };
}

export const depthwiseSimd: Kernel = {
  symbol: 'nn_depthwise_conv2d_s8__simd',
  file: 'nn_depthwise_conv2d_s8_simd.ts',
  op: 'depthwise_conv2d',
  needs: ['simd128'],
  fits: (site) => int8(site) && attrs(site).multiplier === 1 && isScaled(site),
  layer,
  scratch,
  ...vectorCosts('nn_depthwise_conv2d_s8__simd', work, { pairs: 24, groups: 60, bytes: 0.1 }),
};
