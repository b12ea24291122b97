/** Functions of one operand: float, whole numbers, truth values. */
import { elements, type NodeOf, type UnaryFn } from '../ir/graph.js';
import type { Kernel, Site } from './kernel.js';

const node = (site: Site) => site.node as NodeOf<'unary'>;
const count = (site: Site) => ({ comment: 'elements', values: [elements(site.output.shape)] });

/** Instructions per element, about; what calls the library costs most. */
const cheap: readonly UnaryFn[] = ['abs', 'neg', 'sign', 'square', 'clip', 'leaky_relu', 'thresholded_relu', 'shrink'];
const priceOf = (fn: UnaryFn): number => (cheap.includes(fn) ? 10 : 120);

const isFunction = (fn: UnaryFn, from: string, to: string) => (site: Site) =>
  node(site).attr.fn === fn && site.inputs[0]!.type === from && site.output.type === to && !site.inputs[0]!.quant;

const floatRow = (fn: UnaryFn, to: 'f32' | 'bool' = 'f32'): Kernel => ({
  symbol: `nn_${fn}_f32`,
  file: 'nn_function_f32.h',
  op: 'unary',
  needs: [],
  fits: isFunction(fn, 'f32', to),
  layer: (site) => ({
    struct: 'nn_function_f32_layer',
    fields: [count(site), { comment: 'alpha, beta', values: [node(site).attr.alpha, node(site).attr.beta] }],
  }),
  overlap: () => 0,
  cost: ({ output }) => ({ instructions: priceOf(fn) * elements(output.shape) }),
});

/** An attribute as a bound of s32. */
const bound = (value: number): number => Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.round(value)));

const wholeRow = (fn: UnaryFn, type: 's32' | 'bool'): Kernel => ({
  symbol: `nn_${fn}_${type}`,
  file: 'nn_function_s32.h',
  op: 'unary',
  needs: [],
  fits: isFunction(fn, type, type),
  layer: (site) => ({
    struct: 'nn_function_s32_layer',
    fields: [
      count(site),
      { comment: 'alpha, beta', values: [bound(node(site).attr.alpha), bound(node(site).attr.beta)] },
    ],
  }),
  overlap: () => 0,
  cost: ({ output }) => ({ instructions: 8 * elements(output.shape) }),
});

const floats: readonly UnaryFn[] = [
  'abs',
  'neg',
  'sign',
  'square',
  'exp',
  'log',
  'sqrt',
  'rsqrt',
  'reciprocal',
  'floor',
  'ceil',
  'trunc',
  'round',
  'sin',
  'cos',
  'tan',
  'asin',
  'acos',
  'atan',
  'sinh',
  'cosh',
  'asinh',
  'acosh',
  'atanh',
  'erf',
  'softplus',
  'softsign',
  'mish',
  'swish',
  'hard_swish',
  'gelu',
  'gelu_tanh',
  'hard_sigmoid',
  'elu',
  'selu',
  'celu',
  'thresholded_relu',
  'leaky_relu',
  'clip',
  'shrink',
];

/** One row per function; stored values of 8 bits go by a table. */
export const functionRows: readonly Kernel[] = [
  ...floats.map((fn) => floatRow(fn)),
  floatRow('is_nan', 'bool'),
  floatRow('is_inf', 'bool'),
  ...(['abs', 'neg', 'sign', 'square', 'clip', 'bitwise_not'] as const).map((fn) => wholeRow(fn, 's32')),
  wholeRow('not', 'bool'),
];
