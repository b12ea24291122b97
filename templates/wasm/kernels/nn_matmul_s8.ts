import { nn_channel, nn_clamp } from './nn_common';

/** What follows the sums: three members of every layer that has them. */
@unmanaged
export class nn_matmul_s8 {
  out_zero: i32;
  out_min: i32;
  out_max: i32;
}

/** Stores the value of a sum. */
// @ts-ignore: decorator
@inline
export function nn_result_s8(m: nn_matmul_s8, numbers: usize, bias: usize, channel: i32, sum: i32, y: usize): void {
  const v = nn_clamp(nn_channel(numbers, bias, channel, sum) + m.out_zero, m.out_min, m.out_max);
  store<i8>(y + <usize>channel, v);
}

/**
 * All channels of one pixel: y = requantised x . weights + bias.
 * @param w blocks of 4 channels [depth][4], then the channels left over, each [depth]
 * @param x [depth]; may not overlap y
 */
export function nn_matmul_s8_pixel(
  m: nn_matmul_s8,
  w: usize,
  numbers: usize,
  bias: usize,
  channels: i32,
  x: usize,
  depth: i32,
  y: usize,
): void {
  const end = x + <usize>depth;
  const blocks = channels & ~3;
  let o: i32 = 0;
  for (; o < blocks; o += 4) {
    let a: i32 = 0;
    let b: i32 = 0;
    let c: i32 = 0;
    let d: i32 = 0;
    for (let p = x; p < end; p++) {
      const v = <i32>load<i8>(p);
      a += v * <i32>load<i8>(w);
      b += v * <i32>load<i8>(w, 1);
      c += v * <i32>load<i8>(w, 2);
      d += v * <i32>load<i8>(w, 3);
      w += 4;
    }
    nn_result_s8(m, numbers, bias, o, a, y);
    nn_result_s8(m, numbers, bias, o + 1, b, y);
    nn_result_s8(m, numbers, bias, o + 2, c, y);
    nn_result_s8(m, numbers, bias, o + 3, d, y);
  }
  for (; o < channels; o++) {
    let a: i32 = 0;
    for (let p = x; p < end; p++) a += <i32>load<i8>(p) * <i32>load<i8>(w++);
    nn_result_s8(m, numbers, bias, o, a, y);
  }
}
