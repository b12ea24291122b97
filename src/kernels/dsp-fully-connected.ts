import type { NodeOf } from '../ir/graph.js';
import { denseMultipliers } from '../ops/quantised.js';
import { isInt8Dense, rowsOf } from './dense.js';
import { blockCost, denseCost } from './dsp-cost.js';
import { hasRoom } from './dsp-pack.js';
import { blockFields, countRowBlocks, denseFields, type RowTaps } from './dsp-row-pack.js';
import { fitsDsp, type Product, product, roundsAway } from './dsp-scale.js';
import type { Kernel, Layer, Site } from './kernel.js';
import { AccessOrder } from './overlap.js';

function productOf(site: Site): Product {
  const [x, w, b] = site.inputs;
  return product(x!, w!, b, site.middle, denseMultipliers(x!, w!, site.middle, w!.shape[0]!));
}

function fits(site: Site): boolean {
  const { act } = (site.node as NodeOf<'fully_connected'>).attr;
  return isInt8Dense(site) && fitsDsp(productOf(site), act, site.middle);
}

/** Dense weights are there once: two channels must have room in a half. Blocks may come twice. */
const fitsDense = (site: Site): boolean => fits(site) && hasRoom(productOf(site));

function layer(site: Site): Layer {
  const p = productOf(site);
  const dense = denseFields(site, p);
  return {
    struct: 'nn_fully_connected_s8_dsp_layer',
    fields: [
      dense.weights,
      { comment: 'rows', values: [rowsOf(site)] },
      { comment: 'values in, out', values: [p.depth, p.channels] },
      dense.kind,
    ],
  };
}

/** Each row is copied before its outputs are written. */
function distance(site: Site): number {
  const [channels, depth] = site.inputs[1]!.shape as [number, number];
  const order = new AccessOrder();
  for (let row = 0; row < rowsOf(site); row++) {
    order.read(row * depth);
    order.write((row + 1) * channels);
  }
  return order.distance;
}

const base = {
  op: 'fully_connected',
  needs: ['dsp'],
  fits,
  pace: 1.44,
  passes: rowsOf,
  scratch: (site: Site) => 16 * Math.ceil(site.inputs[1]!.shape[1]! / 8),
  overlap: (site: Site, index: number) => (index === 0 ? distance(site) : null),
} as const;

/** int8 fully connected layer, 4 channels per tile. */
export const fullyConnectedDsp: Kernel = {
  ...base,
  symbol: 'nn_fully_connected_s8__dsp',
  file: 'nn_fully_connected_s8_dsp.h',
  layer,
  fits: fitsDense,
  cost: (site, target) => {
    const [channels, depth] = site.inputs[1]!.shape as [number, number];
    return { instructions: Math.round(rowsOf(site) * denseCost(depth, channels, roundsAway(productOf(site)), target)) };
  },
};

function blockLayer(site: Site, taps: RowTaps): Layer {
  const p = productOf(site);
  const blocks = blockFields(site, p, taps);
  return {
    struct: 'nn_fully_connected_s8_blocks_layer',
    fields: [
      blocks.weights,
      { comment: 'rows', values: [rowsOf(site)] },
      { comment: 'values in, out', values: [p.depth, p.channels] },
      blocks.taps,
      blocks.kind,
    ],
  };
}

/** The same with sparse weights, in blocks of 4 channels x `taps` inputs. */
const fullyConnectedBlocks = (taps: RowTaps): Kernel => ({
  ...base,
  symbol: 'nn_fully_connected_s8_blocks__dsp',
  file: 'nn_fully_connected_s8_blocks_dsp.h',
  format: `blocks 4x${taps}`,
  layer: (site) => blockLayer(site, taps),
  cost: (site) => {
    const p = productOf(site);
    return { instructions: Math.round(rowsOf(site) * blockCost(p, countRowBlocks(p, taps), taps)) };
  },
});

export const fullyConnectedBlocksDsp: readonly Kernel[] = [fullyConnectedBlocks(8), fullyConnectedBlocks(4)];
