// @ts-ignore: decorator
@inline
function addRun(to: usize, from: usize, floats: i32): void {
  let rest = floats;
  for (; rest >= 4; rest -= 4, to += 16, from += 16) v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
  for (; rest > 0; rest--, to += 4, from += 4) f32.store(to, f32.load(to) + f32.load(from));
}

/** sums [width] f64 += the columns of g [rows, width]; width is a multiple of 4. */
export function columnSums(g: usize, rows: i32, width: i32, sums: usize): void {
  const step = <usize>width << 2;
  for (let c: i32 = 0; c < width; c += 4) {
    let sum = f32x4.splat(0);
    for (let r: i32 = 0, at = g + (<usize>c << 2); r < rows; r++, at += step) sum = f32x4.add(sum, v128.load(at));
    const to = sums + (<usize>c << 3);
    v128.store(to, f64x2.add(v128.load(to), f64x2.promote_low_f32x4(sum)));
    v128.store(to, f64x2.add(v128.load(to, 16), f64x2.promote_low_f32x4(v128.shuffle<f32>(sum, sum, 2, 3, 2, 3))), 16);
  }
}

/**
 * The transpose of `patches`: rows [count, stride], one per output pixel, are added to the pixels of the image that they
 * were read from. Arguments as `patches`; dx [height, width, channels] f32.
 */
export function scatter(
  dx: usize, height: i32, width: i32, channels: i32,
  kh: i32, kw: i32, sy: i32, sx: i32, dy: i32, dx_: i32, top: i32, left: i32, outWidth: i32,
  pixels: usize, count: i32, rows: usize, stride: i32,
): void {
  const run = <usize>channels << 2;
  for (let p: i32 = 0; p < count; p++) {
    const pixel = load<i32>(pixels + (<usize>p << 2));
    const y0 = (pixel / outWidth) * sy - top;
    const x0 = (pixel % outWidth) * sx - left;
    let from = rows + (<usize>(p * stride) << 2);
    const isWhole = dx_ == 1 && x0 >= 0 && x0 + kw <= width;
    for (let i: i32 = 0; i < kh; i++) {
      const iy = y0 + i * dy;
      if (isWhole && iy >= 0 && iy < height) {
        addRun(dx + <usize>(iy * width + x0) * run, from, kw * channels);
        from += <usize>kw * run;
        continue;
      }
      for (let j: i32 = 0; j < kw; j++, from += run) {
        const ix = x0 + j * dx_;
        if (iy < 0 || iy >= height || ix < 0 || ix >= width) continue;
        addRun(dx + <usize>(iy * width + ix) * run, from, channels);
      }
    }
  }
}

/**
 * Adds the gradients of a depthwise convolution: dx [height, width, channels] += g w, dw [kh, kw, channels] += g x, for
 * g [outHeight, outWidth, channels]; channels is a multiple of 4.
 */
export function depthwiseGradient(
  x: usize, height: i32, width: i32, channels: i32,
  kh: i32, kw: i32, sy: i32, sx: i32, dy: i32, dx_: i32, top: i32, left: i32, outHeight: i32, outWidth: i32,
  w: usize, g: usize, dx: usize, dw: usize,
): void {
  const run = <usize>channels << 2;
  for (let oy: i32 = 0; oy < outHeight; oy++)
    for (let ox: i32 = 0; ox < outWidth; ox++, g += run)
      for (let i: i32 = 0; i < kh; i++) {
        const iy = oy * sy - top + i * dy;
        if (iy < 0 || iy >= height) continue;
        for (let j: i32 = 0; j < kw; j++) {
          const ix = ox * sx - left + j * dx_;
          if (ix < 0 || ix >= width) continue;
          const at = <usize>(iy * width + ix) * run;
          const tap = <usize>(i * kw + j) * run;
          for (let c: usize = 0; c < run; c += 16) {
            const v = v128.load(g + c);
            const to = dx + at + c;
            const wt = dw + tap + c;
            v128.store(to, f32x4.add(v128.load(to), f32x4.mul(v, v128.load(w + tap + c))));
            v128.store(wt, f32x4.add(v128.load(wt), f32x4.mul(v, v128.load(x + at + c))));
          }
        }
      }
}
