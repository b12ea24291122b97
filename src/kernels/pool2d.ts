import { elements, type NodeOf } from '../ir/graph.js';
import { activationRange } from '../ops/quantised.js';
import { channelwise, geometryOf, imageFields } from './geometry.js';
import type { Kernel, Layer, Site } from './kernel.js';
import { AccessOrder } from './overlap.js';

type Pool = NodeOf<'average_pool2d'> | NodeOf<'max_pool2d'>;

function poolLayer(site: Site): Layer {
  const g = geometryOf(site);
  const range = activationRange((site.node as Pool).attr.act, site.output);
  return {
    struct: 'nn_pool2d_s8_layer',
    fields: [
      ...imageFields(g),
      { comment: 'output', values: [g.outH, g.outW] },
      { comment: 'window', values: g.kernel },
      { comment: 'stride', values: g.stride },
      { comment: 'padding at the top, left', values: [g.pad[0], g.pad[2]] },
      { comment: 'output: least, most', values: range },
    ],
  };
}

const taps = (site: Site): number => {
  const { filter } = (site.node as Pool).attr;
  return filter[0] * filter[1];
};

const base = {
  file: 'nn_pool2d_s8.h',
  needs: [],
  rows: true,
  fits: ({ inputs: [x], output }: Site) => x!.type === 's8' && output.type === 's8',
  layer: poolLayer,
  overlap: (site: Site) => channelwise(geometryOf(site), new AccessOrder(), 1),
} as const;

/** int8 average over the window. */
export const averagePool2d: Kernel = {
  ...base,
  symbol: 'nn_average_pool2d_s8',
  op: 'average_pool2d',
  cost: (site) => ({ instructions: (4 * taps(site) + 20) * elements(site.output.shape) }),
};

/** int8 maximum over the window. */
export const maxPool2d: Kernel = {
  ...base,
  symbol: 'nn_max_pool2d_s8',
  op: 'max_pool2d',
  cost: (site) => ({ instructions: (5 * taps(site) + 12) * elements(site.output.shape) }),
};
