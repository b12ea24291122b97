// @ts-ignore: decorator
@inline
function copy(to: usize, from: usize, floats: i32): void {
  let left = floats;
  for (; left >= 4; left -= 4, to += 16, from += 16) v128.store(to, v128.load(from));
  for (; left > 0; left--, to += 4, from += 4) f32.store(to, f32.load(from));
}

// @ts-ignore: decorator
@inline
function clear(to: usize, floats: i32): void {
  for (let i: i32 = 0; i < floats; i++, to += 4) f32.store(to, 0);
}

/**
 * What a convolution reads, one row per output pixel: out [count, stride] floats, taps in the order [kh, kw, channels], 0
 * outside the image; the rest of the row is left alone.
 * @param x image [height, width, channels] of f32
 * @param pixels u32[count]: numbers of the output pixels, row * outWidth + column
 */
export function patches(
  x: usize, height: i32, width: i32, channels: i32,
  kh: i32, kw: i32, sy: i32, sx: i32, dy: i32, dx: i32, top: i32, left: i32, outWidth: i32,
  pixels: usize, count: i32, out: usize, stride: i32,
): void {
  const run = <usize>channels << 2;
  for (let p: i32 = 0; p < count; p++) {
    const pixel = load<i32>(pixels + (<usize>p << 2));
    const y0 = (pixel / outWidth) * sy - top;
    const x0 = (pixel % outWidth) * sx - left;
    let to = out + (<usize>(p * stride) << 2);
    const isWhole = dx == 1 && x0 >= 0 && x0 + kw <= width;
    for (let i: i32 = 0; i < kh; i++) {
      const iy = y0 + i * dy;
      // A row of taps inside the image lies in one piece.
      if (isWhole && iy >= 0 && iy < height) {
        copy(to, x + <usize>(iy * width + x0) * run, kw * channels);
        to += <usize>kw * run;
        continue;
      }
      for (let j: i32 = 0; j < kw; j++, to += run) {
        const ix = x0 + j * dx;
        if (iy < 0 || iy >= height || ix < 0 || ix >= width) clear(to, channels);
        else copy(to, x + <usize>(iy * width + ix) * run, channels);
      }
    }
  }
}

/**
 * y [outHeight, outWidth, channels] = bias + depthwise convolution of x [height, width, channels] with w [kh, kw, channels],
 * f32; channels is a multiple of 4.
 */
export function depthwise(
  x: usize, height: i32, width: i32, channels: i32,
  kh: i32, kw: i32, sy: i32, sx: i32, dy: i32, dx: i32, top: i32, left: i32, outHeight: i32, outWidth: i32,
  w: usize, bias: usize, y: usize,
): void {
  const run = <usize>channels << 2;
  for (let oy: i32 = 0; oy < outHeight; oy++)
    for (let ox: i32 = 0; ox < outWidth; ox++) {
      for (let c: usize = 0; c < run; c += 16) {
        let sum = v128.load(bias + c);
        for (let i: i32 = 0; i < kh; i++) {
          const iy = oy * sy - top + i * dy;
          if (iy < 0 || iy >= height) continue;
          for (let j: i32 = 0; j < kw; j++) {
            const ix = ox * sx - left + j * dx;
            if (ix < 0 || ix >= width) continue;
            const at = x + <usize>(iy * width + ix) * run + c;
            sum = f32x4.add(sum, f32x4.mul(v128.load(at), v128.load(w + <usize>(i * kw + j) * run + c)));
          }
        }
        v128.store(y + c, sum);
      }
      y += run;
    }
}
