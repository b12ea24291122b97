import { type Linear, panels, roundUp } from '../support/linear.js';
import { covariance, ridge } from './hessian.js';
import type { Layer } from './layers.js';
import type { Moments } from './moments.js';

/** New weights [rows, depth] of a layer, and what is to be added to the biases it had. */
export interface Solution {
  readonly weights: Float32Array;
  readonly bias: Float64Array;
}

/** Steps at most, and the share of the first residual that is small enough: far below what rounding to int8 adds. */
const mostSteps = 60;
const tolerance = 1e-4;

/** Covariance + ridge as panels for `gemm`, [width, width] with zeros beyond `depth`; and the diagonal. */
function centred(moments: Moments, damping: number, width: number): { matrix: Float32Array; diagonal: Float64Array } {
  const { depth } = moments;
  const c = covariance(moments, 0);
  const rows = new Float32Array(width * width);
  const diagonal = new Float64Array(depth);
  for (let i = 0; i < depth; i++) {
    rows.set(c.subarray(i * depth, (i + 1) * depth), i * width);
    rows[i * width + i]! += damping;
    diagonal[i] = Math.max(rows[i * width + i]!, 1e-30);
  }
  const matrix = new Float32Array(width * width);
  panels(rows, width, width, matrix);
  return { matrix, diagonal };
}

/** One system per row, all with the same matrix, over the columns that each row's mask leaves. */
class Systems {
  readonly x: Float64Array;
  private readonly residual: Float64Array;
  private readonly direction: Float64Array;
  /** residual' M^-1 residual of every row: now, and at the start */
  private readonly power: Float64Array;
  private readonly first: Float64Array;

  constructor(
    private readonly rows: number,
    private readonly depth: number,
    private readonly mask: Uint8Array,
    private readonly diagonal: Float64Array,
    private readonly product: (of: Float64Array) => Float32Array,
    start: Float64Array,
    wanted: Float64Array,
  ) {
    this.x = start;
    const have = product(start);
    this.residual = wanted.map((b, i) => (mask[i] ? b - have[i]! : 0));
    this.direction = this.preconditioned();
    this.power = this.dots(this.residual, this.direction);
    this.first = this.power.slice();
  }

  private preconditioned = (): Float64Array => this.residual.map((r, i) => r / this.diagonal[i % this.depth]!);

  private dots(a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
    const { rows, depth } = this;
    return Float64Array.from({ length: rows }, (_, r) => {
      let sum = 0;
      for (let k = r * depth; k < (r + 1) * depth; k++) sum += a[k]! * b[k]!;
      return sum;
    });
  }

  isSolved = (): boolean => this.power.every((p, r) => p <= tolerance ** 2 * this.first[r]!);

  step(): void {
    const { depth, mask, direction, residual, power, x } = this;
    const image = this.product(direction);
    const bent = this.dots(direction, image);
    const length = power.map((p, r) => (bent[r]! > 0 ? p / bent[r]! : 0));
    for (let i = 0; i < x.length; i++) {
      if (!mask[i]) continue;
      const a = length[Math.floor(i / depth)]!;
      x[i]! += a * direction[i]!;
      residual[i]! -= a * image[i]!;
    }
    const next = this.preconditioned();
    const now = this.dots(residual, next);
    for (let i = 0; i < x.length; i++) {
      const r = Math.floor(i / depth);
      direction[i] = next[i]! + (power[r]! > 0 ? now[r]! / power[r]! : 0) * direction[i]!;
    }
    power.set(now);
  }
}

/**
 * What `leastSquares` finds, for layers where a factorisation for every row would take minutes: conjugate gradients with the
 * diagonal as preconditioner, all rows together. The bias follows from the means.
 */
export function conjugateGradients(linear: Linear, layer: Layer, mask: Uint8Array, moments: Moments): Solution {
  const { rows, depth, weights } = layer;
  const width = roundUp(depth, 8);
  const high = roundUp(rows, 4);
  const damping = ridge(moments, 0);
  const gram = moments.gram(0);
  const mean = (k: number) => gram[depth * moments.stride + k]! / moments.count;
  const { matrix, diagonal } = centred(moments, damping, width);
  const start = Float64Array.from(weights, (w, i) => (mask[i] ? w : 0));
  const wanted = Float64Array.from(weights, (w, i) => {
    const [r, k] = [Math.floor(i / depth), i % depth];
    return moments.cross(r, k) - mean(k) * moments.cross(r, depth) + damping * w;
  });
  return linear.scoped(() => {
    const [left, right] = [linear.takeF32(high * width), linear.takeF32(width * width)];
    const [none, y] = [linear.takeF32(width), linear.takeF32(high * width)];
    linear.f32(right, width * width).set(matrix);
    linear.f32(none, width).fill(0);
    const product = (of: Float64Array): Float32Array => {
      const a = linear.f32(left, high * width).fill(0);
      for (let r = 0; r < rows; r++) a.set(of.subarray(r * depth, (r + 1) * depth), r * width);
      linear.gemm(left, width, right, none, y, high, width, width);
      const out = new Float32Array(rows * depth);
      for (let r = 0; r < rows; r++) out.set(linear.f32(y + 4 * r * width, depth), r * depth);
      return out;
    };
    const systems = new Systems(rows, depth, mask, diagonal, product, start, wanted);
    for (let i = 0; i < mostSteps && !systems.isSolved(); i++) systems.step();
    const bias = Float64Array.from({ length: rows }, (_, r) => {
      let sum = moments.cross(r, depth) / moments.count;
      for (let k = 0; k < depth; k++) sum -= mean(k) * systems.x[r * depth + k]!;
      return sum;
    });
    return { weights: Float32Array.from(systems.x), bias };
  });
}
