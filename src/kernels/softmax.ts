import { elements, type NodeOf } from '../ir/graph.js';
import { softmaxParams } from '../ops/quantised.js';
import { costs } from './cost.js';
import type { Field, Kernel, Layer, Site } from './kernel.js';
import { AccessOrder } from './overlap.js';

/** With more values per row the sum of exponentials could outgrow the shifts of its reciprocal. */
const maxDepth = 1023;

const depthOf = (site: Site): number => site.inputs[0]!.shape.at(-1) ?? 1;

const betaOf = (site: Site): number => (site.node as NodeOf<'softmax'>).attr.beta;

const sizes = (site: Site): Field => ({
  comment: 'rows, values of a row',
  values: [elements(site.output.shape) / depthOf(site), depthOf(site)],
});

function layerS8(site: Site): Layer {
  const { multiplier, shift, diffMin } = softmaxParams(site.inputs[0]!, betaOf(site));
  return {
    struct: 'nn_softmax_s8_layer',
    fields: [
      sizes(site),
      { comment: 'a difference to the maximum in Q5.26: multiplier, bits left', values: [multiplier, shift] },
      { comment: 'least difference that counts', values: [diffMin] },
    ],
  };
}

/** A row is read whole for its sum, then read again and written element by element. */
function softmaxDistance(site: Site, bytes: number): number {
  const [order, depth] = [new AccessOrder(), depthOf(site)];
  for (let row = 0; row < elements(site.output.shape); row += depth) {
    order.read(row * bytes);
    order.write((row + depth - 1) * bytes);
    order.read((row + depth - 1) * bytes);
    order.write((row + depth) * bytes);
  }
  return order.distance;
}

const fitsS8 =
  (type: 's8' | 's16') =>
  (site: Site): boolean =>
    site.inputs[0]!.type === 's8' &&
    site.output.type === type &&
    depthOf(site) <= maxDepth &&
    softmaxParams(site.inputs[0]!, betaOf(site)).shift >= 0;

/** Softmax over the last axis, in fixed point or float. */
export const softmax: readonly Kernel[] = [
  {
    symbol: 'nn_softmax_s8',
    file: 'nn_softmax_s8.h',
    op: 'softmax',
    needs: [],
    fits: fitsS8('s8'),
    layer: layerS8,
    overlap: (site) => softmaxDistance(site, 1),
    ...costs('nn_softmax_s8', ({ output }) => ({ outputs: elements(output.shape) }), { outputs: 200 }),
  },
  {
    symbol: 'nn_softmax_s8_s16',
    file: 'nn_softmax_s8_s16.h',
    op: 'softmax',
    needs: [],
    fits: fitsS8('s16'),
    layer: layerS8,
    ...costs('nn_softmax_s8', ({ output }) => ({ outputs: elements(output.shape) }), { outputs: 200 }),
  },
  {
    symbol: 'nn_softmax_f32',
    file: 'nn_softmax_f32.h',
    op: 'softmax',
    needs: [],
    fits: ({ inputs: [x], output }) => x!.type === 'f32' && output.type === 'f32',
    layer: (site) => ({
      struct: 'nn_softmax_f32_layer',
      fields: [sizes(site), { comment: 'beta', values: [betaOf(site)] }],
    }),
    overlap: (site) => softmaxDistance(site, 4),
    cost: ({ output }) => ({ instructions: 130 * elements(output.shape) }),
  },
];
