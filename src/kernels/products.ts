/** Matrix products, transposed convolutions, and float normalisations along the last axis. */
import { elements, type NodeOf } from '../ir/graph.js';
import { productMultiplier, productOf } from '../ops/batch-matmul.js';
import { activationRange, activationRangeF32, convMultipliers, zeroPoint } from '../ops/quantised.js';
import { broadcastOf } from './broadcast.js';
import type { Field, Kernel, Layer, Site } from './kernel.js';
import { rangeField, siteArray, storedShift } from './pack.js';
import { scaleFields, wideScale } from './wide.js';

/** Axes of batches that the C kernels loop over: NN_BROADCAST_AXES. */
const batchAxes = 4;

const product = (site: Site) => productOf(site.node as NodeOf<'batch_matmul'>, site.inputs[0]!, site.inputs[1]!);

/** Batches in raster order, each axis with the elements from one matrix to the next. */
function batches(site: Site): readonly { size: number; a: number; b: number }[] {
  const { batch, n, k, m } = product(site);
  const [a, b] = site.inputs.map((t) => t.shape.slice(0, -2));
  const { outer, run } = broadcastOf(a!, b!, batch);
  return [...outer, run].map((axis) => ({ size: axis.size, a: axis.a * n * k, b: axis.b * k * m }));
}

function productFields(site: Site): Field[] {
  const { batch, n, k, m } = product(site);
  const { transposeA, transposeB } = (site.node as NodeOf<'batch_matmul'>).attr;
  const axes = batches(site);
  const none = Array.from({ length: batchAxes - axes.length }, () => ({ size: 1, a: 0, b: 0 }));
  const table = [...none, ...axes].flatMap(({ size, a, b }) => [size, a, b]);
  return [
    {
      comment: 'axes of batches',
      values: [siteArray(site, 'axes', 'int32_t', table, '[axes][size, strides of a, b]')],
    },
    { comment: 'batches', values: [elements(batch)] },
    { comment: 'n, k, m', values: [n, k, m] },
    { comment: 'a: from row to row, along k', values: transposeA ? [1, n] : [k, 1] },
    { comment: 'b: from column to column, along k', values: transposeB ? [k, 1] : [1, m] },
  ];
}

function storedFields(site: Site): Field[] {
  const [a, b] = site.inputs;
  const { multiplier, shift } = productMultiplier(a!, b!, site.output);
  return [
    { comment: 'zero points of a, b, the output', values: [a!, b!, site.output].map(zeroPoint) },
    { comment: 'scale: multiplier, right shift less one', values: [multiplier, storedShift(shift)] },
  ];
}

const matmul = (type: 'f32' | 's8'): Kernel => ({
  symbol: `nn_batch_matmul_${type}`,
  file: 'nn_batch_matmul.h',
  op: 'batch_matmul',
  needs: [],
  fits: (site) => site.inputs.every((t) => t.type === type) && batches(site).length <= batchAxes,
  layer: (site) => ({
    struct: `nn_batch_matmul_${type}_layer`,
    fields: [...(type === 's8' ? storedFields(site) : []), ...productFields(site)],
  }),
  cost: (site) => {
    const { batch, n, k, m } = product(site);
    return { instructions: elements(batch) * n * m * (8 * k + 30) };
  },
});

const transposed = (site: Site) => site.node as NodeOf<'transpose_conv'>;

function windowFields(site: Site): Field[] {
  const { stride, dilation, pad, groups } = transposed(site).attr;
  const [x, w] = [site.inputs[0]!, site.inputs[1]!];
  return [
    { comment: 'images', values: [x.shape[0]!] },
    { comment: 'input', values: x.shape.slice(1) },
    { comment: 'output', values: site.output.shape.slice(1) },
    { comment: 'window', values: w.shape.slice(1, 3) },
    { comment: 'stride', values: stride },
    { comment: 'dilation', values: dilation },
    { comment: 'padding at the top, left', values: [pad[0], pad[2]] },
    { comment: 'groups', values: [groups] },
  ];
}

