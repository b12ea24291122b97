import { elements, type NodeOf } from '../ir/graph.js';
import { softmaxParams } from '../ops/quantised.js';
import type { Kernel, Layer, Site } from './kernel.js';
import { AccessOrder } from './overlap.js';

/** With more values per row the sum of exponentials could outgrow the shifts of its reciprocal. */
const maxDepth = 1023;

const depthOf = (site: Site): number => site.inputs[0]!.shape.at(-1) ?? 1;

function softmaxLayer(site: Site): Layer {
  const x = site.inputs[0]!;
  const { multiplier, shift, diffMin } = softmaxParams(x, (site.node as NodeOf<'softmax'>).attr.beta);
  return {
    struct: 'nn_softmax_s8_layer',
    fields: [
      { comment: 'rows, values of a row', values: [elements(x.shape) / depthOf(site), depthOf(site)] },
      { comment: 'a difference to the maximum in Q5.26: multiplier, bits left', values: [multiplier, shift] },
      { comment: 'least difference that counts', values: [diffMin] },
    ],
  };
}

/** A row is read whole for its sum, then read again and written element by element. */
function softmaxDistance(site: Site): number {
  const [order, depth] = [new AccessOrder(), depthOf(site)];
  for (let row = 0; row < elements(site.output.shape); row += depth) {
    order.read(row);
    order.write(row + depth - 1);
    order.read(row + depth - 1);
    order.write(row + depth);
  }
  return order.distance;
}

/** int8 softmax in fixed point. */
export const softmax: Kernel = {
  symbol: 'nn_softmax_s8',
  file: 'nn_softmax_s8.h',
  op: 'softmax',
  needs: [],
  fits: (site) =>
    site.inputs[0]!.type === 's8' &&
    site.output.type === 's8' &&
    depthOf(site) <= maxDepth &&
    softmaxParams(site.inputs[0]!, (site.node as NodeOf<'softmax'>).attr.beta).shift >= 0,
  layer: softmaxLayer,
  overlap: softmaxDistance,
  cost: ({ output }) => ({ instructions: 260 * elements(output.shape) }),
};
