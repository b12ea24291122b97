import type { Layer } from './layers.js';
import type { Units } from './pattern.js';

/** The order in which the units of a layer go, and what is lost on the way. One ranking gives every level of zeros. */
export interface Ranking {
  /** band * across + block, first to go first */
  readonly units: Int32Array;
  /** zero weights after each removal */
  readonly zeros: Int32Array;
  /** loss after each removal, over the variance of the layer's output: 0 = nothing lost, 1 = all */
  readonly loss: Float64Array;
}

/** What the units of one band of rows, or of some of its columns, cost in the order in which they go. */
export interface BandOrder {
  readonly band: number;
  readonly blocks: ArrayLike<number>;
  /** what each adds to the loss */
  readonly added: ArrayLike<number>;
}

/** Weights in a unit: fewer at the edges. */
export function unitSize({ height, width, across }: Units, layer: Pick<Layer, 'rows' | 'depth'>, unit: number): number {
  const [band, block] = [Math.floor(unit / across), unit % across];
  return Math.min(height, layer.rows - band * height) * Math.min(width, layer.depth - block * width);
}

/**
 * Merges the bands: always the unit that costs least per weight comes next, within each band in its order. A unit that
 * turns out cheaper than one before it in the band waits for that one.
 */
export function mergeBands(layer: Layer, units: Units, bands: readonly BandOrder[], variance: number): Ranking {
  const total = bands.reduce((n, b) => n + b.blocks.length, 0);
  const unit = new Int32Array(total);
  const added = new Float64Array(total);
  const price = new Float64Array(total);
  let i = 0;
  bands.forEach((band) => {
    let most = 0;
    for (let k = 0; k < band.blocks.length; k++, i++) {
      unit[i] = band.band * units.across + band.blocks[k]!;
      added[i] = band.added[k]!;
      most = Math.max(most, band.added[k]! / unitSize(units, layer, unit[i]!));
      price[i] = most;
    }
  });
  const order = Int32Array.from({ length: total }, (_, k) => k).sort((a, b) => price[a]! - price[b]! || a - b);
  const zeros = new Int32Array(total);
  const loss = new Float64Array(total);
  let [count, sum] = [0, 0];
  order.forEach((from, k) => {
    zeros[k] = count += unitSize(units, layer, unit[from]!);
    loss[k] = sum += added[from]!;
  });
  const scale = variance > 0 ? 1 / variance : 0;
  return { units: order.map((from) => unit[from]!), zeros, loss: loss.map((v) => v * scale) };
}

/** How many removals of a ranking give at least `zeros` zero weights. */
export function removalsFor(ranking: Ranking, zeros: number): number {
  let [low, high] = [0, ranking.zeros.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranking.zeros[middle]! < zeros) low = middle + 1;
    else high = middle;
  }
  return Math.min(zeros > 0 ? low + 1 : 0, ranking.zeros.length);
}

/** 1 = stays, for weights [rows, depth] after the first `count` removals. Zeros that were there stay zeros. */
export function maskAfter(layer: Layer, units: Units, ranking: Ranking, count: number): Uint8Array {
  const { rows, depth, weights } = layer;
  const mask = Uint8Array.from(weights, (w) => (w === 0 ? 0 : 1));
  for (let k = 0; k < count; k++) {
    const [band, block] = [Math.floor(ranking.units[k]! / units.across), ranking.units[k]! % units.across];
    const lastRow = Math.min(rows, (band + 1) * units.height);
    const lastColumn = Math.min(depth, (block + 1) * units.width);
    for (let r = band * units.height; r < lastRow; r++)
      mask.fill(0, r * depth + block * units.width, r * depth + lastColumn);
  }
  return mask;
}
