/** Convolutions with at most two weights of every four, six pixels in four words (nn_packed_fours_6x1_s8.h). */
import { keptOf, packNm, partsOf } from '../sparse/nm.js';
import { isPlain } from './convolution.js';
import { geometryOf } from './geometry.js';
import type { Layer, Site, Work } from './kernel.js';
import { siteArray } from './pack.js';
import { fitsChunks, numbersField, roundsAway } from './packed.js';
import { channelsOf, depthOf, imageWork, stripFields, stripRows, stripsOf } from './packed-conv2d.js';

const taps = 8;

/** One group, one bias, two of four. */
function fits(site: Site): boolean {
  if (!isPlain(site) || channelsOf(site) === null) return false;
  return (
    keptOf(
      channelsOf(site)!.flatMap((c) => c.weights),
      depthOf(site),
    ) !== null
  );
}

/** Parts of a piece and pieces of a channel; one part always fits. */
function sizesOf(site: Site): { parts: number; pieces: number } {
  const all = partsOf(depthOf(site), 2);
  let pieces = 1;
  while (all % pieces !== 0 || !fitsChunks(channelsOf(site)!, (taps * all) / pieces)) pieces += 1;
  return { parts: all / pieces, pieces };
}

/** Are there numbers for negative halves: do they matter, or is a channel in pieces? */
const needsMore = (site: Site, pieces: number): boolean => roundsAway(channelsOf(site)!) || pieces > 1;

function layer(site: Site): Layer {
  const channels = channelsOf(site)!;
  const { parts, pieces } = sizesOf(site);
  const more = needsMore(site, pieces);
  const layout = `[${channels.length} channels][${parts * pieces} parts] places, four weights`;
  const bytes = channels.flatMap((c) => packNm(c.weights, 2));
  return {
    struct: 'nn_conv2d_s8_list_packed_layer',
    fields: [
      { comment: 'weights: no list, but fours', values: [null, siteArray(site, 'weights', 'uint8_t', bytes, layout)] },
      { comment: 'parts of a piece, pieces', values: [parts, pieces] },
      numbersField(site, channels, more),
      { comment: 'pieces, or negative halves that matter', values: [more ? 1 : 0] },
      ...stripFields(site),
    ],
  };
}

function scratch(site: Site): number {
  const { inC, outC } = geometryOf(site);
  return 16 * (taps * partsOf(depthOf(site), 2) + 1) + inC + (site.add ? 6 * outC : 0);
}

/** Parts, channels and their pieces; taps and pieces of strips. */
function work(site: Site): Work {
  const g = geometryOf(site);
  const { parts, pieces } = sizesOf(site);
  const more = needsMore(site, pieces);
  const channels = stripsOf(g) * g.outC;
  return {
    parts: channels * parts * pieces,
    plain: more ? 0 : channels,
    more: more ? channels : 0,
    pieces: more ? channels * pieces : 0,
    ...imageWork(site),
  };
}

const prices = {
  parts: 68.5,
  plain: 106,
  more: 137,
  pieces: 63,
  packed: 27.2,
  runs: 82.1,
  outside: 94.8,
  strips: 326,
  sums: 18,
};

/** int8 convolution of two weights of every four; the second absorbs the add of a skip tensor. */
export const [conv2dFoursPacked, conv2dFoursAddPacked] = stripRows({
  ...{ name: 'nn_conv2d_s8_fours', file: 'nn_conv2d_s8_list_packed.h', format: 'fours' },
  ...{ fits, layer, scratch, work, prices, addPrices: prices },
});
