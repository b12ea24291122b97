import { nn_clamp, nn_requantize } from './nn_common';
import { nn_mean_f32_layer } from './nn_mean_f32';
import { nn_mean_s8_layer } from './nn_mean_s8';
import { nn_window_f32, nn_window_sums_s8 } from './nn_window_simd';

/** Means of `channels` values side by side. */
// @ts-ignore: decorator
@inline
function bytes(
  l: nn_mean_s8_layer,
  x: usize,
  channels: i32,
  columns: i32,
  line: usize,
  step: usize,
  y: usize,
  sums: usize,
): void {
  for (let o: i32 = 0; o < channels; o += 16) {
    nn_window_sums_s8(x + <usize>o, l.reduced0, columns, line, step, sums);
    for (let i: i32 = 0; i < min(16, channels - o); i++) {
      const sum = <i32>load<i16>(sums + (<usize>i << 1));
      const v = nn_requantize(sum - l.zeros, l.multiplier, l.shift) + l.out_zero;
      store<i8>(y++, nn_clamp(v, -128, 127));
    }
  }
}

/** Both layers begin with the same sizes. Where there is no second reduced axis, both kept ones are side by side. */
// @ts-ignore: decorator
@inline
function mean(isFloat: bool, l: nn_mean_s8_layer, x: usize, y: usize, sums: usize): void {
  const unit: usize = isFloat ? 2 : 0;
  const isOne = l.reduced1 == 1;
  const channels = isOne ? l.kept1 * l.kept2 : l.kept2;
  const line = <usize>(l.kept1 * l.reduced1 * l.kept2) << unit;
  const step = <usize>channels << unit;
  const times = isOne ? 1 : l.kept1;
  for (let a: i32 = 0; a < l.kept0; a++, x += <usize>l.reduced0 * line) {
    let p = x;
    for (let b: i32 = 0; b < times; b++, p += <usize>l.reduced1 * step, y += step) {
      if (isFloat)
        nn_window_f32(true, p, channels, l.reduced0, l.reduced1, line, step, -Infinity, Infinity, y);
      else bytes(l, p, channels, l.reduced1, line, step, y, sums);
    }
  }
}

/** Mean over some axes of values that lie side by side. */
export function nn_mean_f32__simd(layer: nn_mean_f32_layer, x: usize, y: usize): void {
  mean(true, changetype<nn_mean_s8_layer>(changetype<usize>(layer)), x, y, 0);
}

/**
 * The same, over 256 values at most. TFLite's MEAN.
 * @param scratch 32 bytes
 */
export function nn_mean_s8__simd(layer: nn_mean_s8_layer, x: usize, y: usize, scratch: usize): void {
  mean(false, layer, x, y, scratch);
}
