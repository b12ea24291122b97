import { expect, test } from 'vitest';
import { Linear, panels, roundUp } from '../../src/support/linear.js';
import { random } from '../../src/support/rng.js';

const linear = await Linear.load();
const next = random(7);
const values = (n: number) => Float32Array.from({ length: n }, () => 2 * next() - 1);

/** a' a + I of random a: symmetric, positive definite. */
function definite(n: number): Float64Array {
  const a = values(n * n);
  return Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = i === j ? 1 : 0;
    for (let k = 0; k < n; k++) sum += a[k * n + i]! * a[k * n + j]!;
    return sum;
  });
}

const close = (got: ArrayLike<number>, want: ArrayLike<number>, tolerance: number): void => {
  expect(got.length).toBe(want.length);
  for (let i = 0; i < want.length; i++) expect(Math.abs(got[i]! - want[i]!)).toBeLessThanOrEqual(tolerance);
};

test.each([
  [4, 8, 5],
  [8, 24, 17],
  [12, 3, 33],
])('gemm: %i rows, %i columns, depth %i', (rows, cols, depth) => {
  const [x, w, b] = [values(rows * depth), values(cols * depth), values(cols)];
  const wide = roundUp(cols, 8);
  const got = linear.scoped(() => {
    const at = [rows * depth, wide * depth, wide, rows * wide].map(linear.takeF32);
    linear.f32(at[0]!, x.length).set(x);
    panels(w, cols, depth, linear.f32(at[1]!, wide * depth));
    linear.f32(at[2]!, wide).fill(0);
    linear.f32(at[2]!, cols).set(b);
    linear.gemm(at[0]!, depth, at[1]!, at[2]!, at[3]!, rows, depth, wide);
    return linear.f32(at[3]!, rows * wide).slice();
  });
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < cols; c++) {
      let sum = b[c]!;
      for (let k = 0; k < depth; k++) sum += x[r * depth + k]! * w[c * depth + k]!;
      expect(got[r * wide + c]).toBeCloseTo(sum, 4);
    }
});

test.each([
  [8, 8, 3],
  [12, 16, 100],
])('gram: [%i x %i] over %i rows, added to what is there', (m, n, rows) => {
  const [a, b] = [values(rows * m), values(rows * n)];
  const got = linear.scoped(() => {
    const [pa, pb, pc] = [linear.takeF32(rows * m), linear.takeF32(rows * n), linear.takeF64(m * n)];
    linear.f32(pa, a.length).set(a);
    linear.f32(pb, b.length).set(b);
    linear.f64(pc, m * n).fill(1);
    linear.gram(pa, m, pb, n, rows, pc);
    return linear.f64(pc, m * n).slice();
  });
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      let sum = 1;
      for (let r = 0; r < rows; r++) sum += a[r * m + i]! * b[r * n + j]!;
      expect(got[i * n + j]).toBeCloseTo(sum, 4);
    }
});

test.each([1, 2, 5, 33])('cholesky, substitute and invert: %i unknowns', (n) => {
  const a = definite(n);
  const x = Float64Array.from(values(n));
  const b = Float64Array.from({ length: n }, (_, i) => x.reduce((sum, v, j) => sum + a[i * n + j]! * v, 0));
  linear.scoped(() => {
    const [pa, pb, pi] = [linear.takeF64(n * n), linear.takeF64(n), linear.takeF64(n * n)];
    linear.f64(pa, n * n).set(a);
    linear.f64(pb, n).set(b);
    expect(linear.cholesky(pa, n)).toBe(true);
    linear.substitute(pa, n, pb);
    close(linear.f64(pb, n), x, 1e-8);
    linear.invert(pa, n, pi);
    const inverse = linear.f64(pi, n * n);
    const at = (i: number, j: number) => inverse[i >= j ? i * n + j : j * n + i]!;
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let k = 0; k < n; k++) sum += a[i * n + k]! * at(k, j);
        expect(sum).toBeCloseTo(i === j ? 1 : 0, 8);
      }
  });
});

test('cholesky refuses a matrix that is not positive definite, or not a number', () => {
  linear.scoped(() => {
    const at = linear.takeF64(4);
    linear.f64(at, 4).set([1, 2, 2, 1]);
    expect(linear.cholesky(at, 2)).toBe(false);
    linear.f64(at, 4).set([NaN, 0, 0, 1]);
    expect(linear.cholesky(at, 2)).toBe(false);
  });
});

test('blocks taken inside scoped are free afterwards', () => {
  const first = linear.scoped(() => linear.takeF32(1000));
  expect(linear.scoped(() => linear.takeF32(10))).toBe(first);
});
