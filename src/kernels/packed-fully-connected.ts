import type { NodeOf } from '../ir/graph.js';
import { activationRange, denseMultipliers, zeroPoint } from '../ops/quantised.js';
import { listEntries, packWhole } from '../sparse/list.js';
import { costs } from './cost.js';
import { isInt8Dense, rowsOf, sizesOf } from './dense.js';
import type { Field, Kernel, Layer, Site } from './kernel.js';
import { AccessOrder } from './overlap.js';
import { foldZeroPoint, siteArray, sumWeights } from './pack.js';
import { reach } from './packed.js';
import { type Staircase, staircaseOf } from './steps.js';

/** Sums of channels stay below 2^23: 255 times the magnitudes of the weights. */
const mostMagnitude = 2 ** 15;

export interface Dense {
  readonly stairs: Staircase;
  /** [channels]: the bias, less the zero point and what inputs + 128 add */
  readonly bias: readonly number[];
}

/** One scale for all channels, right for all sums that any of them can have. */
export function denseOf(site: Site): Dense | null {
  const [x, w, b] = site.inputs;
  const [channels, depth] = sizesOf(site);
  const { multiplier, shift } = denseMultipliers(x!, w!, site.middle, channels);
  if (multiplier.some((m) => m !== multiplier[0]) || shift.some((s) => s !== shift[0])) return null;
  const sums = sumWeights(w!.data!, channels, (i) => Math.floor(i / depth));
  const bias = foldZeroPoint(b?.data, sums, zeroPoint(x!));
  let [low, high] = [0, 0];
  for (let c = 0; c < channels; c++) {
    const weights = Array.from(w!.data!.slice(c * depth, (c + 1) * depth));
    if (weights.reduce((n, v) => n + Math.abs(v), 0) >= mostMagnitude) return null;
    const [least, most] = reach(weights, bias[c]!);
    [low, high] = [Math.min(low, least), Math.max(high, most)];
  }
  const zero = zeroPoint(site.middle);
  const stairs = staircaseOf({ low, high, multiplier: multiplier[0]!, shift: shift[0]!, zero });
  return stairs && { stairs, bias: bias.map((v, c) => v - 128 * sums[c]!) };
}

export function fits(site: Site): boolean {
  const [low, high] = activationRange((site.node as NodeOf<'fully_connected'>).attr.act, site.middle);
  return isInt8Dense(site) && low === -128 && high === 127 && denseOf(site) !== null;
}

/** Words of four channels, low byte first; channels and taps that fill up are 0. */
function weightsField(site: Site): Field {
  const [channels, depth] = sizesOf(site);
  const data = site.inputs[1]!.data!;
  const [groups, taps] = [Math.ceil(channels / 4), 3 * Math.ceil(depth / 3)];
  const byte = (c: number, k: number) => 128 + (c < channels && k < depth ? data[c * depth + k]! : 0);
  const words: number[] = [];
  for (let c = 0; c < 4 * groups; c += 4)
    for (let k = 0; k < taps; k++)
      words.push(byte(c, k) + 2 ** 8 * byte(c + 1, k) + 2 ** 16 * byte(c + 2, k) + 2 ** 24 * byte(c + 3, k));
  const layout = `[${groups} groups of 4 channels][${taps} taps]`;
  return { comment: 'weights + 128', values: [siteArray(site, 'weights', 'uint32_t', words, layout)] };
}

/** Members `limit, ..., away` of the layers. */
export const stairsField = (s: Staircase): Field => ({
  comment: 'from sums to stored values: limit, fraction, factor, start, middle, away',
  values: [s.limit, s.fraction, s.factor, s.start, s.middle, s.away],
});

function layer(site: Site): Layer {
  const [channels, depth] = sizesOf(site);
  const { stairs: s, bias } = denseOf(site)!;
  const offsets = Array.from({ length: 4 * Math.ceil(channels / 4) }, (_, c) => ((bias[c] ?? 0) + s.offset) | 0);
  return {
    struct: 'nn_fully_connected_s8_packed_layer',
    fields: [
      weightsField(site),
      { comment: 'offsets', values: [siteArray(site, 'offsets', 'int32_t', offsets, `[${offsets.length} channels]`)] },
      { comment: 'rows', values: [rowsOf(site)] },
      { comment: 'values in, out', values: [depth, channels] },
      stairsField(s),
    ],
  };
}

