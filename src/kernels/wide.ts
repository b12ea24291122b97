/** Layers with weights on 16-bit activations, or on 8-bit ones with weights of 9 bits: one plain kernel for all. */
import { elements, type NodeOf, type OpKind, type Tensor } from '../ir/graph.js';
import {
  activationRange,
  type ChannelMultipliers,
  convMultipliers,
  denseMultipliers,
  zeroPoint,
} from '../ops/quantised.js';
import { reducedMultiplier } from '../support/fixed.js';
import { geometryOf, imageFields, windowFields } from './geometry.js';
import type { Field, Kernel, Layer, Site } from './kernel.js';
import { rangeField, siteArray, storedShift } from './pack.js';

type Weighted = NodeOf<'conv2d'> | NodeOf<'depthwise_conv2d'> | NodeOf<'fully_connected'>;
type Variant = 's16' | 's8_w16';

const node = (site: Site) => site.node as Weighted;

/** Weights [taps, channels] of a depthwise layer as [channels, taps]. */
function turned(w: Tensor): number[] {
  const count = w.shape[3]!;
  const taps = w.shape[1]! * w.shape[2]!;
  return Array.from({ length: count * taps }, (_, i) => w.data![(i % taps) * count + Math.floor(i / taps)]!);
}

/** images, input, output, window, stride, dilation, padding, groups */
function sizeFields(site: Site): Field[] {
  const { op } = node(site);
  const [x, w] = [site.inputs[0]!, site.inputs[1]!];
  if (op === 'fully_connected') {
    const [count, depth] = w.shape as [number, number];
    const ones = [1, 1, 1, 1, 1, 1];
    return [
      { comment: 'rows, values of a row', values: [elements(x.shape) / depth, 1, 1, depth] },
      { comment: 'outputs', values: [1, 1, count] },
      { comment: 'one tap, no padding, one group', values: [...ones, 0, 0, 1] },
    ];
  }
  const g = geometryOf(site);
  const groups =
    op === 'depthwise_conv2d' ? g.inC : node(site).op === 'conv2d' ? (node(site) as NodeOf<'conv2d'>).attr.groups : 1;
  return [
    ...imageFields(g),
    { comment: 'output', values: [g.outH, g.outW, g.outC] },
    ...windowFields(g),
    { comment: 'groups', values: [groups] },
  ];
}

/** Multiplier and shift per channel as nn_requantize, or nn_requantize_wide, takes them. */
export function wideScale({ multiplier, shift }: ChannelMultipliers): ChannelMultipliers {
  return { multiplier: multiplier.map(reducedMultiplier), shift: shift.map((s) => 15 - s) };
}

/** Fields `multiplier, shift` of a layer. */
export const scaleFields = (site: Site, { multiplier, shift }: ChannelMultipliers): Field[] => [
  { comment: 'multipliers', values: [siteArray(site, 'multiplier', 'int32_t', multiplier, '[channels]')] },
  { comment: 'shifts', values: [siteArray(site, 'shift', 'int32_t', shift, '[channels]')] },
];

const isNarrow = (site: Site): boolean => site.node.op === 'conv2d' && site.node.attr.accumulator === 's32';

function layer(site: Site, variant: Variant): Layer {
  const [x, w, bias] = site.inputs;
  const { op, attr } = node(site);
  const count = site.output.shape.at(-1)!;
  const scales = (op === 'fully_connected' ? denseMultipliers : convMultipliers)(x!, w!, site.output, count);
  const wide = variant === 's16' && !isNarrow(site);
  const plain = { multiplier: scales.multiplier, shift: scales.shift.map(storedShift) };
  const weights = op === 'depthwise_conv2d' ? turned(w!) : w!.data!;
  const type = variant === 's16' ? 'int8_t' : 'int16_t';
  return {
    struct: `nn_wide_${variant}_layer`,
    fields: [
      ...sizeFields(site),
      { comment: 'weights', values: [siteArray(site, 'weights', type, weights, '[outputs][taps][inputs of a group]')] },
      { comment: 'bias', values: [bias?.data ? siteArray(site, 'bias', 'int32_t', bias.data, '[outputs]') : null] },
      ...scaleFields(site, wide ? wideScale(scales) : plain),
      { comment: 'zero point of the input', values: [zeroPoint(x!)] },
      rangeField(site.output, activationRange(attr.act, site.output)),
      ...(variant === 's16' ? [{ comment: 'sums of 32 bits', values: [wide ? 0 : 1] }] : []),
    ],
  };
}

function fits(site: Site, variant: Variant): boolean {
  const [x, w, bias] = site.inputs;
  const types = variant === 's16' ? ['s16', 's8', 's16'] : ['s8', 's16', 's8'];
  const attr = node(site).attr;
  const plain = !('border' in attr && attr.border) && w!.data !== undefined && (!bias || bias.data !== undefined);
  return plain && [x!.type, w!.type, site.output.type].every((t, i) => t === types[i]);
}

const row = (op: OpKind, variant: Variant): Kernel => ({
  symbol: `nn_wide_${variant}`,
  file: 'nn_wide.h',
  op,
  needs: [],
  fits: (site) => fits(site, variant),
  layer: (site) => layer(site, variant),
  cost: ({ inputs, output }) => {
    const perOutput = elements(inputs[1]!.shape) / output.shape.at(-1)!;
    return { instructions: elements(output.shape) * (60 + 8 * perOutput) };
  },
});

const ops = ['conv2d', 'depthwise_conv2d', 'fully_connected'] as const;

export const wide: readonly Kernel[] = ops.flatMap((op) => [row(op, 's16'), row(op, 's8_w16')]);
