import type { NodeOf } from '../ir/graph.js';
import { activationRange, zeroPoint } from '../ops/quantised.js';
import { int8 } from './convolution.js';
import type { Product } from './dsp-scale.js';
import { type Geometry, geometryOf, imageFields } from './geometry.js';
import type { Kernel, Layer, Site } from './kernel.js';
import { interleaveCost } from './mve-cost.js';
import { depthwiseProduct } from './mve-depthwise.js';
import { fitsMve, packBytes, scaleOf } from './mve-pack.js';
import { AccessOrder } from './overlap.js';
import { siteArray } from './pack.js';

const attrs = (site: Site) => (site.node as NodeOf<'depthwise_conv2d'>).attr;

/** Are two rows of results computed at once? */
const hasPairs = ({ stride, outW, outH }: Geometry): boolean =>
  stride.every((s) => s === 1) && (outW === 2 || outW >= 4) && outH > 1;

/** Columns of a strip that count: windows, and the fourth column of what is gathered with them. */
const columnsOf = ({ outW, stride }: Geometry): number => (outW - 1) * stride[1] + 4;

/** Bytes of a strip: its columns; those read for results of no use; what is written beyond its end. */
function scratch(site: Site): number {
  const g = geometryOf(site);
  const unused = Math.max(0, 4 - g.outW) * g.stride[1];
  return 4 * g.inC * (columnsOf(g) + unused) + 60;
}

function fits(site: Site): boolean {
  if (!int8(site)) return false;
  const { kernel, dilation, pad, inC, outW } = geometryOf(site);
  const { multiplier, border, act } = attrs(site);
  const isCommon = [...kernel, 3 * multiplier].every((n) => n === 3) && dilation.every((d) => d === 1) && !border;
  if (!isCommon || pad[0] > 2 || pad[1] > 2 || (outW + 3) * inC >= 65536) return false;
  const [low, high] = activationRange(act, site.middle);
  return low === -128 && high === 127 && fitsMve(depthwiseProduct(site), act, site.middle);
}

/** Words of a channel: columns of three weights, a word of zeros, then the numbers. */
function channelWords(p: Product, c: number): number[] {
  const column = (j: number) => packBytes([0, 3, 6].map((row) => p.weights[9 * c + row + j]!));
  return [column(0), column(1), column(2), 0, p.bias[c]!, ...scaleOf(p, c)];
}

function layer(site: Site): Layer {
  const g = geometryOf(site);
  const p = depthwiseProduct(site);
  const packed = Array.from({ length: p.channels }, (_, c) => channelWords(p, c)).flat();
  const layout = `[${p.channels} channels][3 columns of weights, 0, bias, multiplier, shift]`;
  return {
    struct: 'nn_depthwise_conv2d_3x3_s8_mve_layer',
    fields: [
      { comment: 'weights and scales', values: [siteArray(site, 'weights', 'int32_t', packed, layout)] },
      ...imageFields(g),
      { comment: 'output', values: [g.outH, g.outW] },
      { comment: 'stride', values: g.stride },
      { comment: 'padding at the top, left', values: [g.pad[0], g.pad[2]] },
      { comment: 'zero points of input, output', values: [zeroPoint(site.inputs[0]!), p.zero] },
      { comment: 'two rows at once? columns of a strip', values: [hasPairs(g) ? 1 : 0, columnsOf(g)] },
    ],
  };
}

/** All rows of the windows of one or two rows of results are copied, then those are written. */
function distance(site: Site): number {
  const g = geometryOf(site);
  const order = new AccessOrder();
  const [inRow, outRow] = [g.inW * g.inC, g.outW * g.outC];
  const step = hasPairs(g) ? 2 : 1;
  for (let n = 0; n < g.batch; n++)
    for (let y = 0; y < g.outH; y += step) {
      order.read((n * g.inH + Math.max(0, y * g.stride[0] - g.pad[0])) * inRow);
      order.write((n * g.outH + Math.min(y + step, g.outH)) * outRow);
    }
  return order.distance;
}

/** Counted from the assembly; the C around it measured. */
function instructions(site: Site): number {
  const g = geometryOf(site);
  const away = zeroPoint(site.middle) === -128 ? 0 : 1;
  const used = Math.min(g.inW, columnsOf(g) - g.pad[2]);
  const load = interleaveCost(used * g.inC) + 2 * Math.ceil((g.inC * (columnsOf(g) - used)) / 4) + 66;
  const rest = g.outW % 4;
  const remainder = rest ? 4 + (18 + 2 * away) * Math.ceil(rest / 2) : 0;
  const pair = g.inC * (16 + (29 + 5 * away) * Math.floor(g.outW / 4) + remainder) + 65 + load;
  const row = g.inC * (13 + (24 + 2 * away) * Math.ceil(g.outW / 4) + (rest && g.outW > 4 ? 7 : 0)) + 60 + load;
  const pairs = hasPairs(g) ? Math.floor(g.outH / 2) : 0;
  return g.batch * (pairs * pair + (g.outH - 2 * pairs) * row) + 60;
}

/** int8 depthwise convolution, 3x3, from registers of 4x4 pixels of a channel. */
export const depthwiseConv2d3x3Mve: Kernel = {
  symbol: 'nn_depthwise_conv2d_3x3_s8__mve',
  file: 'nn_depthwise_conv2d_3x3_s8_mve.h',
  op: 'depthwise_conv2d',
  needs: ['mve'],
  rows: true,
  fits,
  layer,
  scratch,
  overlap: (site, index) => (index === 0 ? distance(site) : 0),
  cost: (site) => ({ instructions: Math.round(instructions(site)) }),
};
