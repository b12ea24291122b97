import type { Linear } from '../support/linear.js';
import { Problem } from '../support/problem.js';
import type { Moments } from './moments.js';

/** Share of the mean diagonal that is added to the diagonal: 1e-4 follows noise, 1 forgets the data. */
export const ridgeShare = 1e-2;

/** What is added to the diagonal of a layer's moments, by the inputs' variance; above 0 even where all inputs are 0. */
export function ridge(moments: Moments, row: number): number {
  const { depth, stride, count } = moments;
  const gram = moments.gram(row);
  let sum = 0;
  for (let k = 0; k < depth; k++) sum += gram[k * stride + k]! - gram[depth * stride + k]! ** 2 / count;
  return Math.max((ridgeShare * sum) / depth, 1e-9 * count, 1e-30);
}

/** Covariance sums [depth, depth]: products of columns less their means, as the bias follows every change of weights. */
export function covariance(moments: Moments, row: number): Float64Array {
  const { depth, stride, count } = moments;
  const gram = moments.gram(row);
  const out = new Float64Array(depth * depth);
  const means = gram.subarray(depth * stride, depth * stride + depth);
  for (let i = 0; i < depth; i++)
    for (let j = 0; j < depth; j++) out[i * depth + j] = gram[i * stride + j]! - (means[i]! * means[j]!) / count;
  return out;
}

/** w' (C + d I) w: the squared deviation of one output from its mean, over all pixels, and the ridge's share. */
export function deviation(c: Float64Array, w: Float32Array, damping: number): number {
  const n = w.length;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    if (!w[i]) continue;
    let s = damping * w[i]!;
    for (let j = 0; j < n; j++) s += c[i * n + j]! * w[j]!;
    sum += s * w[i]!;
  }
  return Math.max(sum, 0);
}

/** Inverse of covariance + ridge, lower triangle, [depth, depth]. */
export function inverseHessian(linear: Linear, c: Float64Array, depth: number, damping: number): Float64Array {
  return linear.scoped(() => {
    const [a, out] = [linear.takeF64(depth * depth), linear.takeF64(depth * depth)];
    // Rounding of nearly dependent columns may leave the matrix indefinite: more damping then.
    for (let d = damping; Number.isFinite(d); d *= 10) {
      const h = linear.f64(a, depth * depth);
      h.set(c);
      for (let i = 0; i < depth; i++) h[i * depth + i]! += d;
      if (!linear.cholesky(a, depth)) continue;
      linear.invert(a, depth, out);
      return linear.f64(out, depth * depth).slice();
    }
    throw new Problem('hessian-singular', 'the inputs of a layer are not finite', 'calibration', 'look at the data');
  });
}
