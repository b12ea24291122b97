/** Stored values of 8, 16 and 32 bits with other parameters, and activations of 16-bit values. */
import { type DType, elements, type NodeOf, type OpKind } from '../ir/graph.js';
import { activationRange, quantizeParams, reluParams, scaleOf, typeRange, zeroPoint } from '../ops/quantised.js';
import { slopesOf } from '../ops/unary-function.js';
import type { Multiplier } from '../support/fixed.js';
import type { Kernel, Layer, Site } from './kernel.js';
import { rangeField, storedShift } from './pack.js';

type Scales = { readonly positive: Multiplier; readonly negative: Multiplier };

const both = (m: Multiplier): Scales => ({ positive: m, negative: m });

function layer(site: Site, { positive, negative }: Scales, range: readonly [number, number]): Layer {
  const scale = (m: Multiplier) => [m.multiplier, storedShift(m.shift)];
  return {
    struct: 'nn_rescale_layer',
    fields: [
      { comment: 'elements', values: [elements(site.output.shape)] },
      { comment: 'zero point of the input', values: [zeroPoint(site.inputs[0]!)] },
      { comment: 'scale: multiplier, right shift less one', values: scale(positive) },
      { comment: 'the same of values below zero', values: scale(negative) },
      rangeField(site.output, range),
    ],
  };
}

const isPair = (site: Site, from: DType, to: DType): boolean =>
  site.inputs[0]!.type === from && site.output.type === to;

const base = (op: OpKind, from: DType, to: DType) => ({
  symbol: `nn_rescale_${from}_${to}`,
  file: 'nn_rescale.h',
  op,
  needs: [],
  ...(from === to && { overlap: () => 0 }),
  cost: ({ output }: Site) => ({ instructions: 25 * elements(output.shape) }),
});

const requantise = (from: DType, to: DType): Kernel => ({
  ...base('quantize', from, to),
  fits: (site) => isPair(site, from, to),
  layer: (site) => layer(site, both(quantizeParams(site.inputs[0]!, site.output)), typeRange(to)),
});

const relu: Kernel = {
  ...base('relu', 's16', 's16'),
  fits: (site) => isPair(site, 's16', 's16'),
  layer: (site) =>
    layer(
      site,
      both(reluParams(site.inputs[0]!, site.output)),
      activationRange((site.node as NodeOf<'relu'>).attr.act, site.output),
    ),
};

const slopes = ({ node, inputs: [x], output }: Site) => slopesOf(node as NodeOf<'unary'>, x!, output);

/** Leaky ones, sizes, negatives: two lines through zero. */
const sloped: Kernel = {
  ...base('unary', 's16', 's16'),
  fits: (site) => isPair(site, 's16', 's16') && slopes(site) !== undefined,
  layer: (site) => layer(site, slopes(site)!, typeRange('s16')),
};

/** Between float and 16 or 32 bits; `stored` is the tensor with scale and zero point. */
const real = (op: 'quantize' | 'dequantize', from: DType, to: DType): Kernel => ({
  symbol: `nn_${op}_${from}_${to}`,
  file: 'nn_rescale.h',
  op,
  needs: [],
  fits: (site) => isPair(site, from, to),
  layer: ({ inputs: [x], output }) => {
    const stored = op === 'quantize' ? output : x!;
    return {
      struct: 'nn_real_s16_layer',
      fields: [
        { comment: 'scale', values: [scaleOf(stored)] },
        { comment: 'zero point', values: [zeroPoint(stored)] },
        { comment: 'elements', values: [elements(stored.shape)] },
      ],
    };
  },
  cost: ({ output }) => ({ instructions: 30 * elements(output.shape) }),
});

export const rescale: readonly Kernel[] = [
  requantise('s16', 's16'),
  requantise('s16', 's8'),
  requantise('s8', 's16'),
  requantise('s16', 's32'),
  requantise('s8', 's32'),
  requantise('s32', 's16'),
  requantise('s32', 's8'),
  relu,
  sloped,
  real('quantize', 'f32', 's16'),
  real('dequantize', 's16', 'f32'),
  real('dequantize', 's32', 'f32'),
];
