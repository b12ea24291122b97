import type { NodeOf } from '../ir/graph.js';
import { activationRange, denseMultipliers } from '../ops/quantised.js';
import { isInt8Dense, rowsOf } from './dense.js';
import { type Product, product } from './dsp-scale.js';
import type { Field, Kernel, Layer, Site } from './kernel.js';
import { copyCost, denseCost, denseTilesCost } from './mve-cost.js';
import { blocksOf, commonScale, fitsMve, groupField } from './mve-pack.js';
import { countTiles, groupFields, groupTiles } from './mve-tiles.js';
import { AccessOrder } from './overlap.js';
import { rangeField } from './pack.js';

const actOf = (site: Site) => (site.node as NodeOf<'fully_connected'>).attr.act;

function productOf(site: Site): Product {
  const [x, w, b] = site.inputs;
  return product(x!, w!, b, site.middle, denseMultipliers(x!, w!, site.middle, w!.shape[0]!));
}

/** Negative halves are always rounded rightly, so all shifts are to the right. */
function fits(site: Site): boolean {
  if (!isInt8Dense(site)) return false;
  const p = productOf(site);
  return fitsMve({ ...p, zero: 0 }, actOf(site), site.middle);
}

/** Fields after the weights. */
function otherFields(site: Site, p: Product): Field[] {
  const scale = commonScale(p) ?? [0, 0];
  return [
    { comment: 'rows', values: [rowsOf(site)] },
    { comment: 'values in, out', values: [p.depth, p.channels] },
    { comment: 'scale of all channels: multiplier (0 = each has its own), bits to the left', values: scale },
    rangeField(site.middle, activationRange(actOf(site), site.middle)),
  ];
}

function layer(site: Site): Layer {
  const p = productOf(site);
  return {
    struct: 'nn_fully_connected_s8_mve_layer',
    fields: [groupField(site, p, commonScale(p) === undefined), ...otherFields(site, p)],
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

/** All rows, each copied first. */
function cost(site: Site, perRow: (p: Product, isCommon: boolean) => number) {
  const p = productOf(site);
  return { instructions: rowsOf(site) * (perRow(p, commonScale(p) !== undefined) + copyCost(p.depth) + 8) + 20 };
}

const base = {
  op: 'fully_connected',
  needs: ['mve'],
  fits,
  overlap: (site: Site, index: number) => (index === 0 ? distance(site) : null),
} as const;

/** int8 fully connected layer, 4 channels per tile. */
export const fullyConnectedMve: Kernel = {
  ...base,
  symbol: 'nn_fully_connected_s8__mve',
  file: 'nn_fully_connected_s8_mve.h',
  layer,
  scratch: (site) => 16 * blocksOf(site.inputs[1]!.shape[1]!),
  cost: (site) => cost(site, (p, isCommon) => denseCost(blocksOf(p.depth), p.channels, isCommon)),
};

function tilesLayer(site: Site): Layer {
  const p = productOf(site);
  return {
    struct: 'nn_fully_connected_s8_tiles_mve_layer',
    fields: [...groupFields(site, p, commonScale(p) === undefined), ...otherFields(site, p)],
  };
}

/** The same with sparse weights, in tiles of 4 channels x 16 values. */
export const fullyConnectedTilesMve: Kernel = {
  ...base,
  symbol: 'nn_fully_connected_s8_tiles__mve',
  file: 'nn_fully_connected_s8_tiles_mve.h',
  format: 'blocks 4x16',
  layer: tilesLayer,
  scratch: (site) => site.inputs[1]!.shape[1]! + 15,
  cost: (site) => cost(site, (p, isCommon) => denseTilesCost(countTiles(groupTiles(p)), p.channels, isCommon)),
};
