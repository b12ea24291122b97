import { elements, type NodeOf } from '../ir/graph.js';
import { activationRangeF32 } from '../ops/quantised.js';
import { classFields } from './convolution.js';
import { costs } from './cost.js';
import { byChannel } from './depthwise-conv2d.js';
import { channelwise, geometryOf, imageFields, pixels, windowFields } from './geometry.js';
import type { Field, Kernel, Layer, Site } from './kernel.js';
import { AccessOrder } from './overlap.js';
import { blockLayout, packGroups, siteArray, zerosIn } from './pack.js';

export const isFloat = ({ inputs, output, middle }: Site): boolean =>
  inputs[1]!.data !== undefined && [...inputs, middle, output].every((t) => t.type === 'f32');

/** Field `bias`, zeros if there is none. */
function biasField(site: Site): Field {
  const channels = site.middle.shape.at(-1)!;
  const values = site.inputs[2]?.data ?? new Float32Array(channels);
  const layout = `[${values.length / channels} rows][${channels} channels]`;
  return { comment: 'bias', values: [siteArray(site, 'bias', 'float', values, layout)] };
}

const rangeField = (site: Site): Field => ({
  comment: 'output: least, most',
  values: activationRangeF32((site.node as NodeOf<'conv2d'>).attr.act),
});

const weightsField = (site: Site, values: ArrayLike<number>, layout: string): Field => ({
  comment: 'weights',
  values: [siteArray(site, 'weights', 'float', values, layout)],
});

const convAttr = (site: Site) => (site.node as NodeOf<'conv2d'>).attr;

function conv2dLayer(site: Site): Layer {
  const g = geometryOf(site);
  const { groups, border } = convAttr(site);
  const w = site.inputs[1]!;
  const depth = elements(w.shape.slice(1));
  return {
    struct: 'nn_conv2d_f32_layer',
    fields: [
      weightsField(site, packGroups(w.data!, g.outC, depth, groups), blockLayout(g.outC, depth, groups)),
      biasField(site),
      classFields(site, border),
      ...imageFields(g),
      { comment: 'output', values: [g.outH, g.outW, g.outC] },
      { comment: 'groups', values: [groups] },
      ...windowFields(g),
      rangeField(site),
    ],
  };
}

/** Pixel by pixel and group by group, the window is read again for every block of up to 4 channels. */
function conv2dDistance(site: Site): number {
  const g = geometryOf(site);
  const { groups } = convAttr(site);
  const each = g.outC / groups;
  const order = new AccessOrder();
  for (const { out, first } of pixels(g))
    for (let i = 0; i < groups; i++)
      for (let o = 0; o < each; o += each - o >= 4 ? 4 : 1) {
        order.read((first * g.inC + (i * g.inC) / groups) * 4);
        order.write((out * g.outC + i * each + o + (each - o >= 4 ? 4 : 1)) * 4);
      }
  return order.distance;
}

function depthwiseLayer(site: Site): Layer {
  const g = geometryOf(site);
  const { border, multiplier } = (site.node as NodeOf<'depthwise_conv2d'>).attr;
  const layout = `[${g.outC} channels][${g.kernel[0]}][${g.kernel[1]}]`;
  return {
    struct: 'nn_depthwise_conv2d_f32_layer',
    fields: [
      weightsField(site, byChannel(site.inputs[1]!.data!, g.outC), layout),
      biasField(site),
      classFields(site, border),
      ...imageFields(g),
      { comment: 'output', values: [g.outH, g.outW] },
      { comment: 'outputs per input channel', values: [multiplier] },
      ...windowFields(g),
      rangeField(site),
    ],
  };
}

function denseLayer(site: Site): Layer {
  const w = site.inputs[1]!;
  const [channels, depth] = w.shape as [number, number];
  return {
    struct: 'nn_fully_connected_f32_layer',
    fields: [
      weightsField(site, w.data!, `[${channels} channels][${depth}]`),
      biasField(site),
      { comment: 'rows', values: [elements(site.inputs[0]!.shape) / depth] },
      { comment: 'values in, out', values: [depth, channels] },
      rangeField(site),
    ],
  };
}

/**
 * Multiply-accumulates, those with weights that are 0 (which are faster where floats are computed by functions) and outputs.
 * @param taps of one output
 */
const priced = (symbol: string, price: number, taps: (site: Site) => number) =>
  costs(
    symbol,
    (site) => {
      const outputs = elements(site.middle.shape);
      const { data } = site.inputs[1]!;
      const all = taps(site) * outputs;
      const zeros = Math.round((all * zerosIn(data!)) / data!.length);
      return { macs: all - zeros, zeros, outputs };
    },
    { macs: price, zeros: price, outputs: 15 },
  );

/** float32 convolutions and fully connected layers. */
export const convolutionF32: readonly Kernel[] = [
  {
    symbol: 'nn_conv2d_f32',
    file: 'nn_conv2d_f32.h',
    op: 'conv2d',
    needs: [],
    rows: true,
    fits: isFloat,
    layer: conv2dLayer,
    overlap: conv2dDistance,
    ...priced('nn_conv2d_f32', 3.3, (site) => elements(site.inputs[1]!.shape.slice(1))),
  },
  {
    symbol: 'nn_depthwise_conv2d_f32',
    file: 'nn_depthwise_conv2d_f32.h',
    op: 'depthwise_conv2d',
    needs: [],
    rows: true,
    fits: isFloat,
    layer: depthwiseLayer,
    overlap: (site) => channelwise(geometryOf(site), new AccessOrder(), 4),
    ...priced('nn_depthwise_conv2d_f32', 6, (site) => site.inputs[1]!.shape[1]! * site.inputs[1]!.shape[2]!),
  },
  {
    symbol: 'nn_fully_connected_f32',
    file: 'nn_fully_connected_f32.h',
    op: 'fully_connected',
    needs: [],
    fits: isFloat,
    layer: denseLayer,
    ...priced('nn_fully_connected_f32', 5.8, (site) => site.inputs[1]!.shape[1]!),
  },
];
