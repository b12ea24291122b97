/** Convolutions with weights many of which are 0, six pixels in four words (nn_conv2d_s8_list_packed.h). */
import { type ListEntry, listEntries, listSize, packList } from '../sparse/list.js';
import { isPlain } from './convolution.js';
import { geometryOf } from './geometry.js';
import type { Layer, Prices, Site, Work } from './kernel.js';
import { siteArray } from './pack.js';
import { numbersField, roundsAway } from './packed.js';
import { channelsOf, depthOf, imageWork, stripFields, stripRows, stripsOf } from './packed-conv2d.js';

const entriesOf = (site: Site): ListEntry[][] => channelsOf(site)!.map((c) => listEntries(c.weights));

/** Are there numbers for negative halves: do they matter, or is a channel in pieces? */
const needsMore = (site: Site, entries: readonly ListEntry[][]): boolean =>
  roundsAway(channelsOf(site)!) || entries.some((list) => listSize(list).pieces > 1);

const fits = (site: Site): boolean => isPlain(site) && channelsOf(site) !== null;

function layer(site: Site): Layer {
  const entries = entriesOf(site);
  const more = needsMore(site, entries);
  const layout = `[${entries.length} channels] number of entries, entries: distance * 256 + weight`;
  return {
    struct: 'nn_conv2d_s8_list_packed_layer',
    fields: [
      {
        comment: 'weights: a list, no fours',
        values: [siteArray(site, 'weights', 'uint16_t', entries.flatMap(packList), layout), null, 0, 0],
      },
      numbersField(site, channelsOf(site)!, more),
      { comment: 'pieces, or negative halves that matter', values: [more ? 1 : 0] },
      ...stripFields(site),
    ],
  };
}

function scratch(site: Site): number {
  const { inC, outC } = geometryOf(site);
  return 16 * (depthOf(site) + 1) + inC + (site.add ? 6 * outC : 0);
}

/** Entries, channels and their pieces; taps and pieces of strips. */
function work(site: Site): Work {
  const g = geometryOf(site);
  const entries = entriesOf(site);
  const sizes = entries.map(listSize);
  const strips = stripsOf(g);
  const total = (of: (size: (typeof sizes)[number]) => number) => strips * sizes.reduce((n, s) => n + of(s), 0);
  const more = needsMore(site, entries);
  return {
    entries: total((s) => s.entries),
    plain: more ? 0 : strips * g.outC,
    more: more ? strips * g.outC : 0,
    pieces: more ? total((s) => s.pieces) : 0,
    ...imageWork(site),
  };
}

const prices: Prices = {
  entries: 14.2,
  plain: 127,
  more: 142,
  pieces: 68.1,
  packed: 27.9,
  runs: 82.9,
  outside: 96.3,
  strips: 332,
  sums: 18,
};
const addPrices: Prices = {
  entries: 13.8,
  plain: 140,
  more: 161,
  pieces: 67.6,
  packed: 25.6,
  runs: 97.7,
  outside: 111,
  strips: 404,
  sums: 18.8,
};

/** int8 convolution whose zeros cost nothing; the second absorbs the add of a skip tensor. */
export const [conv2dListPacked, conv2dListAddPacked] = stripRows({
  ...{ name: 'nn_conv2d_s8_list', file: 'nn_conv2d_s8_list_packed.h', format: 'list' },
  ...{ fits, layer, scratch, work, prices, addPrices },
});
