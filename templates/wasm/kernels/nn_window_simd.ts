import { nn_high64, nn_some_f32, nn_some_s8 } from './nn_simd';

/** The sum or the greatest of taps of 4 V channels, then that divided and within bounds; `count` of a vector are stored. */
// @ts-ignore: decorator
@inline
function floats(
  V: i32,
  average: bool,
  x: usize,
  rows: i32,
  bytes: usize,
  line: usize,
  step: usize,
  low: v128,
  high: v128,
  count: i32,
  y: usize,
): void {
  const taps = f32x4.splat(<f32>(rows * <i32>(bytes / step)));
  let a = average ? f32x4.splat(0) : v128.load(x);
  let b = average || V == 1 ? a : v128.load(x, 16);
  let c = average || V == 1 ? a : v128.load(x, 32);
  let d = average || V == 1 ? a : v128.load(x, 48);
  for (; rows > 0; rows--, x += line) {
    const end = x + bytes;
    for (let p = x; p < end; p += step) {
      if (average) {
        a = f32x4.add(a, v128.load(p));
        if (V == 1) continue;
        b = f32x4.add(b, v128.load(p, 16));
        c = f32x4.add(c, v128.load(p, 32));
        d = f32x4.add(d, v128.load(p, 48));
      } else {
        a = f32x4.pmax(a, v128.load(p));
        if (V == 1) continue;
        b = f32x4.pmax(b, v128.load(p, 16));
        c = f32x4.pmax(c, v128.load(p, 32));
        d = f32x4.pmax(d, v128.load(p, 48));
      }
    }
  }
  if (average) a = f32x4.div(a, taps);
  a = f32x4.pmin(f32x4.pmax(a, low), high);
  if (V == 1 && count < 4) {
    nn_some_f32(a, a, count, y);
    return;
  }
  v128.store(y, a);
  if (V == 1) return;
  if (average) {
    b = f32x4.div(b, taps);
    c = f32x4.div(c, taps);
    d = f32x4.div(d, taps);
  }
  v128.store(y, f32x4.pmin(f32x4.pmax(b, low), high), 16);
  v128.store(y, f32x4.pmin(f32x4.pmax(c, low), high), 32);
  v128.store(y, f32x4.pmin(f32x4.pmax(d, low), high), 48);
}

/**
 * Average or greatest of the taps of a window, for `channels` values side by side.
 * @param rows of taps, `line` bytes apart
 * @param columns of taps, `step` bytes apart
 */
// @ts-ignore: decorator
@inline
export function nn_window_f32(
  average: bool,
  x: usize,
  channels: i32,
  rows: i32,
  columns: i32,
  line: usize,
  step: usize,
  least: f32,
  most: f32,
  y: usize,
): void {
  const low = f32x4.splat(least);
  const high = f32x4.splat(most);
  const bytes = <usize>columns * step;
  let o: i32 = 0;
  for (; o + 16 <= channels; o += 16, x += 64, y += 64)
    floats(4, average, x, rows, bytes, line, step, low, high, 4, y);
  for (; o < channels; o += 4, x += 16, y += 16)
    floats(1, average, x, rows, bytes, line, step, low, high, channels - o, y);
}

/** The sums of at most 256 taps of 16 bytes, [16] of 16 bits at `out`. */
export function nn_window_sums_s8(x: usize, rows: i32, columns: i32, line: usize, step: usize, out: usize): void {
  let a = i16x8.splat(0);
  let b = a;
  const bytes = <usize>columns * step;
  for (; rows > 0; rows--, x += line) {
    const end = x + bytes;
    for (let p = x; p < end; p += step) {
      const v = v128.load(p);
      a = i16x8.add(a, i16x8.extend_low_i8x16_s(v));
      b = i16x8.add(b, i16x8.extend_high_i8x16_s(v));
    }
  }
  v128.store(out, a);
  v128.store(out, b, 16);
}

/** The greatest of taps of 16 bytes. */
export function nn_window_greatest_s8(x: usize, rows: i32, columns: i32, line: usize, step: usize): v128 {
  let a = i8x16.splat(-128);
  const bytes = <usize>columns * step;
  for (; rows > 0; rows--, x += line) {
    const end = x + bytes;
    for (let p = x; p < end; p += step) a = i8x16.max_s(a, v128.load(p));
  }
  return a;
}

/** The first `count` of 16 bytes. */
// @ts-ignore: decorator
@inline
export function nn_put_s8(bytes: v128, count: i32, y: usize): void {
  if (count >= 16) {
    v128.store(y, bytes);
    return;
  }
  nn_some_s8(bytes, count, y);
  if (count > 8) nn_some_s8(nn_high64(bytes, bytes), count - 8, y + 8);
}
