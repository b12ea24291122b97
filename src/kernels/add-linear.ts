import { elements } from '../ir/graph.js';
import { costs } from './cost.js';
import type { Kernel, Site } from './kernel.js';
import { linearSum, linearSumField } from './linear-sum.js';
import { elementwiseDistance } from './overlap.js';

function fits(site: Site): boolean {
  const all = [...site.inputs, site.output];
  const isSame = all.every((t) => t.type === 's8' && `${t.shape}` === `${site.output.shape}`);
  return isSame && linearSum(site) !== null;
}

const row = (op: 'add' | 'sub'): Kernel => ({
  symbol: `nn_${op}_s8_linear`,
  file: 'nn_add_s8_linear.h',
  op,
  needs: [],
  fits,
  layer: (site) => ({
    struct: 'nn_add_s8_linear_layer',
    fields: [{ comment: 'elements', values: [elements(site.output.shape)] }, linearSumField(site)],
  }),
  overlap: (site) => elementwiseDistance(elements(site.output.shape), 1, 1),
  ...costs(`nn_${op}_s8_linear`, (site) => ({ outputs: elements(site.output.shape) }), { outputs: 12 }),
});

/** Sums and differences of two int8 tensors of the same shape, by one multiplication per operand. */
export const addLinear: readonly Kernel[] = [row('add'), row('sub')];
