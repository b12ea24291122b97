/** Float convolutions by vectors. */
import { elements, type NodeOf, type Tensor } from '../../ir/graph.js';
import { activationRangeF32 } from '../../ops/quantised.js';
import { isFloat } from '../convolution-f32.js';
import { byChannel } from '../depthwise-conv2d.js';
import { geometryOf } from '../geometry.js';
import type { Field, Kernel, Layer, Site } from '../kernel.js';
import { siteArray } from '../pack.js';
import { biasFields, stripsOf } from './conv-s8.js';
import { vectorCosts } from './cost.js';
import { panels } from './panels.js';
import { borderSize, imageParts, isWindow3x3, sizeParts, tapOffsets, windowFields } from './windows.js';

const floatBias = (site: Site, channels: number): Field[] =>
  biasFields(site, Array.from(site.inputs[2]?.data ?? new Float32Array(channels)), channels, 'float');

export const rangeOf = (site: Site): Field => ({
  comment: 'output: least, most',
  values: activationRangeF32((site.node as NodeOf<'conv2d'>).attr.act),
});

const bytesOf = (offsets: readonly number[]): number[] => offsets.map((o) => 4 * o);

function convLayer(site: Site): Layer {
  const w = site.inputs[1] as Tensor;
  const g = geometryOf(site);
  const depth = elements(w.shape.slice(1));
  const weights = panels(w.data!, g.outC, depth, 8);
  return {
    struct: 'nn_conv2d_f32_simd_layer',
    fields: [
      { comment: 'weights', values: [siteArray(site, 'weights', 'float', weights, '[panels of 8][depth][8]')] },
      ...floatBias(site, g.outC),
      { comment: 'channels', values: [g.outC] },
      ...windowFields(site, g, 4, 0),
      { comment: 'strips at a time', values: [stripsOf(site, 4)] },
      rangeOf(site),
    ],
  };
}

function depthwiseLayer(site: Site): Layer {
  const g = geometryOf(site);
  const offsets = tapOffsets(g);
  const weights = panels(byChannel(site.inputs[1]!.data!, g.outC), g.outC, offsets.length, 4);
  return {
    struct: 'nn_depthwise_conv2d_f32_simd_layer',
    fields: [
      { comment: 'weights', values: [siteArray(site, 'weights', 'float', weights, '[panels of 4][taps][4]')] },
      ...floatBias(site, g.outC),
      ...imageParts(g, 0),
      {
        comment: 'taps, where they lie in bytes',
        values: [offsets.length, siteArray(site, 'offsets', 'int32_t', bytesOf(offsets), '[taps]')],
      },
      rangeOf(site),
    ],
  };
}

/** The image with its border; the function takes the pointer in any case. */
function scratch(site: Site): number {
  const g = geometryOf(site);
  return Math.max(1, 4 * borderSize(g));
}

/** Strips, a tile, addresses, and the image with its border. */
function convScratch(site: Site): number {
  const g = geometryOf(site);
  return 16 * (stripsOf(site, 4) * (elements(site.inputs[1]!.shape.slice(1)) + 1) + 11) + 4 * borderSize(g);
}

/** Tiles of 4 pixels and 8 channels and their depth. */
function convWork(site: Site) {
  const g = geometryOf(site);
  const depth = elements(site.inputs[1]!.shape.slice(1));
  const tiles = g.batch * Math.ceil((g.outH * g.outW) / 4) * Math.ceil(g.outC / 8);
  return { values: tiles * depth, tiles, bytes: convScratch(site) };
}

/** Groups of 4 channels of 4 pixels and their taps. */
function depthwiseWork(site: Site) {
  const g = geometryOf(site);
  const groups = g.batch * g.outH * Math.ceil(g.outW / 4) * Math.ceil(g.outC / 4);
  return { taps: groups * g.kernel[0] * g.kernel[1], groups, bytes: scratch(site) };
}

