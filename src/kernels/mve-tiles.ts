/** Sparse weights for cores with MVE: tiles of 16 taps of one channel, or of 16 values of 4 channels. */
import { packTiles, type Tile, type TileRows, type TileShape } from '../sparse/tiles.js';
import type { Product } from './dsp-scale.js';
import type { Field, Site } from './kernel.js';
import { blocksOf, blockTaps, groupBiases, groupScales, scaleOf, wordsOf } from './mve-pack.js';
import { siteArray } from './pack.js';

/** A channel has at most as many tiles as a byte counts. */
export const maxBlocks = 255;

const channelShape: TileShape = { height: 1, width: blockTaps, step: blockTaps };
const groupShape: TileShape = { height: 4, width: blockTaps, step: 1 };

/** Rows of taps with the channels of each tap filled up to whole blocks: [channels][taps][channels in, rounded up]. */
function spread(p: Product, inC: number): { weights: number[]; depth: number } {
  const [taps, wide] = [p.depth / inC, blockTaps * blocksOf(inC)];
  const weights: number[] = [];
  for (let c = 0; c < p.channels; c++)
    for (let tap = 0; tap < taps; tap++)
      for (let i = 0; i < wide; i++) weights.push(i < inC ? p.weights[c * p.depth + tap * inC + i]! : 0);
  return { weights, depth: taps * wide };
}

const found = new WeakMap<ArrayLike<number>, Map<number, TileRows>>();

/** The tiles of weights, which are asked for again and again: their key is how rows are cut. */
function remembered(weights: ArrayLike<number>, key: number, make: () => TileRows): TileRows {
  const tiles = found.get(weights) ?? new Map<number, TileRows>();
  found.set(weights, tiles);
  if (!tiles.has(key)) tiles.set(key, make());
  return tiles.get(key)!;
}

/** Tiles of every channel of a convolution. @param inC channels of a tap */
export function channelTiles(p: Product, inC: number): TileRows {
  return remembered(p.weights, inC, () => {
    const { weights, depth } = spread(p, inC);
    return packTiles(weights, depth, channelShape);
  });
}

/** Tiles of every 4 channels of a fully connected layer. */
export const groupTiles = (p: Product): TileRows =>
  remembered(p.weights, 0, () => packTiles(p.weights, p.depth, groupShape));

export const countTiles = (rows: TileRows): number => rows.reduce((n, row) => n + row.length, 0);

const weightsOf = (tiles: readonly Tile[]): number[] => tiles.flatMap(({ values }) => wordsOf(values));

/** How many tiles, then where each begins. */
const placesOf = (tiles: readonly Tile[], unit: number): number[] => [
  tiles.length,
  ...tiles.map(({ at }) => at / unit),
];

/** Fields `weights`, `places` of nn_mve_tiles. */
export function channelFields(site: Site, p: Product, inC: number): Field[] {
  const rows = channelTiles(p, inC);
  const weights = rows.flatMap((tiles, c) => [p.bias[c]!, ...scaleOf(p, c), ...weightsOf(tiles)]);
  const places = rows.flatMap((tiles) => placesOf(tiles, blockTaps));
  const count = `[${p.channels} channels]`;
  const array = siteArray(site, 'weights', 'int32_t', weights, `${count}: bias, multiplier, shift, [blocks][16] bytes`);
  return [
    { comment: 'weights and scales', values: [array] },
    {
      comment: 'places of blocks',
      values: [siteArray(site, 'places', 'uint8_t', places, `${count}: how many, number of each`)],
    },
  ];
}

/** Fields `weights`, `places` of nn_mve_dense_tiles; scales are left out where one serves all. */
export function groupFields(site: Site, p: Product, withScales: boolean): Field[] {
  const rows = groupTiles(p);
  const weights = rows.flatMap((tiles, g) => [
    ...groupBiases(p, 4 * g),
    ...weightsOf(tiles),
    ...(withScales ? groupScales(p, 4 * g) : []),
  ]);
  const count = `[${rows.length} groups]`;
  const scales = withScales ? ', 4 multipliers, 4 bytes of shifts' : '';
  const layout = `${count}: 4 biases, [tiles][4 channels][16] bytes${scales}`;
  const places = rows.flatMap((tiles) => placesOf(tiles, 1));
  return [
    { comment: 'weights', values: [siteArray(site, 'weights', 'int32_t', weights, layout)] },
    {
      comment: 'places of tiles',
      values: [siteArray(site, 'places', 'uint16_t', places, `${count}: how many, value where each begins`)],
    },
  ];
}
