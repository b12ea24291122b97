import { elements, type NodeOf } from '../ir/graph.js';
import { convMultipliers, zeroPoint } from '../ops/quantised.js';
import { fitsAdd, int8, isPlain } from './convolution.js';
import { stripCost } from './dsp-cost.js';
import { type Form, hasForm, matmulCost, matrixFields, pace, triples } from './dsp-matrix.js';
import { padded, strip } from './dsp-pack.js';
import { fitsDsp, type Product, product } from './dsp-scale.js';
import { dspSumField, fitsSum } from './dsp-sum.js';
import { geometryOf, imageFields, pixels, windowFields } from './geometry.js';
import type { Kernel, Layer, Site } from './kernel.js';
import { AccessOrder } from './overlap.js';

const attrs = (site: Site) => (site.node as NodeOf<'conv2d'>).attr;

function productOf(site: Site): Product {
  const [x, w, b] = site.inputs;
  return product(x!, w!, b, site.middle, convMultipliers(x!, w!, site.middle, w!.shape[0]!));
}

/** With few channels whole windows are copied and unpacked together: tap by tap, words would be half empty. */
function isCopied(site: Site): boolean {
  const channels = geometryOf(site).inC;
  return channels < 8 && channels % 4 !== 0;
}

const depthOf = (site: Site): number => elements(site.inputs[1]!.shape.slice(1));

/** Blocks of 4 taps in a strip. */
function blocksOf(site: Site): number {
  const { inC } = geometryOf(site);
  return isCopied(site) ? Math.ceil(depthOf(site) / 4) : (depthOf(site) / inC) * Math.ceil(inC / 4);
}

/** Taps in the order of the strip. */
const tapsOf = (site: Site): number[] =>
  isCopied(site) ? padded(depthOf(site)) : strip(depthOf(site), geometryOf(site).inC);

/** One group, one bias, and at least 4 taps to read at once. */
function fits(site: Site, form: Form): boolean {
  if (!isPlain(site) || depthOf(site) < 4) return false;
  const p = productOf(site);
  return fitsDsp(p, attrs(site).act, site.middle) && hasForm(p, form);
}

function layer(site: Site, form: Form): Layer {
  const g = geometryOf(site);
  const copied = isCopied(site);
  const matrix = matrixFields(site, productOf(site), tapsOf(site), form);
  return {
    struct: 'nn_conv2d_s8_dsp_layer',
    fields: [
      matrix.weights,
      ...imageFields(g),
      { comment: 'output', values: [g.outH, g.outW, g.outC] },
      ...windowFields(g),
      { comment: 'zero point of the input', values: [zeroPoint(site.inputs[0]!)] },
      { comment: 'blocks of 4 taps; are windows copied first?', values: [blocksOf(site), copied ? 1 : 0] },
      matrix.kind,
      dspSumField(site),
    ],
  };
}

function scratch(site: Site): number {
  const { inC, outC } = geometryOf(site);
  const aside = isCopied(site) ? 12 * blocksOf(site) : inC;
  return 24 * blocksOf(site) + aside + (site.add ? 3 * outC : 0);
}

/** Three windows are unpacked, then all three outputs written, image by image. */
function distance(site: Site): number {
  const g = geometryOf(site);
  const order = new AccessOrder();
  const perImage = g.outH * g.outW;
  let end = 0;
  let count = 0;
  for (const { out, first } of pixels(g)) {
    order.read(first * g.inC);
    end = (out + 1) * g.outC;
    count += 1;
    if (count % 3 !== 0 && (out + 1) % perImage !== 0) continue;
    order.write(end);
    count = 0;
  }
  return order.distance;
}

function instructions(site: Site, form: Form): number {
  const matmuls = triples(site) * matmulCost(productOf(site), tapsOf(site), form);
  return matmuls + stripCost(geometryOf(site), isCopied(site));
}

const base = (form: Form) =>
  ({
    file: 'nn_conv2d_s8_dsp.h',
    op: 'conv2d',
    needs: ['dsp'],
    ...(form === 'blocks' && { format: 'blocks 2x4' }),
    layer: (site: Site) => layer(site, form),
    pace: pace[form],
    passes: triples,
    scratch,
    overlap: (site: Site, index: number) => (index === 0 ? distance(site) : 0),
  }) as const;

/** int8 convolution, 3 pixels x 2 channels per tile. */
const plain = (form: Form): Kernel => ({
  ...base(form),
  symbol: 'nn_conv2d_s8__dsp',
  rows: true,
  fits: (site) => int8(site) && fits(site, form),
  cost: (site) => ({ instructions: Math.round(instructions(site, form)) }),
});

/** The same with the add of a skip tensor. */
const withAdd = (form: Form): Kernel => ({
  ...base(form),
  symbol: 'nn_conv2d_s8_add__dsp',
  fusesAdd: true,
  fits: (site) => fitsAdd(site) && fits(site, form) && fitsSum(site),
  cost: (site) => ({ instructions: Math.round(instructions(site, form) + 11 * elements(site.output.shape)) }),
});

const forms: readonly Form[] = ['narrow', 'wide', 'blocks'];

export const conv2dDsp: readonly Kernel[] = [...forms.map(plain), ...forms.map(withAdd)];
