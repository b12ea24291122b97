import type { NodeOf } from '../ir/graph.js';
import { activationRange, activationRangeF32, zeroPoint } from '../ops/quantised.js';
import { svdfParams } from '../ops/recurrent/params.js';
import type { CType, Field, Kernel, Layer, Site } from './kernel.js';
import { siteArray, storedShift, sumWeights } from './pack.js';

const rankOf = (site: Site): number => (site.node as NodeOf<'svdf'>).attr.rank;
const actOf = (site: Site) => (site.node as NodeOf<'svdf'>).attr.act;

const sizes = (site: Site): Field => {
  const [x, feature, time] = site.inputs;
  const [filters, inputs] = feature!.shape as [number, number];
  const rank = rankOf(site);
  const values = [x!.shape[0]!, inputs, filters / rank, rank, time!.shape[1]!];
  return { comment: 'batch, inputs, units, rank, memory', values };
};

const array = (site: Site, role: string, index: number, type: CType): Field => ({
  comment: role,
  values: [siteArray(site, role, type, site.inputs[index]!.data!, `[${site.inputs[index]!.shape}]`)],
});

const cost =
  (perMac: number) =>
  ({ inputs: [x, feature, time] }: Site) => ({
    instructions: x!.shape[0]! * (perMac * (feature!.data!.length + time!.data!.length) + 20 * feature!.shape[0]!),
  });

const layerF32 = (site: Site): Layer => ({
  struct: 'nn_svdf_f32_layer',
  fields: [
    array(site, 'feature', 1, 'float'),
    array(site, 'time', 2, 'float'),
    array(site, 'bias', 3, 'float'),
    sizes(site),
    { comment: 'output: least, most', values: activationRangeF32(actOf(site)) },
  ],
});

function layerS8(site: Site, struct: string, type: CType): Layer {
  const [x, feature, time, , state] = site.inputs;
  const p = svdfParams(x!, feature!, time!, state!, site.output);
  const [filters, inputs] = feature!.shape as [number, number];
  const sums = sumWeights(feature!.data!, filters, (i) => Math.floor(i / inputs));
  const folded = sums.map((sum) => -zeroPoint(x!) * sum);
  return {
    struct,
    fields: [
      array(site, 'feature', 1, 'int8_t'),
      array(site, 'time', 2, type),
      { comment: 'zero point of the input', values: [siteArray(site, 'folded', 'int32_t', folded, '[units][rank]')] },
      array(site, 'bias', 3, 'int32_t'),
      sizes(site),
      { comment: 'feature -> state', values: [p.feature.multiplier, storedShift(p.feature.shift)] },
      { comment: 'sum over time -> output', values: [p.output.multiplier, storedShift(p.output.shift)] },
      {
        comment: 'output: zero point, least, most',
        values: [zeroPoint(site.output), ...activationRange(actOf(site), site.output)],
      },
    ],
  };
}

const stored = (symbol: string, state: 's8' | 's16', type: CType): Kernel => ({
  symbol,
  file: `${symbol}.h`,
  op: 'svdf',
  needs: [],
  fits: (site) => site.inputs[0]!.type === 's8' && site.inputs[4]!.type === state,
  layer: (site) => layerS8(site, `${symbol}_layer`, type),
  cost: cost(5),
});

/** Layers of low rank over the last inputs; the state is updated where it lies. */
export const svdf: readonly Kernel[] = [
  {
    symbol: 'nn_svdf_f32',
    file: 'nn_svdf_f32.h',
    op: 'svdf',
    needs: [],
    fits: (site) => site.inputs[0]!.type === 'f32',
    layer: layerF32,
    cost: cost(7),
  },
  stored('nn_svdf_s8', 's8', 'int8_t'),
  stored('nn_svdf_s8_s16', 's16', 'int16_t'),
];
