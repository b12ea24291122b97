import { nn_pool2d_f32_layer } from './nn_pool2d_f32';
import { nn_pool2d_s8_layer } from './nn_pool2d_s8';
import { nn_put_s8, nn_window_f32, nn_window_greatest_s8, nn_window_sums_s8 } from './nn_window_simd';

/** Four sums of 16-bit size divided, half away from zero: floats of 24 bits come down to the same integers. */
// @ts-ignore: decorator
@inline
function divided(sum: v128, half: v128, taps: v128): v128 {
  const sign = i32x4.shr_s(sum, 31);
  const up = i32x4.add(sum, i32x4.sub(v128.xor(half, sign), sign));
  return i32x4.trunc_sat_f32x4_s(f32x4.div(f32x4.convert_i32x4_s(up), taps));
}

/** Averages of 16 channels, as bytes. */
// @ts-ignore: decorator
@inline
function averages(sums: usize, count: i32): v128 {
  const taps = f32x4.splat(<f32>count);
  const half = i32x4.splat(count / 2);
  const a = v128.load(sums);
  const b = v128.load(sums, 16);
  return i8x16.narrow_i16x8_s(
    i16x8.narrow_i32x4_s(
      divided(i32x4.extend_low_i16x8_s(a), half, taps),
      divided(i32x4.extend_high_i16x8_s(a), half, taps),
    ),
    i16x8.narrow_i32x4_s(
      divided(i32x4.extend_low_i16x8_s(b), half, taps),
      divided(i32x4.extend_high_i16x8_s(b), half, taps),
    ),
  );
}

/** All channels of one pixel: rows x columns taps from x on. */
// @ts-ignore: decorator
@inline
function bytes(average: bool, l: nn_pool2d_s8_layer, x: usize, rows: i32, columns: i32, y: usize, sums: usize): void {
  const step = <usize>l.channels;
  const line = <usize>l.in_w * step;
  const low = i8x16.splat(<i8>l.out_min);
  const high = i8x16.splat(<i8>l.out_max);
  for (let o: i32 = 0; o < l.channels; o += 16) {
    let v: v128;
    if (average) {
      nn_window_sums_s8(x + <usize>o, rows, columns, line, step, sums);
      v = averages(sums, rows * columns);
    } else v = nn_window_greatest_s8(x + <usize>o, rows, columns, line, step);
    nn_put_s8(i8x16.min_s(i8x16.max_s(v, low), high), l.channels - o, y + <usize>o);
  }
}

/** Both layers have the same members but for the bounds. */
// @ts-ignore: decorator
@inline
function pool(isFloat: bool, average: bool, l: nn_pool2d_s8_layer, x: usize, y: usize, sums: usize): void {
  const step = <usize>l.channels << (isFloat ? 2 : 0);
  const line = <usize>l.in_w * step;
  for (let n: i32 = 0; n < l.batch; n++, x += <usize>l.in_h * line)
    for (let i: i32 = 0; i < l.out_h; i++) {
      const top = i * l.stride_h - l.pad_top;
      const from = max(top, 0);
      const rows = min(top + l.filter_h, l.in_h) - from;
      for (let j: i32 = 0; j < l.out_w; j++, y += step) {
        const left = j * l.stride_w - l.pad_left;
        const first = max(left, 0);
        const columns = min(left + l.filter_w, l.in_w) - first;
        const p = x + <usize>from * line + <usize>first * step;
        if (isFloat) {
          const f = changetype<nn_pool2d_f32_layer>(changetype<usize>(l));
          nn_window_f32(average, p, l.channels, rows, columns, line, step, f.out_min, f.out_max, y);
        } else bytes(average, l, p, rows, columns, y, sums);
      }
    }
}

/** Average over the taps inside the image. */
export function nn_average_pool2d_f32__simd(layer: nn_pool2d_f32_layer, x: usize, y: usize): void {
  pool(true, true, changetype<nn_pool2d_s8_layer>(changetype<usize>(layer)), x, y, 0);
}

/** The greatest of the taps inside the image. */
export function nn_max_pool2d_f32__simd(layer: nn_pool2d_f32_layer, x: usize, y: usize): void {
  pool(true, false, changetype<nn_pool2d_s8_layer>(changetype<usize>(layer)), x, y, 0);
}

/**
 * Average over the taps inside the image, at most 256.
 * @param scratch 32 bytes
 */
export function nn_average_pool2d_s8__simd(layer: nn_pool2d_s8_layer, x: usize, y: usize, scratch: usize): void {
  pool(false, true, layer, x, y, scratch);
}

/** The greatest of the taps inside the image. */
export function nn_max_pool2d_s8__simd(layer: nn_pool2d_s8_layer, x: usize, y: usize): void {
  pool(false, false, layer, x, y, 0);
}