const depthwise: Kernel = {
  symbol: 'nn_depthwise_conv2d_f32__simd',
  file: 'nn_depthwise_conv2d_f32_simd.ts',
  op: 'depthwise_conv2d',
  needs: ['simd128'],
  fits: (site) => isFloat(site) && (site.node as NodeOf<'depthwise_conv2d'>).attr.multiplier === 1,
  layer: depthwiseLayer,
  scratch,
  ...vectorCosts('nn_depthwise_conv2d_f32__simd', depthwiseWork, { taps: 30, groups: 40, bytes: 0.25 }),
};

/** Weights [taps][channels] as [panels of 4][taps][4]; the last panel is the last 4 channels, some of them a second time. */
function wholePanels(weights: ArrayLike<number>, channels: number, taps: number): Float32Array {
  const out = new Float32Array(Math.ceil(channels / 4) * 4 * taps);
  for (let i = 0; i < out.length; i++) {
    const first = Math.min(4 * Math.floor(i / (4 * taps)), channels - 4);
    out[i] = weights[(Math.floor(i / 4) % taps) * channels + first + (i % 4)]!;
  }
  return out;
}

function depthwise3x3Layer(site: Site): Layer {
  const g = geometryOf(site);
  const weights = wholePanels(site.inputs[1]!.data!, g.outC, 9);
  const bias = site.inputs[2]?.data ?? new Float32Array(g.outC);
  return {
    struct: 'nn_depthwise_conv2d_f32_3x3_simd_layer',
    fields: [
      { comment: 'weights', values: [siteArray(site, 'weights', 'float', weights, '[panels of 4][taps][4]')] },
      { comment: 'bias', values: [siteArray(site, 'bias', 'float', bias, '[channels]')] },
      ...sizeParts(g),
      rangeOf(site),
    ],
  };
}

/** 3x3 windows with columns `stride` apart that reach one column beyond the image at most, on either side. */
function fits3x3(site: Site, stride: number): boolean {
  const g = geometryOf(site);
  const right = (g.outW - 1) * stride + 3 - g.pad[2] - g.inW;
  return isWindow3x3(g, stride) && g.pad[2] <= 1 && right <= 1;
}

/** The same by rows, every column of the image read once. */
const depthwise3x3 = (stride: number): Kernel => {
  const symbol = `nn_depthwise_conv2d_f32_3x3_${stride}__simd`;
  return {
    ...depthwise,
    symbol,
    file: 'nn_depthwise_conv2d_f32_3x3_simd.ts',
    fits: (site) => depthwise.fits(site) && geometryOf(site).outC >= 4 && !attrs(site).border && fits3x3(site, stride),
    layer: depthwise3x3Layer,
    scratch: (site) => 4 * geometryOf(site).inW * geometryOf(site).inC,
    ...vectorCosts(symbol, depthwiseWork, { taps: 18, groups: 30 }),
  };
};

const attrs = (site: Site) => (site.node as NodeOf<'conv2d'>).attr;

/** Elementwise, two operands of the same shape. */
const same = (op: 'add' | 'sub' | 'mul'): Kernel => ({
  symbol: `nn_${op}_f32__simd`,
  file: 'nn_binary_f32_simd.ts',
  op,
  needs: ['simd128'],
  fits: ({ inputs, output }) =>
    [...inputs, output].every((t) => t.type === 'f32' && `${t.shape}` === `${output.shape}`),
  layer: (site) => ({
    struct: 'nn_binary_f32_same_layer',
    fields: [{ comment: 'elements', values: [elements(site.output.shape)] }, rangeOf(site)],
  }),
  overlap: () => 0,
  cost: ({ output }) => ({ instructions: 2 * elements(output.shape) }),
});

export const floatSimd: readonly Kernel[] = [
  {
    symbol: 'nn_conv2d_f32__simd',
    file: 'nn_conv2d_f32_simd.ts',
    op: 'conv2d',
    needs: ['simd128'],
    fits: (site) => isFloat(site) && attrs(site).groups === 1,
    layer: convLayer,
    scratch: convScratch,
    ...vectorCosts('nn_conv2d_f32__simd', convWork, { values: 25, tiles: 170, bytes: 0.1 }),
  },
  depthwise,
  ...[1, 2].map(depthwise3x3),
  ...(['add', 'sub', 'mul'] as const).map(same),
];
