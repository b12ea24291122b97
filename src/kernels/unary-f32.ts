import { elements, type NodeOf } from '../ir/graph.js';
import { activationRangeF32 } from '../ops/quantised.js';
import type { Field, Kernel, Site } from './kernel.js';

const count = (site: Site): Field => ({ comment: 'elements', values: [elements(site.output.shape)] });

const base = {
  file: 'nn_unary_f32.h',
  needs: [],
  fits: ({ inputs: [x], output }: Site) => x!.type === 'f32' && output.type === 'f32',
  overlap: () => 0,
} as const;

const perElement = (instructions: number) => (site: Site) => ({
  instructions: instructions * elements(site.output.shape),
});

const curve = (op: 'logistic' | 'tanh'): Kernel => ({
  ...base,
  symbol: `nn_${op}_f32`,
  op,
  layer: (site) => ({ struct: 'nn_unary_f32_layer', fields: [count(site)] }),
  cost: perElement(120),
});

/** float32 functions of one operand. */
export const unaryF32: readonly Kernel[] = [
  curve('logistic'),
  curve('tanh'),
  {
    ...base,
    symbol: 'nn_relu_f32',
    op: 'relu',
    layer: (site) => {
      const values = activationRangeF32((site.node as NodeOf<'relu'>).attr.act);
      return { struct: 'nn_relu_f32_layer', fields: [count(site), { comment: 'output: least, most', values }] };
    },
    cost: perElement(8),
  },
];
