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
    for (let i: i32 = 0; i < kh; i++) {
      const iy = y0 + i * dy;
      for (let j: i32 = 0; j < kw; j++, from += run) {
        const ix = x0 + j * dx_;
        if (iy < 0 || iy >= height || ix < 0 || ix >= width) continue;
        let to = dx + <usize>(iy * width + ix) * run;
        let at = from;
        let rest = channels;
        for (; rest >= 4; rest -= 4, to += 16, at += 16) v128.store(to, f32x4.add(v128.load(to), v128.load(at)));
        for (; rest > 0; rest--, to += 4, at += 4) f32.store(to, f32.load(to) + f32.load(at));
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
