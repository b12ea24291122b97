import { elements } from '../ir/graph.js';
import type { Kernel, Layer, Site } from './kernel.js';
import { fitsMveSum, mveSumField, perFour } from './mve-sum.js';
import { elementwiseDistance } from './overlap.js';

const layer = (site: Site): Layer => ({
  struct: 'nn_add_s8_mve_layer',
  fields: [mveSumField(site), { comment: 'elements', values: [elements(site.output.shape)] }],
});

function fits(site: Site): boolean {
  const all = [...site.inputs, site.output];
  const isSame = all.every((t) => t.type === 's8' && `${t.shape}` === `${site.output.shape}`);
  return isSame && fitsMveSum(site);
}

const row = (op: 'add' | 'sub'): Kernel => ({
  symbol: `nn_${op}_s8__mve`,
  file: 'nn_add_s8_mve.h',
  op,
  needs: ['mve'],
  fits,
  layer,
  overlap: (site) => elementwiseDistance(elements(site.output.shape), 1, 1),
  cost: (site) => ({ instructions: perFour(site) * Math.ceil(elements(site.output.shape) / 4) + 20 }),
});

/** Sums and differences of two int8 tensors of the same shape. */
export const addMve: readonly Kernel[] = [row('add'), row('sub')];
