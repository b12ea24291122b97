/** Dense linear algebra in f64, matrices row-major. */

// @ts-ignore: decorator
@inline
export function dot(a: usize, b: usize, count: i32): f64 {
  let s = f64x2.splat(0);
  let t = s;
  let left = count;
  for (; left >= 4; left -= 4, a += 32, b += 32) {
    s = f64x2.add(s, f64x2.mul(v128.load(a), v128.load(b)));
    t = f64x2.add(t, f64x2.mul(v128.load(a, 16), v128.load(b, 16)));
  }
  s = f64x2.add(s, t);
  let sum = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
  for (; left > 0; left--, a += 8, b += 8) sum += f64.load(a) * f64.load(b);
  return sum;
}

/** y[0, count) += factor * x */
// @ts-ignore: decorator
@inline
export function axpy(y: usize, x: usize, factor: f64, count: i32): void {
  const f = f64x2.splat(factor);
  let left = count;
  for (; left >= 4; left -= 4, x += 32, y += 32) {
    v128.store(y, f64x2.add(v128.load(y), f64x2.mul(f, v128.load(x))));
    v128.store(y, f64x2.add(v128.load(y, 16), f64x2.mul(f, v128.load(x, 16))), 16);
  }
  for (; left > 0; left--, x += 8, y += 8) f64.store(y, f64.load(y) + factor * f64.load(x));
}

/**
 * Cholesky factor L of a [n, n] in its lower triangle, A = L L'.
 * @returns 0, or 1 + the row where a is not positive definite
 */
export function cholesky(a: usize, n: i32): i32 {
  const row = <usize>n << 3;
  for (let i: i32 = 0; i < n; i++) {
    const ai = a + <usize>i * row;
    for (let j: i32 = 0; j < i; j++) {
      const aj = a + <usize>j * row;
      const at = ai + (<usize>j << 3);
      f64.store(at, (f64.load(at) - dot(ai, aj, j)) / f64.load(aj + (<usize>j << 3)));
    }
    const at = ai + (<usize>i << 3);
    const pivot = f64.load(at) - dot(ai, ai, i);
    if (!(pivot > 0)) return i + 1;
    f64.store(at, Math.sqrt(pivot));
  }
  return 0;
}

/** Solves L L' x = b in place, L [n, n] as cholesky leaves it. */
export function substitute(l: usize, n: i32, x: usize): void {
  const row = <usize>n << 3;
  for (let i: i32 = 0; i < n; i++) {
    const li = l + <usize>i * row;
    const at = x + (<usize>i << 3);
    f64.store(at, (f64.load(at) - dot(li, x, i)) / f64.load(li + (<usize>i << 3)));
  }
  for (let i: i32 = n - 1; i >= 0; i--) {
    const li = l + <usize>i * row;
    const at = x + (<usize>i << 3);
    const value = f64.load(at) / f64.load(li + (<usize>i << 3));
    f64.store(at, value);
    axpy(x, li, -value, i);
  }
}

/** Lower triangle of the inverse of L L' into out [n, n]; l is overwritten by the inverse of L. */
export function invert(l: usize, n: i32, out: usize): void {
  const row = <usize>n << 3;
  for (let i: i32 = 0; i < n; i++) {
    const li = l + <usize>i * row;
    const to = out + <usize>i * row;
    memory.fill(to, 0, row);
    // The i-th row of the inverse of L, kept in `out` until all of row i of L has been used.
    for (let j: i32 = 0; j < i; j++) axpy(to, l + <usize>j * row, -f64.load(li + (<usize>j << 3)), j + 1);
    const scale = 1 / f64.load(li + (<usize>i << 3));
    for (let j: i32 = 0; j < i; j++) {
      const at = to + (<usize>j << 3);
      f64.store(li + (<usize>j << 3), f64.load(at) * scale);
    }
    f64.store(li + (<usize>i << 3), scale);
  }
  memory.fill(out, 0, row * <usize>n);
  for (let k: i32 = 0; k < n; k++) {
    const lk = l + <usize>k * row;
    for (let i: i32 = 0; i <= k; i++) axpy(out + <usize>i * row, lk, f64.load(lk + (<usize>i << 3)), i + 1);
  }
}

/** Gathers a[idx, idx] (a is symmetric, [_, stride]) into the lower triangle of out [n, n]. */
export function gather(a: usize, stride: i32, idx: usize, n: i32, out: usize): void {
  for (let i: i32 = 0; i < n; i++) {
    const ai = a + (<usize>(load<i32>(idx + (<usize>i << 2)) * stride) << 3);
    let to = out + (<usize>(i * n) << 3);
    for (let j: i32 = 0; j <= i; j++, to += 8) f64.store(to, f64.load(ai + (<usize>load<i32>(idx + (<usize>j << 2)) << 3)));
  }
}
