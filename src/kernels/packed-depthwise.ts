import type { NodeOf } from '../ir/graph.js';
import { convMultipliers, zeroPoint } from '../ops/quantised.js';
import { int8 } from './convolution.js';
import { costs } from './cost.js';
import { byChannel } from './depthwise-conv2d.js';
import { crossesBorder, firstPixel, type Geometry, geometryOf, imageFields, windowFields } from './geometry.js';
import type { Kernel, Layer, Site, Work } from './kernel.js';
import { AccessOrder } from './overlap.js';
import { siteArray } from './pack.js';
import { numbersField, type PackedChannel, packedChannels, roundsAway } from './packed.js';

const attrs = (site: Site) => (site.node as NodeOf<'depthwise_conv2d'>).attr;

function channelsOf(site: Site): readonly PackedChannel[] | null {
  const [x, w] = site.inputs;
  const channels = geometryOf(site).outC;
  const scales = convMultipliers(x!, w!, site.middle, channels);
  return packedChannels(site, byChannel(w!.data!, channels), scales, attrs(site).act);
}

/** One output per input channel, one bias. */
function fits(site: Site): boolean {
  const { multiplier, border } = attrs(site);
  return int8(site) && multiplier === 1 && !border && channelsOf(site) !== null;
}

/** The function for all windows, and for negative halves? */
const isAny = (site: Site): boolean => geometryOf(site).kernel.some((k) => k !== 3) || roundsAway(channelsOf(site)!);

function layer(site: Site): Layer {
  const g = geometryOf(site);
  const channels = channelsOf(site)!;
  const any = isAny(site);
  const weights = channels.flatMap((c) => c.weights);
  const layout = `[${g.outC} channels][${g.kernel[0]}][${g.kernel[1]}]`;
  return {
    struct: 'nn_depthwise_conv2d_s8_packed_layer',
    fields: [
      { comment: 'weights', values: [siteArray(site, 'weights', 'int8_t', weights, layout)] },
      numbersField(site, channels, any),
      { comment: 'any window, or 3x3 without negative halves?', values: [any ? 1 : 0] },
      ...imageFields(g),
      { comment: 'output', values: [g.outH, g.outW] },
      ...windowFields(g),
      { comment: 'zero point of the input', values: [zeroPoint(site.inputs[0]!)] },
    ],
  };
}

/** Up to three output pixels: side by side, or one below the other where rows have just one. */
interface Three {
  readonly row: number;
  readonly column: number;
  readonly count: number;
}

function* threes({ outH, outW }: Geometry): Generator<Three> {
  if (outW === 1) for (let row = 0; row < outH; row += 3) yield { row, column: 0, count: Math.min(3, outH - row) };
  else
    for (let row = 0; row < outH; row++)
      for (let column = 0; column < outW; column += 3) yield { row, column, count: Math.min(3, outW - column) };
}

/** The piece of the image that their windows cover; in pixels. */
function pieceOf(g: Geometry, { row, column, count }: Three) {
  const [down, across] = g.outW === 1 ? [count - 1, 0] : [0, count - 1];
  return {
    top: row * g.stride[0] - g.pad[0],
    left: column * g.stride[1] - g.pad[2],
    rows: (g.kernel[0] - 1) * g.dilation[0] + 1 + down * g.stride[0],
    columns: (g.kernel[1] - 1) * g.dilation[1] + 1 + across * g.stride[1],
  };
}

function isCopied(g: Geometry, three: Three): boolean {
  const { top, left, rows, columns } = pieceOf(g, three);
  return top < 0 || left < 0 || top + rows > g.inH || left + columns > g.inW;
}

/** Windows that cross the border are copied first; of others, every channel is read, then written. */
function distance(site: Site): number {
  const g = geometryOf(site);
  const order = new AccessOrder();
  for (let n = 0; n < g.batch; n++)
    for (const three of threes(g)) {
      const first = (n * g.inH * g.inW + firstPixel(g, three.row, three.column)) * g.inC;
      const end = ((n * g.outH + three.row) * g.outW + three.column + three.count) * g.outC;
      order.read(first);
      if (!isCopied(g, three)) {
        order.write(end - 1);
        order.read(first + g.inC - 1);
      }
      order.write(end);
    }
  return order.distance;
}

function scratch(site: Site): number {
  const g = geometryOf(site);
  if (!crossesBorder(g)) return 1;
  const { rows, columns } = pieceOf(g, { row: 0, column: 0, count: Math.min(3, g.outW === 1 ? g.outH : g.outW) });
  return rows * columns * g.inC;
}

/** Channels of three pixels and their taps, threes, bytes copied and their rows. */
function work(site: Site): Work {
  const g = geometryOf(site);
  const all = [...threes(g)];
  const pieces = all.filter((three) => isCopied(g, three)).map((three) => pieceOf(g, three));
  const channels = g.batch * all.length * g.outC;
  const [unrolled, looped] = isAny(site) ? [0, channels] : [channels, 0];
  return {
    unrolled,
    looped,
    taps: looped * g.kernel[0] * g.kernel[1],
    rows: looped * g.kernel[0],
    threes: g.batch * all.length,
    copiedRows: g.batch * pieces.reduce((sum, p) => sum + p.rows, 0),
    copied: g.batch * g.inC * pieces.reduce((sum, p) => sum + p.rows * p.columns, 0),
  };
}

/** int8 depthwise convolution, three pixels at a time, one output per input channel. */
export const depthwiseConv2dPacked: Kernel = {
  symbol: 'nn_depthwise_conv2d_s8__packed',
  file: 'nn_depthwise_conv2d_s8_packed.h',
  op: 'depthwise_conv2d',
  needs: ['packed'],
  rows: true,
  fits,
  layer,
  scratch,
  overlap: (site, index) => (index === 0 ? distance(site) : 0),
  passes: (site) => work(site).threes!,
  ...costs('nn_depthwise_conv2d_s8__packed', work, {
    unrolled: 165,
    looped: 90,
    taps: 15,
    rows: 7,
    threes: 120,
    copiedRows: 60,
    copied: 1,
  }),
};
