/** One tile of 4 rows and 8 columns in registers. */
// @ts-ignore: decorator
@inline
function tile(x: usize, stride: usize, w: usize, depth: i32, bias: usize, y: usize, yStride: usize): void {
  let a0 = v128.load(bias);
  let a1 = v128.load(bias, 16);
  let b0 = a0;
  let b1 = a1;
  let c0 = a0;
  let c1 = a1;
  let d0 = a0;
  let d1 = a1;
  const x1 = x + stride;
  const x2 = x1 + stride;
  const x3 = x2 + stride;
  const end = <usize>depth << 2;
  for (let k: usize = 0; k < end; k += 4) {
    const p = v128.load(w);
    const q = v128.load(w, 16);
    const s = v128.load_splat<f32>(x + k);
    const t = v128.load_splat<f32>(x1 + k);
    const u = v128.load_splat<f32>(x2 + k);
    const v = v128.load_splat<f32>(x3 + k);
    a0 = f32x4.add(a0, f32x4.mul(s, p));
    a1 = f32x4.add(a1, f32x4.mul(s, q));
    b0 = f32x4.add(b0, f32x4.mul(t, p));
    b1 = f32x4.add(b1, f32x4.mul(t, q));
    c0 = f32x4.add(c0, f32x4.mul(u, p));
    c1 = f32x4.add(c1, f32x4.mul(u, q));
    d0 = f32x4.add(d0, f32x4.mul(v, p));
    d1 = f32x4.add(d1, f32x4.mul(v, q));
    w += 32;
  }
  v128.store(y, a0);
  v128.store(y, a1, 16);
  y += yStride;
  v128.store(y, b0);
  v128.store(y, b1, 16);
  y += yStride;
  v128.store(y, c0);
  v128.store(y, c1, 16);
  y += yStride;
  v128.store(y, d0);
  v128.store(y, d1, 16);
}

/**
 * y [rows, cols] = bias + x [rows, depth] w, all f32. rows is a multiple of 4, cols of 8; rows of x are `stride` floats
 * apart; w comes in panels of 8 columns, each [depth, 8].
 */
export function gemm(x: usize, stride: i32, w: usize, bias: usize, y: usize, rows: i32, depth: i32, cols: i32): void {
  const step = <usize>stride << 2;
  const width = <usize>cols << 2;
  for (let j: i32 = 0; j < cols; j += 8) {
    const panel = w + (<usize>(j * depth) << 2);
    const at = <usize>j << 2;
    for (let i: i32 = 0; i < rows; i += 4)
      tile(x + <usize>i * step, step, panel, depth, bias + at, y + <usize>i * width + at, width);
  }
}
