import type { NodeOf } from '../ir/graph.js';
import { convMultipliers } from '../ops/quantised.js';
import { int8, isMatrix } from './convolution.js';
import { type Form, hasForm, matmulCost, matrixFields, pace, triples } from './dsp-matrix.js';
import { strip } from './dsp-pack.js';
import { fitsDsp, type Product, product } from './dsp-scale.js';
import { geometryOf } from './geometry.js';
import type { Kernel, Layer, Site } from './kernel.js';
import { AccessOrder } from './overlap.js';

const attrs = (site: Site) => (site.node as NodeOf<'conv2d'>).attr;

function productOf(site: Site): Product {
  const [x, w, b] = site.inputs;
  return product(x!, w!, b, site.middle, convMultipliers(x!, w!, site.middle, w!.shape[0]!));
}

/** One matrix; enough channels to read 4 at once. */
const isWideMatrix = (site: Site): boolean => site.inputs[1]!.shape[3]! >= 4 && isMatrix(site);

function fits(site: Site, form: Form): boolean {
  const p = productOf(site);
  return fitsDsp(p, attrs(site).act, site.middle) && hasForm(p, form);
}

function layer(site: Site, form: Form): Layer {
  const { batch, outH, outW, inC, outC } = geometryOf(site);
  const matrix = matrixFields(site, productOf(site), strip(inC, inC), form);
  return {
    struct: 'nn_conv2d_1x1_s8_dsp_layer',
    fields: [
      matrix.weights,
      { comment: 'pixels, of all images and of a row', values: [batch * outH * outW, outW] },
      { comment: 'channels in, out', values: [inC, outC] },
      matrix.kind,
    ],
  };
}

/** Three pixels are copied, then all three are written over. */
function distance(site: Site): number {
  const { batch, outH, outW, inC, outC } = geometryOf(site);
  const order = new AccessOrder();
  const count = batch * outH * outW;
  for (let p = 0; p < count; p += 3) {
    order.read(p * inC);
    order.write(Math.min(p + 3, count) * outC);
  }
  return order.distance;
}

function instructions(site: Site, form: Form): number {
  const { inC } = geometryOf(site);
  const taps = strip(inC, inC);
  return triples(site) * (matmulCost(productOf(site), taps, form) + 3 * taps.length + 17);
}

/** int8 convolution with a 1x1 window and stride 1, 3 pixels x 2 channels per tile. */
const conv2d1x1Form = (form: Form): Kernel => ({
  symbol: 'nn_conv2d_1x1_s8__dsp',
  file: 'nn_conv2d_1x1_s8_dsp.h',
  op: 'conv2d',
  needs: ['dsp'],
  ...(form === 'blocks' && { format: 'blocks 2x4' }),
  rows: true,
  fits: (site) => int8(site) && isWideMatrix(site) && fits(site, form),
  layer: (site) => layer(site, form),
  pace: pace[form],
  passes: triples,
  scratch: (site) => 24 * Math.ceil(geometryOf(site).inC / 4),
  overlap: (site, index) => (index === 0 ? distance(site) : 0),
  cost: (site) => ({ instructions: Math.round(instructions(site, form)) }),
});

export const conv2d1x1Dsp: readonly Kernel[] = (['narrow', 'wide', 'blocks'] as const).map(conv2d1x1Form);
