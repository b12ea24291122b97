import { nn_channel, nn_clamp } from './nn_common';
import { nn_sum_s8 } from './nn_sum_s8';

/** One matrix of weights and what follows the sums; lives in a kernel's locals, passed field by field. */
@unmanaged
export class nn_matmul_s8 {
  out_zero: i32;
  out_min: i32;
  out_max: i32;
  sum: usize;
}

/** The stored value of a sum, and of the add that follows, if there is one. */
// @ts-ignore: decorator
@inline
export function nn_result_s8(m: nn_matmul_s8, numbers: usize, bias: usize, channel: i32, sum: i32, y: usize, skip: usize): void {
  let v = nn_clamp(nn_channel(numbers, bias, channel, sum) + m.out_zero, m.out_min, m.out_max);
  if (m.sum) v = nn_sum_s8(m.sum, v, load<i8>(skip + <usize>channel), 1);
  store<i8>(y + <usize>channel, v);
}

/**
 * All channels of one pixel: y = requantised x . weights + bias, then the add if there is one.
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
  skip: usize,
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
    nn_result_s8(m, numbers, bias, o, a, y, skip);
    nn_result_s8(m, numbers, bias, o + 1, b, y, skip);
    nn_result_s8(m, numbers, bias, o + 2, c, y, skip);
    nn_result_s8(m, numbers, bias, o + 3, d, y, skip);
  }
  for (; o < channels; o++) {
    let a: i32 = 0;
    for (let p = x; p < end; p++) a += <i32>load<i8>(p) * <i32>load<i8>(w++);
    nn_result_s8(m, numbers, bias, o, a, y, skip);
  }
}
