import { elements, type NodeOf } from '../ir/graph.js';
import { activationRange, denseMultipliers } from '../ops/quantised.js';
import { type Product, product } from './dsp-scale.js';
import type { Kernel, Layer, Site } from './kernel.js';
import { copyCost, denseCost } from './mve-cost.js';
import { blocksOf, commonScale, fitsMve, groupField } from './mve-pack.js';
import { AccessOrder } from './overlap.js';
import { rangeField } from './pack.js';

const actOf = (site: Site) => (site.node as NodeOf<'fully_connected'>).attr.act;

function productOf(site: Site): Product {
  const [x, w, b] = site.inputs;
  return product(x!, w!, b, site.middle, denseMultipliers(x!, w!, site.middle, w!.shape[0]!));
}

const rowsOf = ({ inputs }: Site): number => elements(inputs[0]!.shape) / inputs[1]!.shape[1]!;

/** Negative halves are always rounded rightly, so all shifts are to the right. */
function fits(site: Site): boolean {
  const [x, w] = site.inputs;
  const int8 = w!.data !== undefined && [x!, w!, site.output].every((t) => t.type === 's8');
  if (!int8) return false;
  const p = productOf(site);
  return fitsMve({ ...p, zero: 0 }, actOf(site), site.middle);
}

function layer(site: Site): Layer {
  const p = productOf(site);
  const scale = commonScale(p);
  return {
    struct: 'nn_fully_connected_s8_mve_layer',
    fields: [
      groupField(site, p, scale === undefined),
      { comment: 'rows', values: [rowsOf(site)] },
      { comment: 'values in, out', values: [p.depth, p.channels] },
      {
        comment: 'scale of all channels: multiplier (0 = each has its own), bits to the left',
        values: scale ?? [0, 0],
      },
      rangeField(site.middle, activationRange(actOf(site), site.middle)),
    ],
  };
}

/** Each row is copied before its outputs are written. */
export function rowDistance(site: Site): number {
  const [channels, depth] = site.inputs[1]!.shape as [number, number];
  const order = new AccessOrder();
  for (let row = 0; row < rowsOf(site); row++) {
    order.read(row * depth);
    order.write((row + 1) * channels);
  }
  return order.distance;
}

/** int8 fully connected layer, 4 channels per tile. */
export const fullyConnectedMve: Kernel = {
  symbol: 'nn_fully_connected_s8__mve',
  file: 'nn_fully_connected_s8_mve.h',
  op: 'fully_connected',
  needs: ['mve'],
  fits,
  layer,
  scratch: (site) => 16 * blocksOf(site.inputs[1]!.shape[1]!),
  overlap: (site, index) => (index === 0 ? rowDistance(site) : null),
  cost: (site) => {
    const p = productOf(site);
    const perRow = denseCost(blocksOf(p.depth), p.channels, commonScale(p) !== undefined) + copyCost(p.depth) + 8;
    return { instructions: rowsOf(site) * perRow + 20 };
  },
};
