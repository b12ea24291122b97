import { elements } from '../ir/graph.js';
import { fitsSum, roundsSumAway, sumMembers } from './dsp-sum.js';
import type { Kernel, Layer, Site } from './kernel.js';
import { elementwiseDistance } from './overlap.js';

const layer = (site: Site): Layer => ({
  struct: 'nn_add_s8_dsp_layer',
  fields: [sumMembers(site, 'the sum'), { comment: 'elements', values: [elements(site.output.shape)] }],
});

function fits(site: Site): boolean {
  const all = [...site.inputs, site.output];
  const isSame = all.every((t) => t.type === 's8' && `${t.shape}` === `${site.output.shape}`);
  return isSame && fitsSum(site);
}

const row = (op: 'add' | 'sub'): Kernel => ({
  symbol: `nn_${op}_s8__dsp`,
  file: 'nn_add_s8_dsp.h',
  op,
  needs: ['dsp'],
  fits,
  layer,
  overlap: (site) => elementwiseDistance(elements(site.output.shape), 1, 1),
  cost: (site) => ({
    instructions: Math.round((roundsSumAway(site) ? 12.25 : 10.25) * elements(site.output.shape) + 20),
  }),
});

/** Sums and differences of two int8 tensors of the same shape, by two tables of 1 KB. */
export const addDsp: readonly Kernel[] = [row('add'), row('sub')];
