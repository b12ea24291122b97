import { elements, type NodeOf } from '../ir/graph.js';
import { activationRange } from '../ops/quantised.js';
import { costs } from './cost.js';
import { denseFields, isInt8Dense, rowsOf, sizesOf } from './dense.js';
import type { Kernel, Layer, Site } from './kernel.js';
import { blockLayout, packBlocks, rangeField, siteArray } from './pack.js';

function denseLayer(site: Site): Layer {
  const [channels, depth] = sizesOf(site);
  const { act } = (site.node as NodeOf<'fully_connected'>).attr;
  const { arrays, plain } = denseFields(site);
  const packed = packBlocks(site.inputs[1]!.data!, channels, depth);
  return {
    struct: 'nn_fully_connected_s8_layer',
    fields: [
      { comment: 'weights', values: [siteArray(site, 'weights', 'int8_t', packed, blockLayout(channels, depth))] },
      ...arrays,
      { comment: 'rows', values: [rowsOf(site)] },
      { comment: 'values in, out', values: [depth, channels] },
      plain,
      rangeField(site.middle, activationRange(act, site.middle)),
    ],
  };
}

/** int8 fully connected layer, 4 outputs per tile. Every output needs all inputs, so it never writes over them. */
export const fullyConnected: Kernel = {
  symbol: 'nn_fully_connected_s8',
  file: 'nn_fully_connected_s8.h',
  op: 'fully_connected',
  needs: [],
  fits: isInt8Dense,
  layer: denseLayer,
  ...costs(
    'nn_fully_connected_s8',
    ({ inputs, output }) => ({ macs: inputs[1]!.shape[1]! * elements(output.shape), outputs: elements(output.shape) }),
    { macs: 2.5, outputs: 16 },
  ),
};
