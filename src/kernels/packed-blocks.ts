/** Fully connected layers whose zeros lie in blocks, the weights of four channels in a word (nn_packed_dense_blocks_s8.h). */
import { costs } from './cost.js';
import { rowsOf, sizesOf } from './dense.js';
import type { Kernel, Layer, Site } from './kernel.js';
import { siteArray } from './pack.js';
import { denseOf, distance, fits, stairsField } from './packed-fully-connected.js';

const taps = 8;
const isLast = 2 ** 31;

/** The first taps of the blocks of four channels that are not all 0; one where there are none. */
function blocksOf(site: Site, group: number): number[] {
  const [channels, depth] = sizesOf(site);
  const data = site.inputs[1]!.data!;
  const last = Math.min(4 * group + 4, channels);
  const isThere = (from: number): boolean => {
    for (let c = 4 * group; c < last; c++)
      for (let k = from; k < Math.min(from + taps, depth); k++) if (data[c * depth + k] !== 0) return true;
    return false;
  };
  const all = Array.from({ length: Math.ceil(depth / taps) }, (_, i) => taps * i).filter(isThere);
  return all.length ? all : [0];
}

/** Head and taps of a block. */
function words(site: Site, group: number, from: number, last: boolean): number[] {
  const [channels, depth] = sizesOf(site);
  const data = site.inputs[1]!.data!;
  const byte = (c: number, k: number) => 128 + (c < channels && k < depth ? data[c * depth + k]! : 0);
  const word = (k: number) => [0, 1, 2, 3].reduce((n, i) => n + 256 ** i * byte(4 * group + i, k), 0);
  return [from + (last ? isLast : 0), ...Array.from({ length: taps }, (_, i) => word(from + i))];
}

const groupsOf = (site: Site): number[] => Array.from({ length: Math.ceil(sizesOf(site)[0] / 4) }, (_, i) => i);

function layer(site: Site): Layer {
  const [channels, depth] = sizesOf(site);
  const { stairs, bias } = denseOf(site)!;
  const groups = groupsOf(site);
  const blocks = groups.flatMap((g) =>
    blocksOf(site, g).flatMap((from, i, all) => words(site, g, from, i + 1 === all.length)),
  );
  const layout = `[${groups.length} groups of 4 channels] blocks: first tap, + 2^31 in the last; ${taps} taps`;
  const offsets = Array.from({ length: 4 * groups.length }, (_, c) => ((bias[c] ?? 0) + stairs.offset) | 0);
  return {
    struct: 'nn_fully_connected_s8_blocks_packed_layer',
    fields: [
      { comment: 'weights + 128', values: [siteArray(site, 'blocks', 'uint32_t', blocks, layout)] },
      { comment: 'offsets', values: [siteArray(site, 'offsets', 'int32_t', offsets, `[${offsets.length} channels]`)] },
      { comment: 'rows', values: [rowsOf(site)] },
      { comment: 'values in, out', values: [depth, channels] },
      stairsField(stairs),
    ],
  };
}

/** Blocks, groups, inputs copied. */
function work(site: Site) {
  const groups = groupsOf(site);
  const rows = rowsOf(site);
  return {
    blocks: rows * groups.reduce((n, g) => n + blocksOf(site, g).length, 0),
    groups: rows * groups.length,
    inputs: rows * sizesOf(site)[1],
  };
}

/** int8 fully connected layer of one scale, blocks of four channels and eight inputs. */
export const fullyConnectedBlocksPacked: Kernel = {
  symbol: 'nn_fully_connected_s8_blocks__packed',
  file: 'nn_fully_connected_s8_blocks_packed.h',
  op: 'fully_connected',
  needs: ['packed'],
  format: 'blocks 4x8',
  fits: (site) => sizesOf(site)[1] < 2 ** 16 && fits(site),
  layer,
  scratch: (site) => 10 * Math.ceil(sizesOf(site)[1] / taps),
  overlap: (site, index) => (index === 0 ? distance(site) : null),
  passes: rowsOf,
  ...costs('nn_fully_connected_s8_blocks__packed', work, { blocks: 98, groups: 130, inputs: 7 }),
};
