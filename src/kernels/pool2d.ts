import { elements, type NodeOf } from '../ir/graph.js';
import { activationRange, activationRangeF32 } from '../ops/quantised.js';
import { costs } from './cost.js';
import { channelwise, geometryOf, imageFields } from './geometry.js';
import type { Kernel, Layer, Site, Work } from './kernel.js';
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

/** Outputs, their taps and rows of taps. */
function work(site: Site): Work {
  const [h, w] = attrOf(site).filter;
  const outputs = elements(site.output.shape);
  return { taps: h * w * outputs, rows: h * outputs, outputs };
}

function poolRow(op: PoolKind, type: Type): Kernel {
  const symbol = `nn_${op}_${type}`;
  const prices = type === 'f32' ? { taps: 4, rows: 0, outputs: 20 } : { taps: 2, rows: 2, outputs: 12 };
  return {
    symbol,
    file: `nn_pool2d_${type}.h`,
    op,
    needs: [],
    rows: true,
    fits: ({ inputs: [x], output }) => x!.type === type && output.type === type,
    layer: (site) => poolLayer(site, type),
    overlap: (site) => channelwise(geometryOf(site), new AccessOrder(), type === 'f32' ? 4 : 1),
    ...costs(symbol, work, prices),
  };
}

/** Instructions of groups of 4 channels and of channels left over, measured on a Cortex-M4. */
function dspCost(op: PoolKind, site: Site): number {
  const [h, w] = attrOf(site).filter;
  const channels = site.output.shape[3]!;
  const [perGroup, start] = op === 'max_pool2d' ? [3 * h * w + 2, 0] : [3 * h * w + 3.6 * h + 58, 25];
  const perPixel = start + Math.floor(channels / 4) * perGroup + (channels % 4) * (2 * h * w + 2 * h + 20);
  return Math.round((elements(site.output.shape) / channels) * perPixel);
}

/** The same, four int8 channels at a time. */
function dspRow(op: PoolKind): Kernel {
  const { work: _, prices: __, ...plain } = poolRow(op, 's8');
  return {
    ...plain,
    symbol: `nn_${op}_s8__dsp`,
    file: 'nn_pool2d_s8_dsp.h',
    needs: ['dsp'],
    fits: (site) => {
      // Sums of 16 bits.
      const hasRoom = op === 'max_pool2d' || elements(attrOf(site).filter) < 256;
      return plain.fits(site) && site.output.shape[3]! >= 4 && hasRoom;
    },
    cost: (site) => ({ instructions: dspCost(op, site) }),
  };
}

/** Counted from the assembly; the C around it measured. */
function mveCost(op: PoolKind, site: Site): number {
  const [h, w] = attrOf(site).filter;
  const channels = site.output.shape[3]!;
  const [lanes, finish] = op === 'max_pool2d' ? [16, 10] : [8, 27];
  const perPixel = 55 + Math.ceil(channels / lanes) * (h * (5 * w + 4) + finish);
  return Math.round((elements(site.output.shape) / channels) * perPixel);
}

/** The same, 8 or 16 channels at a time. */
function mveRow(op: PoolKind): Kernel {
  const dsp = dspRow(op);
  return {
    ...dsp,
    symbol: `nn_${op}_s8__mve`,
    file: 'nn_pool2d_s8_mve.h',
    needs: ['mve'],
    cost: (site) => ({ instructions: mveCost(op, site) }),
  };
}

/** Averages and maxima over windows. */
export const pool2d: readonly Kernel[] = [
  poolRow('average_pool2d', 's8'),
  poolRow('max_pool2d', 's8'),
  dspRow('average_pool2d'),
  dspRow('max_pool2d'),
  mveRow('average_pool2d'),
  mveRow('max_pool2d'),
  poolRow('average_pool2d', 'f32'),
  poolRow('max_pool2d', 'f32'),
];
