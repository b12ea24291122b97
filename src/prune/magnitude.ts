import type { Layer } from './layers.js';
import { type Pattern, type Units, unitsOf } from './pattern.js';
import { type BandOrder, mergeBands, type Ranking } from './ranking.js';

/** Sum of squares of each block of one band. */
function energies({ rows, depth, weights }: Layer, units: Units, band: number): Float64Array {
  const sums = new Float64Array(units.across);
  const last = Math.min(rows, (band + 1) * units.height);
  for (let r = band * units.height; r < last; r++)
    for (let k = 0; k < depth; k++) sums[Math.floor(k / units.width)]! += weights[r * depth + k]! ** 2;
  return sums;
}

/** Cheapest first; of an n:m group only as many as may go. */
function bandOrder(sums: Float64Array, { group, most }: Units): Omit<BandOrder, 'band'> {
  const order = Int32Array.from(sums.keys()).sort((a, b) => sums[a]! - sums[b]! || a - b);
  const gone = new Map<number, number>();
  const blocks = order.filter((block) => {
    if (!group) return true;
    const g = Math.floor(block / group);
    const size = Math.min(group, sums.length - g * group);
    if ((gone.get(g) ?? 0) >= size - (group - most)) return false;
    gone.set(g, (gone.get(g) ?? 0) + 1);
    return true;
  });
  return { blocks, added: Array.from(blocks, (b) => sums[b]!) };
}

/** The order by size of the weights; the loss is the share of the layer's energy that is gone. */
export function rankMagnitude(layer: Layer, pattern: Pattern): Ranking {
  const units = unitsOf(pattern, layer.rows, layer.depth);
  const energy = layer.weights.reduce((sum, w) => sum + w * w, 0);
  const bands = Array.from({ length: units.bands }, (_, band) => ({
    band,
    ...bandOrder(energies(layer, units, band), units),
  }));
  return mergeBands(layer, units, bands, energy);
}

/**
 * Layer-adaptive magnitude (Lee et al., LAMP, 2021): as `rankMagnitude`, but each removal costs its share of what is left
 * of the layer, so that one threshold over all layers gives sensible shares of zeros with no data at all.
 */
export function rankLamp(layer: Layer, pattern: Pattern): Ranking {
  const ranking = rankMagnitude(layer, pattern);
  let [before, sum] = [0, 0];
  const loss = ranking.loss.map((l) => {
    sum += (l - before) / Math.max(1 - before, 1e-12);
    before = l;
    return sum;
  });
  return { ...ranking, loss };
}
