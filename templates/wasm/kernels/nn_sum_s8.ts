import { nn_clamp, nn_requantize } from './nn_common';

/**
 * a + sign * b of two quantised values: TFLite's int8 ADD and SUB.
 * @param p offset, multiplier, shift of a; of b; bits left; zero point, multiplier, shift, least, most of the result
 */
export function nn_sum_s8(p: usize, a: i32, b: i32, sign: i32): i32 {
  const left = load<i32>(p, 24);
  const x = nn_requantize((a + load<i32>(p)) << left, load<i32>(p, 4), load<i32>(p, 8));
  const y = nn_requantize((b + load<i32>(p, 12)) << left, load<i32>(p, 16), load<i32>(p, 20));
  const sum = nn_requantize(x + sign * y, load<i32>(p, 32), load<i32>(p, 36));
  return nn_clamp(sum + load<i32>(p, 28), load<i32>(p, 40), load<i32>(p, 44));
}
