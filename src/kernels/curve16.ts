/** Pools, logistic, tanh and softmax of 16-bit values. */
import { elements, type NodeOf } from '../ir/graph.js';
import { curveParams, exponentials, logisticTable, reciprocals, softmax16Params } from '../ops/curve16.js';
import { activationRange } from '../ops/quantised.js';
import { isTabled16, table16 } from '../ops/unary-function.js';
import { geometryOf, imageFields, windowFields } from './geometry.js';
import type { Kernel, Site } from './kernel.js';
import { rangeField, siteArray, storedShift } from './pack.js';

const is16 = ({ inputs: [x], output }: Site): boolean => x!.type === 's16' && output.type === 's16';

const pool = (op: 'average_pool2d' | 'max_pool2d'): Kernel => ({
  symbol: `nn_${op}_s16`,
  file: 'nn_pool2d_s16.h',
  op,
  needs: [],
  fits: is16,
  layer(site) {
    const g = geometryOf(site);
    const { act } = (site.node as NodeOf<'max_pool2d'>).attr;
    return {
      struct: 'nn_pool2d_s16_layer',
      fields: [
        ...imageFields(g),
        { comment: 'output', values: [g.outH, g.outW] },
        ...windowFields(g),
        rangeField(site.output, activationRange(act, site.output)),
      ],
    };
  },
  cost: (site) => {
    const { kernel } = geometryOf(site);
    return { instructions: elements(site.output.shape) * (30 + 12 * kernel[0] * kernel[1]) };
  },
});

const curve = (op: 'logistic' | 'tanh'): Kernel => ({
  symbol: `nn_${op}_s16`,
  file: 'nn_curve_s16.h',
  op,
  needs: [],
  fits: is16,
  layer(site) {
    const { multiplier, shift } = curveParams(site.inputs[0]!);
    const table = siteArray(site, 'table', 'uint16_t', logisticTable, '[256] logistic function at steps of 1 / 24');
    return {
      struct: 'nn_curve_s16_layer',
      fields: [
        { comment: 'elements', values: [elements(site.output.shape)] },
        { comment: 'multiplier, right shift', values: [multiplier, shift] },
        { comment: 'the curve', values: [table] },
      ],
    };
  },
  overlap: () => 0,
  cost: ({ output }) => ({ instructions: 35 * elements(output.shape) }),
});

/** All other functions of one operand. */
const tabled: Kernel = {
  symbol: 'nn_tabled_s16',
  file: 'nn_curve_s16.h',
  op: 'unary',
  needs: [],
  fits: (site) => is16(site) && isTabled16(site.node as NodeOf<'unary'>, site.inputs[0]!, site.output),
  layer(site) {
    const table = table16(site.node as NodeOf<'unary'>, site.inputs[0]!, site.output);
    const layout = '[513] results at every 128th value';
    return {
      struct: 'nn_tabled_s16_layer',
      fields: [
        { comment: 'elements', values: [elements(site.output.shape)] },
        { comment: 'the function', values: [siteArray(site, 'table', 'int16_t', table, layout)] },
      ],
    };
  },
  overlap: () => 0,
  cost: ({ output }) => ({ instructions: 15 * elements(output.shape) }),
};

const softmax: Kernel = {
  symbol: 'nn_softmax_s16',
  file: 'nn_curve_s16.h',
  op: 'softmax',
  needs: [],
  fits: is16,
  layer(site) {
    const depth = site.output.shape.at(-1)!;
    const { multiplier, shift } = softmax16Params(site.inputs[0]!, (site.node as NodeOf<'softmax'>).attr.beta);
    return {
      struct: 'nn_softmax_s16_layer',
      fields: [
        { comment: 'rows, values of a row', values: [elements(site.output.shape) / depth, depth] },
        { comment: 'differences: multiplier, right shift less one', values: [multiplier, storedShift(shift)] },
        { comment: 'exponentials', values: [siteArray(site, 'exp', 'int16_t', exponentials, '[513] from -10 to 0')] },
        { comment: 'reciprocals', values: [siteArray(site, 'inverse', 'int16_t', reciprocals, '[513] of 1 + x')] },
      ],
    };
  },
  cost: ({ output }) => ({ instructions: 90 * elements(output.shape) }),
};

export const curve16: readonly Kernel[] = [
  pool('average_pool2d'),
  pool('max_pool2d'),
  curve('logistic'),
  curve('tanh'),
  tabled,
  softmax,
];