function weightFields(site: Site, type: 'f32' | 's8' | 's16'): Field[] {
  const [, w, bias] = site.inputs;
  const layout = `[${w!.shape.join('][')}]`;
  const weights = siteArray(site, 'weights', type === 'f32' ? 'float' : 'int8_t', w!.data!, layout);
  const biases = bias?.data && siteArray(site, 'bias', type === 'f32' ? 'float' : 'int32_t', bias.data, '[channels]');
  return [
    { comment: 'weights', values: [weights] },
    { comment: 'bias', values: [biases ?? null] },
  ];
}

function storedScales(site: Site, type: 's8' | 's16'): Field[] {
  const [x, w] = site.inputs;
  const scales = convMultipliers(x!, w!, site.output, w!.shape[0]!);
  const plain = { multiplier: scales.multiplier, shift: scales.shift.map(storedShift) };
  return [
    ...scaleFields(site, type === 's16' ? wideScale(scales) : plain),
    { comment: 'zero point of the input', values: [zeroPoint(x!)] },
    rangeField(site.output, activationRange(transposed(site).attr.act, site.output)),
  ];
}

function transposeLayer(site: Site, type: 'f32' | 's8' | 's16'): Layer {
  const range = { comment: 'output: least, most', values: activationRangeF32(transposed(site).attr.act) };
  return {
    struct: `nn_transpose_conv_${type}_layer`,
    fields: [
      ...windowFields(site),
      ...weightFields(site, type),
      ...(type === 'f32' ? [range] : storedScales(site, type)),
    ],
  };
}

const transposeConv = (type: 'f32' | 's8' | 's16'): Kernel => ({
  symbol: `nn_transpose_conv_${type}`,
  file: 'nn_transpose_conv.h',
  op: 'transpose_conv',
  needs: [],
  fits: ({ inputs: [x, w, bias] }) =>
    x!.type === type && w!.type !== 's16' && w!.data !== undefined && (!bias || bias.data !== undefined),
  layer: (site) => transposeLayer(site, type),
  cost: ({ inputs, output }) => {
    const [, height, width, depth] = inputs[1]!.shape as [number, number, number, number];
    return { instructions: elements(output.shape) * (height * width * (20 + depth * 2) + 20) };
  },
});

const rows = ({ output }: Site): Field => {
  const depth = output.shape.at(-1)!;
  return { comment: 'rows, values of a row', values: [elements(output.shape) / depth, depth] };
};

const logSoftmax: Kernel = {
  symbol: 'nn_log_softmax_f32',
  file: 'nn_log_softmax_f32.h',
  op: 'log_softmax',
  needs: [],
  fits: ({ inputs: [x] }) => x!.type === 'f32',
  layer: (site) => ({ struct: 'nn_log_softmax_f32_layer', fields: [rows(site)] }),
  cost: ({ output }) => ({ instructions: 130 * elements(output.shape) }),
};

const responses: Kernel = {
  symbol: 'nn_local_response_normalization_f32',
  file: 'nn_local_response_normalization_f32.h',
  op: 'local_response_normalization',
  needs: [],
  fits: ({ inputs: [x] }) => x!.type === 'f32',
  layer: (site) => {
    const { radius, bias, alpha, beta } = (site.node as NodeOf<'local_response_normalization'>).attr;
    return {
      struct: 'nn_local_response_normalization_f32_layer',
      fields: [
        rows(site),
        { comment: 'channels to either side', values: [radius] },
        { comment: 'bias, alpha, beta', values: [bias, alpha, beta] },
      ],
    };
  },
  cost: ({ output }) => ({ instructions: 250 * elements(output.shape) }),
};

export const products: readonly Kernel[] = [
  matmul('f32'),
  matmul('s8'),
  transposeConv('f32'),
  transposeConv('s8'),
  transposeConv('s16'),
  logSoftmax,
  responses,
];
