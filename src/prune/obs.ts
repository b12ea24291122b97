import type { Linear } from '../support/linear.js';
import { covariance, deviation, inverseHessian, ridge } from './hessian.js';
import type { Layer } from './layers.js';
import type { Moments } from './moments.js';
import { type Pattern, unitsOf } from './pattern.js';
import { type BandOrder, mergeBands, type Ranking } from './ranking.js';

/** The second-order view of a layer: made once, used for every pattern. */
export interface Curvature {
  readonly layer: Layer;
  /** variance of all outputs, summed over pixels */
  readonly variance: number;
  /** inverse of covariance + ridge for the rows of a band */
  inverse(row: number): Float64Array;
}

/** Inverts a layer's Hessian; a depthwise layer has one for every row. */
export function curvatureOf(linear: Linear, layer: Layer, moments: Moments): Curvature {
  const own = layer.op === 'depthwise_conv2d';
  const known = new Map<number, Float64Array>();
  const shared = own ? undefined : covariance(moments, 0);
  let variance = 0;
  for (let r = 0; r < layer.rows; r++)
    variance += deviation(
      shared ?? covariance(moments, r),
      layer.weights.subarray(r * layer.depth, (r + 1) * layer.depth),
      ridge(moments, own ? r : 0),
    );
  return {
    layer,
    variance,
    inverse(row) {
      const key = own ? row : 0;
      const found =
        known.get(key) ?? inverseHessian(linear, shared ?? covariance(moments, key), layer.depth, ridge(moments, key));
      known.set(key, found);
      return found;
    },
  };
}

/** Optimal brain surgeon on one band: rows that share their support. */
function rankBand(linear: Linear, curvature: Curvature, first: number, height: number, rule: Rule): BandOrder {
  const { depth, weights } = curvature.layer;
  const { width, group } = rule;
  const steps = Math.ceil(depth / width);
  const inverse = curvature.inverse(first);
  return linear.scoped(() => {
    const [h, w] = [linear.takeF64(depth * depth), linear.takeF64(height * depth)];
    const [order, loss] = [linear.takeI32(steps), linear.takeF64(steps)];
    const groups = group ? Math.ceil(depth / group) : 0;
    const work = linear.takeF64(
      depth + width * width + width + Math.ceil((2 * depth + 2 * steps + groups + width) / 2),
    );
    linear.f64(h, depth * depth).set(inverse);
    linear.f64(w, height * depth).set(weights.subarray(first * depth, (first + height) * depth));
    const done = linear.eliminate(h, depth, w, height, rule, steps, order, loss, work);
    return { blocks: linear.i32(order, done).slice(), added: linear.f64(loss, done).slice() };
  });
}

type Rule = { width: number; group: number; most: number };

/**
 * The order in which second-order pruning (Frantar & Alistarh, Optimal Brain Compression, 2022) removes a layer's units.
 * @param share is told how much is done, 0 to 1
 */
export function rankSecondOrder(
  linear: Linear,
  curvature: Curvature,
  pattern: Pattern,
  share: (done: number) => void = () => undefined,
): Ranking {
  const { layer } = curvature;
  const units = unitsOf(pattern, layer.rows, layer.depth);
  const bands: BandOrder[] = [];
  for (let first = 0; first < layer.rows; first += units.height) {
    bands.push(rankBand(linear, curvature, first, Math.min(units.height, layer.rows - first), units));
    share((first + units.height) / layer.rows);
  }
  return mergeBands(layer, units, bands, curvature.variance);
}
