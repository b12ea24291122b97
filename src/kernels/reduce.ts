import { type DType, elements, type NodeOf, type ReduceFn } from '../ir/graph.js';
import { quantizeParams, zeroPoint } from '../ops/quantised.js';
import { walkField, walksOf } from './axes.js';
import type { Kernel, Layer, Site } from './kernel.js';

const attr = (site: Site) => (site.node as NodeOf<'reduce'>).attr;

/** Axes of either kind that the C kernels loop over: NN_REDUCE_AXES. */
const mostAxes = 4;

const walks = (site: Site, gone: boolean) =>
  walksOf(site.inputs[0]!.shape, (axis) => attr(site).axes.includes(axis) === gone);

const fits =
  (fns: readonly ReduceFn[], type: DType) =>
  (site: Site): boolean =>
    site.inputs[0]!.type === type &&
    fns.includes(attr(site).fn) &&
    walks(site, true).length <= mostAxes &&
    walks(site, false).length <= mostAxes;

const layout = '[axes][size, elements from one to the next]';

const layer = (site: Site): Layer => ({
  struct: 'nn_reduce_layer',
  fields: [
    walkField(site, 'kept', walks(site, false), mostAxes, layout),
    walkField(site, 'reduced', walks(site, true), mostAxes, layout),
    { comment: 'outputs', values: [elements(site.output.shape)] },
  ],
});

const row = (name: string, type: DType, fns: readonly ReduceFn[], fitted: DType = type): Kernel => ({
  symbol: `nn_reduce_${name}_${type}`,
  file: 'nn_reduce.h',
  op: 'reduce',
  needs: [],
  fits: fits(fns, fitted),
  layer,
  cost: (site) => ({
    instructions:
      (name === 'log_sum_exp' ? 100 : 6) * elements(site.inputs[0]!.shape) + 40 * elements(site.output.shape),
  }),
});

/** Sums of stored values. */
const storedSum: Kernel = {
  ...row('sum', 's8', ['sum']),
  layer(site) {
    const [x, y] = [site.inputs[0]!, site.output];
    const count = elements(x.shape) / elements(y.shape);
    const { multiplier, shift } = quantizeParams(x, y);
    return {
      struct: 'nn_reduce_sum_s8_layer',
      fields: [
        ...layer(site).fields,
        { comment: 'zero point of the input * values of a sum', values: [zeroPoint(x) * count] },
        { comment: 'scale: multiplier, right shift less one', values: [multiplier, -shift - 1] },
        { comment: 'zero point of the output', values: [zeroPoint(y)] },
      ],
    };
  },
};

const floats = ['sum', 'prod', 'max', 'min', 'l1', 'sum_square', 'l2', 'log_sum', 'log_sum_exp'] as const;
const whole = ['sum', 'prod', 'max', 'min', 'l1', 'sum_square'] as const;

/** Values of any axes brought together; truth values are bytes, whose greatest is `any` and least is `all`. */
export const reduce: readonly Kernel[] = [
  ...floats.map((fn) => row(fn, 'f32', [fn])),
  ...whole.map((fn) => row(fn, 's32', [fn])),
  ...(['max', 'min'] as const).flatMap((fn) => [row(fn, 's8', [fn]), row(fn, 's16', [fn]), row(fn, 'u8', [fn])]),
  row('max', 'u8', ['any'], 'bool'),
  row('min', 'u8', ['all'], 'bool'),
  storedSum,
];
