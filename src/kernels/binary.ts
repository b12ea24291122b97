import { elements, type NodeOf } from '../ir/graph.js';
import { activationRange, activationRangeF32, addParams, mulParams, subParams, zeroPoint } from '../ops/quantised.js';
import { broadcastDistance, broadcastFields, fitsBroadcast } from './broadcast.js';
import type { Kernel, Layer, Site } from './kernel.js';
import { rangeField, siteArray, storedShift, sumLayout, sumNumbers } from './pack.js';

type Binary = NodeOf<'add'> | NodeOf<'sub'> | NodeOf<'mul'>;

const isAll =
  (type: 's8' | 'f32') =>
  (site: Site): boolean =>
    [...site.inputs, site.output].every((t) => t.type === type) && fitsBroadcast(site);

const range8 = (site: Site) => activationRange((site.node as Binary).attr.act, site.output);

/** Layer of nn_add_s8 and nn_sub_s8. */
const sumLayer =
  (params: typeof addParams) =>
  (site: Site): Layer => {
    const [a, b] = site.inputs;
    const y = site.output;
    const p = params(a!, b!, y);
    const numbers = sumNumbers(zeroPoint(a!), p.a, zeroPoint(b!), p.b, p.leftShift, p.y, zeroPoint(y), range8(site));
    const sum = { comment: 'the sum', values: [siteArray(site, 'sum', 'int32_t', numbers, sumLayout)] };
    return { struct: 'nn_add_s8_layer', fields: [sum, ...broadcastFields(site)] };
  };

function mulLayer(site: Site): Layer {
  const [a, b] = site.inputs;
  const { multiplier, shift } = mulParams(a!, b!, site.output);
  return {
    struct: 'nn_mul_s8_layer',
    fields: [
      { comment: 'zero points of a, b', values: [zeroPoint(a!), zeroPoint(b!)] },
      { comment: 'scale: multiplier, right shift less one', values: [multiplier, storedShift(shift)] },
      rangeField(site.output, range8(site)),
      ...broadcastFields(site),
    ],
  };
}

function floatLayer(site: Site): Layer {
  const range = activationRangeF32((site.node as Binary).attr.act);
  return {
    struct: 'nn_binary_f32_layer',
    fields: [{ comment: 'output: least, most', values: range }, ...broadcastFields(site)],
  };
}

const perElement = (instructions: number) => (site: Site) => ({
  instructions: instructions * elements(site.output.shape),
});

const base8 = {
  needs: [],
  fits: isAll('s8'),
  overlap: (site: Site, index: number) => broadcastDistance(site, index ? 'b' : 'a', 1),
} as const;

const base32 = {
  file: 'nn_binary_f32.h',
  needs: [],
  fits: isAll('f32'),
  layer: floatLayer,
  overlap: (site: Site, index: number) => broadcastDistance(site, index ? 'b' : 'a', 4),
  cost: perElement(10),
} as const;

/** Sums, differences and products of two tensors, with broadcasting. */
export const binary: readonly Kernel[] = [
  { ...base8, symbol: 'nn_add_s8', file: 'nn_add_s8.h', op: 'add', layer: sumLayer(addParams), cost: perElement(50) },
  { ...base8, symbol: 'nn_sub_s8', file: 'nn_add_s8.h', op: 'sub', layer: sumLayer(subParams), cost: perElement(50) },
  { ...base8, symbol: 'nn_mul_s8', file: 'nn_mul_s8.h', op: 'mul', layer: mulLayer, cost: perElement(22) },
  { ...base32, symbol: 'nn_add_f32', op: 'add' },
  { ...base32, symbol: 'nn_sub_f32', op: 'sub' },
  { ...base32, symbol: 'nn_mul_f32', op: 'mul' },
];
