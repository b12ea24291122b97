import { type Linear, roundUp } from '../support/linear.js';
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

type Rule = { width: number; group: number; most: number };

/** Columns that are ranked together. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** Rows of more inputs than this are ranked in parts: the work grows with the cube. */
const mostColumns = 640;
const partColumns = 512;

/** Parts of about equal size whose bounds cut neither blocks nor n:m groups. */
function spans(depth: number, { width, group }: Rule): Span[] {
  if (depth <= mostColumns) return [{ from: 0, to: depth }];
  const parts = Math.ceil(depth / partColumns);
  const step = roundUp(Math.ceil(depth / parts), Math.max(width, group, 1));
  return Array.from({ length: Math.ceil(depth / step) }, (_, i) => ({
    ...{ from: i * step, to: Math.min(depth, (i + 1) * step) },
  }));
}

/**
 * Optimal brain surgeon on some columns of one band: rows that share their support. What goes is made up for by all columns
 * of the band, those outside the span too: eliminating within a principal submatrix of the inverse Hessian is exact.
 */
function rankSpan(
  linear: Linear,
  curvature: Curvature,
  first: number,
  height: number,
  rule: Rule,
  span: Span,
): Omit<BandOrder, 'band'> {
  const { depth, weights } = curvature.layer;
  const { width, group } = rule;
  const size = span.to - span.from;
  const steps = Math.ceil(size / width);
  const inverse = curvature.inverse(first);
  return linear.scoped(() => {
    const [h, w] = [linear.takeF64(size * size), linear.takeF64(height * size)];
    const [order, loss] = [linear.takeI32(steps), linear.takeF64(steps)];
    const groups = group ? Math.ceil(size / group) : 0;
    const work = linear.takeF64(size + width * width + width + Math.ceil((2 * size + 2 * steps + groups + width) / 2));
    const part = (matrix: Float64Array | Float32Array, row: number) =>
      matrix.subarray(row * depth + span.from, row * depth + span.to);
    const [hs, ws] = [linear.f64(h, size * size), linear.f64(w, height * size)];
    for (let i = 0; i < size; i++) hs.set(part(inverse, span.from + i), i * size);
    for (let r = 0; r < height; r++) ws.set(part(weights, first + r), r * size);
    const done = linear.eliminate(h, size, w, height, rule, steps, order, loss, work);
    const blocks = linear.i32(order, done).map((b) => b + span.from / width);
    return { blocks, added: linear.f64(loss, done).slice() };
  });
}

/**
 * The order in which second-order pruning removes a layer's units: ExactOBS (Frantar & Alistarh, Optimal Brain Compression,
 * 2022), in parts for wide layers as SparseGPT (the same, 2023) goes through them: each as if the others stayed.
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
  const parts = spans(layer.depth, units);
  const bands: BandOrder[] = [];
  for (let first = 0, band = 0; first < layer.rows; first += units.height, band++) {
    const height = Math.min(units.height, layer.rows - first);
    for (const span of parts) bands.push({ ...rankSpan(linear, curvature, first, height, units, span), band });
    share((first + units.height) / layer.rows);
  }
  return mergeBands(layer, units, bands, curvature.variance);
}
