import type { NodeOf } from '../ir/graph.js';
import { activationRange, convMultipliers, zeroPoint } from '../ops/quantised.js';
import { int8 } from './convolution.js';
import { byChannel } from './depthwise-conv2d.js';
import { type Channel, channelsOf, fitsPlanar, packPlanar } from './dsp-depthwise-pack.js';
import { geometryOf, imageFields } from './geometry.js';
import type { Kernel, Layer, Site } from './kernel.js';
import { AccessOrder } from './overlap.js';
import { foldZeroPoint, siteArray, sumWeights } from './pack.js';

const attrs = (site: Site) => (site.node as NodeOf<'depthwise_conv2d'>).attr;

function channels(site: Site): Channel[] {
  const [x, w, b] = site.inputs;
  const count = geometryOf(site).outC;
  const taps = byChannel(w!.data!, count);
  const bias = foldZeroPoint(
    b?.data,
    sumWeights(taps, count, (i) => Math.floor(i / 9)),
    zeroPoint(x!),
  );
  const scales = convMultipliers(x!, w!, site.middle, count);
  return channelsOf((c) => taps.slice(9 * c, 9 * c + 9), bias, scales, zeroPoint(site.middle));
}

/** Words of a row in a plane. */
function wordsOf(site: Site): number {
  const { outW, stride } = geometryOf(site);
  return stride[1] === 1 ? Math.ceil(outW / 2) + 1 : outW + 1;
}

/** 3x3, one output per input channel, one bias; strides and padding that the planes are made for. */
function isPlanar(site: Site): boolean {
  const { kernel, stride, dilation, pad, inC, outW } = geometryOf(site);
  const { multiplier, border } = attrs(site);
  const isCommon = [...kernel, 3 * multiplier].every((n) => n === 3) && dilation.every((d) => d === 1) && !border;
  return isCommon && inC >= 4 && outW >= 2 && stride[0] <= 3 && stride[1] <= 2 && pad[2] <= 1;
}

function fits(site: Site): boolean {
  if (!int8(site) || !isPlanar(site)) return false;
  const [low, high] = activationRange(attrs(site).act, site.middle);
  return low === -128 && high === 127 && fitsPlanar(channels(site));
}

function layer(site: Site): Layer {
  const g = geometryOf(site);
  const layout = `[${g.outC} channels][multiplier, offset, 3 rows of weights (0, 1), (1, 2), bias]`;
  return {
    struct: 'nn_depthwise_conv2d_3x3_s8_dsp_layer',
    fields: [
      {
        comment: 'weights and scales',
        values: [siteArray(site, 'weights', 'int32_t', packPlanar(channels(site)), layout)],
      },
      ...imageFields(g),
      { comment: 'output', values: [g.outH, g.outW] },
      { comment: 'stride', values: g.stride },
      { comment: 'padding at the top, left', values: [g.pad[0], g.pad[2]] },
      { comment: 'zero point of the input', values: [zeroPoint(site.inputs[0]!)] },
      { comment: 'words of a row in a plane', values: [wordsOf(site)] },
    ],
  };
}

/** Row by row, all rows of the windows are copied, then a row of outputs is written. */
function distance(site: Site): number {
  const g = geometryOf(site);
  const order = new AccessOrder();
  const [inRow, outRow] = [g.inW * g.inC, g.outW * g.outC];
  for (let n = 0; n < g.batch; n++) {
    let next = 0;
    for (let y = 0; y < g.outH; y++) {
      const end = Math.min(y * g.stride[0] - g.pad[0] + 3, g.inH);
      if (next < end) order.read((n * g.inH + next) * inRow);
      next = Math.max(next, end);
      order.write((n * g.outH + y + 1) * outRow);
    }
  }
  return order.distance;
}

/** Rows of outputs counted from the assembly; loading the planes, in C, measured. */
function instructions(site: Site): number {
  const g = geometryOf(site);
  const words = wordsOf(site);
  const perPair = g.stride[1] === 1 ? 25 : 26;
  const perChannel = 13.3 + perPair * Math.floor(g.outW / 2) + (g.outW % 2 ? 13 : 1);
  const end = (g.outH - 1) * g.stride[0] - g.pad[0] + 3;
  const groups = Math.min(g.inH, end) * Math.ceil(g.inC / 4);
  const used = Math.ceil(Math.min(words, (g.inW + g.pad[2]) / 2));
  const cleared = (end > g.inH ? 4 : 3) * g.inC * words;
  return g.batch * (g.outH * (g.outC * perChannel + 69) + groups * (15.7 * used - 3.4) + 2.8 * cleared);
}

/** int8 depthwise convolution, 3x3: planes of three rows, channel by channel. */
export const depthwiseConv2d3x3Dsp: Kernel = {
  symbol: 'nn_depthwise_conv2d_3x3_s8__dsp',
  file: 'nn_depthwise_conv2d_3x3_s8_dsp.h',
  op: 'depthwise_conv2d',
  needs: ['dsp'],
  rows: true,
  fits,
  layer,
  scratch: (site) => 12 * wordsOf(site) * geometryOf(site).inC,
  overlap: (site, index) => (index === 0 ? distance(site) : 0),
  cost: (site) => ({ instructions: Math.round(instructions(site)) }),
};
