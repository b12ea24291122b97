import { elements, type NodeOf } from '../ir/graph.js';
import { activationRange, activationRangeF32 } from '../ops/quantised.js';
import { channelwise, geometryOf, imageFields } from './geometry.js';
import type { Kernel, Layer, Site } from './kernel.js';
import { AccessOrder } from './overlap.js';

type PoolKind = 'average_pool2d' | 'max_pool2d';
type Type = 's8' | 'f32';

const attrOf = (site: Site) => (site.node as NodeOf<PoolKind>).attr;

function poolLayer(site: Site, type: Type): Layer {
  const g = geometryOf(site);
  const { act } = attrOf(site);
  return {
    struct: `nn_pool2d_${type}_layer`,
    fields: [
      ...imageFields(g),
      { comment: 'output', values: [g.outH, g.outW] },
      { comment: 'window', values: g.kernel },
      { comment: 'stride', values: g.stride },
      { comment: 'padding at the top, left', values: [g.pad[0], g.pad[2]] },
      {
        comment: 'output: least, most',
        values: type === 'f32' ? activationRangeF32(act) : activationRange(act, site.output),
      },
    ],
  };
}

function poolRow(op: PoolKind, type: Type): Kernel {
  return {
    symbol: `nn_${op}_${type}`,
    file: `nn_pool2d_${type}.h`,
    op,
    needs: [],
    rows: true,
    fits: ({ inputs: [x], output }) => x!.type === type && output.type === type,
    layer: (site) => poolLayer(site, type),
    overlap: (site) => channelwise(geometryOf(site), new AccessOrder(), type === 'f32' ? 4 : 1),
    cost: (site) => ({ instructions: (4 * elements(attrOf(site).filter) + 20) * elements(site.output.shape) }),
  };
}

/** Averages and maxima over windows. */
export const pool2d: readonly Kernel[] = [
  poolRow('average_pool2d', 's8'),
  poolRow('max_pool2d', 's8'),
  poolRow('average_pool2d', 'f32'),
  poolRow('max_pool2d', 'f32'),
];