/** Each row is copied before its outputs are written. */
export function distance(site: Site): number {
  const [channels, depth] = sizesOf(site);
  const order = new AccessOrder();
  for (let row = 0; row < rowsOf(site); row++) {
    order.read(row * depth);
    order.write((row + 1) * channels);
  }
  return order.distance;
}

/** Taps of groups of four channels, groups, inputs copied. */
function work(site: Site) {
  const [channels, depth] = sizesOf(site);
  const groups = rowsOf(site) * Math.ceil(channels / 4);
  return { taps: groups * 3 * Math.ceil(depth / 3), groups, inputs: rowsOf(site) * depth };
}

/** int8 fully connected layer of one scale, the weights of four channels in a word. */
export const fullyConnectedPacked: Kernel = {
  symbol: 'nn_fully_connected_s8__packed',
  file: 'nn_fully_connected_s8_packed.h',
  op: 'fully_connected',
  needs: ['packed'],
  fits,
  layer,
  scratch: (site) => 3 * Math.ceil(sizesOf(site)[1] / 3),
  overlap: (site, index) => (index === 0 ? distance(site) : null),
  passes: rowsOf,
  ...costs('nn_fully_connected_s8__packed', work, { taps: 11, groups: 120, inputs: 6 }),
};

/** The weights that are not 0, channel by channel. */
function listsOf(site: Site): number[][] {
  const [channels, depth] = sizesOf(site);
  const row = (c: number) => Array.from(site.inputs[1]!.data!.slice(c * depth, (c + 1) * depth));
  return Array.from({ length: channels }, (_, c) => packWhole(listEntries(row(c))));
}

function listLayer(site: Site): Layer {
  const [channels, depth] = sizesOf(site);
  const { stairs: s, bias } = denseOf(site)!;
  const layout = `[${channels} channels] number of entries, entries: distance * 256 + weight`;
  const offsets = bias.map((b) => (b + s.offset) | 0);
  return {
    struct: 'nn_fully_connected_s8_list_packed_layer',
    fields: [
      { comment: 'weights', values: [siteArray(site, 'weights', 'uint16_t', listsOf(site).flat(), layout)] },
      { comment: 'offsets', values: [siteArray(site, 'offsets', 'int32_t', offsets, `[${channels} channels]`)] },
      { comment: 'rows', values: [rowsOf(site)] },
      { comment: 'values in, out', values: [depth, channels] },
      stairsField(s),
    ],
  };
}

/** Entries, channels, inputs copied. */
function listWork(site: Site) {
  const [channels, depth] = sizesOf(site);
  const entries = listsOf(site).reduce((n, list) => n + list.length - 1, 0);
  const rows = rowsOf(site);
  return { entries: rows * entries, channels: rows * channels, inputs: rows * depth };
}

const list = {
  symbol: 'nn_fully_connected_s8_list__packed',
  file: 'nn_fully_connected_s8_list_packed.h',
  op: 'fully_connected',
  format: 'list',
  fits: (site: Site) => sizesOf(site)[1] < 2 ** 15 && fits(site),
  layer: listLayer,
  scratch: (site: Site) => sizesOf(site)[1],
  overlap: (site: Site, index: number) => (index === 0 ? distance(site) : null),
  passes: rowsOf,
} as const satisfies Partial<Kernel>;

/** The same with weights many of which are 0. */
export const fullyConnectedListPacked: Kernel = {
  ...list,
  needs: ['packed'],
  ...costs('nn_fully_connected_s8_list__packed', listWork, { entries: 7.42, channels: 45.4, inputs: 2.61 }),
};

/** Also for cores with the DSP extension, whose instructions for several values gain nothing from single weights. */
export const fullyConnectedListDsp: Kernel = {
  ...list,
  needs: ['dsp'],
  ...costs('nn_fully_connected_s8_list__packed', listWork, { entries: 5.4, channels: 46, inputs: 4 }),
};
