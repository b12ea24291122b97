import { elements, type NodeOf } from '../ir/graph.js';
import { activationRange, denseMultipliers, zeroPoint } from '../ops/quantised.js';
import { costs } from './cost.js';
import type { Kernel, Layer, Site } from './kernel.js';
import {
  blockLayout,
  channelFields,
  foldZeroPoint,
  greatestSum,
  packBlocks,
  rangeField,
  siteArray,
  sumWeights,
} from './pack.js';

function denseLayer(site: Site): Layer {
  const [x, w, b] = site.inputs;
  const [channels, depth] = w!.shape as [number, number];
  const { act } = (site.node as NodeOf<'fully_connected'>).attr;
  const channelOf = (i: number) => Math.floor(i / depth);
  const bias = foldZeroPoint(b?.data, sumWeights(w!.data!, channels, channelOf), zeroPoint(x!));
  const greatest = greatestSum(w!.data!, bias, channels, channelOf);
  const { arrays, plain } = channelFields(site, bias, denseMultipliers(x!, w!, site.middle, channels), greatest);
  const packed = packBlocks(w!.data!, channels, depth);
  return {
    struct: 'nn_fully_connected_s8_layer',
    fields: [
      { comment: 'weights', values: [siteArray(site, 'weights', 'int8_t', packed, blockLayout(channels, depth))] },
      ...arrays,
      { comment: 'rows', values: [elements(x!.shape) / depth] },
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
  fits: ({ inputs: [x, w], output }) => w!.data !== undefined && [x!, w!, output].every((t) => t.type === 's8'),
  layer: denseLayer,
  ...costs(
    'nn_fully_connected_s8',
    ({ inputs, output }) => ({ macs: inputs[1]!.shape[1]! * elements(output.shape), outputs: elements(output.shape) }),
    { macs: 2.5, outputs: 16 },
  ),
};
