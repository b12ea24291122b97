// @ts-ignore: decorator
@inline
function addTo(c: usize, sum: v128): void {
  v128.store(c, f64x2.add(v128.load(c), f64x2.promote_low_f32x4(sum)));
  const high = v128.shuffle<f32>(sum, sum, 2, 3, 2, 3);
  v128.store(c, f64x2.add(v128.load(c, 16), f64x2.promote_low_f32x4(high)), 16);
}

// @ts-ignore: decorator
@inline
function tile(a: usize, aStride: usize, b: usize, bStride: usize, rows: i32, c: usize, cStride: usize): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c0 = a0;
  let c1 = a0;
  let d0 = a0;
  let d1 = a0;
  for (let r: i32 = 0; r < rows; r++) {
    const p = v128.load(b);
    const q = v128.load(b, 16);
    const s = v128.load_splat<f32>(a);
    const t = v128.load_splat<f32>(a, 4);
    const u = v128.load_splat<f32>(a, 8);
    const v = v128.load_splat<f32>(a, 12);
    a0 = f32x4.add(a0, f32x4.mul(s, p));
    a1 = f32x4.add(a1, f32x4.mul(s, q));
    b0 = f32x4.add(b0, f32x4.mul(t, p));
    b1 = f32x4.add(b1, f32x4.mul(t, q));
    c0 = f32x4.add(c0, f32x4.mul(u, p));
    c1 = f32x4.add(c1, f32x4.mul(u, q));
    d0 = f32x4.add(d0, f32x4.mul(v, p));
    d1 = f32x4.add(d1, f32x4.mul(v, q));
    a += aStride;
    b += bStride;
  }
  addTo(c, a0);
  addTo(c + 32, a1);
  c += cStride;
  addTo(c, b0);
  addTo(c + 32, b1);
  c += cStride;
  addTo(c, c0);
  addTo(c + 32, c1);
  c += cStride;
  addTo(c, d0);
  addTo(c + 32, d1);
}

/**
 * c [m, n] += a' b for a [rows, m] and b [rows, n]: sums of a few hundred rows in f32, added up in f64. m is a multiple of
 * 4, n of 8 and both are the row lengths. `upper`: only what lies right of the diagonal (and a little left of it).
 */
export function gram(a: usize, m: i32, b: usize, n: i32, rows: i32, c: usize, upper: i32): void {
  const aStride = <usize>m << 2;
  const bStride = <usize>n << 2;
  const cStride = <usize>n << 3;
  for (let i: i32 = 0; i < m; i += 4)
    for (let j: i32 = upper ? i & ~7 : 0; j < n; j += 8)
      tile(a + (<usize>i << 2), aStride, b + (<usize>j << 2), bStride, rows, c + <usize>i * cStride + (<usize>j << 3), cStride);
}
