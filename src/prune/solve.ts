import type { Linear } from '../support/linear.js';
import { conjugateGradients, type Solution } from './conjugate.js';
import { ridge } from './hessian.js';
import type { Layer } from './layers.js';
import type { Moments } from './moments.js';

/** Columns of a row that stay. */
function support(mask: Uint8Array, row: number, depth: number): number[] {
  const columns: number[] = [];
  for (let k = 0; k < depth; k++) if (mask[row * depth + k]) columns.push(k);
  return columns;
}

const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((v, i) => v === b[i]);

/** Multiply-accumulates that factorisations of a layer may take: some 20 s. */
const mostWork = 2e10;

/** Those of a factorisation for every row whose support is not that of the row before. */
function factorWork(layer: Layer, mask: Uint8Array): number {
  let work = 0;
  let known: number[] | undefined;
  for (let r = 0; r < layer.rows; r++) {
    const kept = support(mask, r, layer.depth);
    if (!known || !same(kept, known)) work += kept.length ** 3 / 6;
    known = kept;
  }
  return work;
}

/**
 * Re-solves the weights that stay so that the layer, reading what the pruned network gives it, comes as close as it can to
 * what the dense one gave: per row, (X X' + d I) w = X y + d w0 over the columns that stay, the bias being a column that
 * always does. Moments must hold the wanted outputs less the dense bias.
 */
export function leastSquares(linear: Linear, layer: Layer, mask: Uint8Array, moments: Moments): Solution {
  const isWide = layer.op !== 'depthwise_conv2d' && factorWork(layer, mask) > mostWork;
  return isWide ? conjugateGradients(linear, layer, mask, moments) : byFactors(linear, layer, mask, moments);
}

function byFactors(linear: Linear, layer: Layer, mask: Uint8Array, moments: Moments): Solution {
  const { rows, depth, weights } = layer;
  const { stride } = moments;
  const n = depth + 1;
  const out = { weights: new Float32Array(rows * depth), bias: new Float64Array(rows) };
  const own = layer.op === 'depthwise_conv2d';
  linear.scoped(() => {
    const [gram, factor] = [linear.takeF64(stride * stride), linear.takeF64(n * n)];
    const [columns, x] = [linear.takeI32(n), linear.takeF64(n)];
    let known: number[] | undefined;
    for (let r = 0; r < rows; r++) {
      const kept = support(mask, r, depth);
      const size = kept.length + 1;
      const damping = ridge(moments, r);
      if (own || !known || !same(kept, known)) {
        if (own || r === 0) linear.f64(gram, stride * stride).set(moments.gram(r));
        linear.i32(columns, size).set([...kept, depth]);
        factorise(linear, gram, stride, columns, size, factor, damping);
        known = kept;
      }
      const rhs = linear.f64(x, size);
      kept.forEach((k, i) => {
        rhs[i] = moments.cross(r, k) + damping * weights[r * depth + k]!;
      });
      rhs[size - 1] = moments.cross(r, depth);
      linear.substitute(factor, size, x);
      const solved = linear.f64(x, size);
      kept.forEach((k, i) => {
        out.weights[r * depth + k] = solved[i]!;
      });
      out.bias[r] = solved[size - 1]!;
    }
  });
  return out;
}

/** Cholesky factor of the kept columns' moments + ridge (the last column, of ones, has none to speak of). */
function factorise(
  linear: Linear,
  gram: number,
  stride: number,
  columns: number,
  size: number,
  factor: number,
  damping: number,
): void {
  for (let d = damping; ; d *= 10) {
    linear.gather(gram, stride, columns, size, factor);
    const a = linear.f64(factor, size * size);
    for (let i = 0; i < size; i++) a[i * size + i]! += i < size - 1 ? d : 1e-9 * a[i * size + i]!;
    if (linear.cholesky(factor, size) || !Number.isFinite(d)) return;
  }
}

/**
 * The change of bias that makes the mean output right for weights that were rounded after solving.
 * @param weights [rows, depth] as they will be stored
 */
export function biasFor(layer: Layer, weights: Float32Array, moments: Moments): Float64Array {
  const { rows, depth } = layer;
  return Float64Array.from({ length: rows }, (_, r) => {
    const gram = moments.gram(r);
    let sum = moments.cross(r, depth);
    for (let k = 0; k < depth; k++) sum -= weights[r * depth + k]! * gram[depth * moments.stride + k]!;
    return sum / moments.count;
  });
}
