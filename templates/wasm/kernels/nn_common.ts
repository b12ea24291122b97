/** What all kernels share: the arithmetic of the TFLite quantisation specification. */

// @ts-ignore: decorator
@inline
export function nn_clamp(x: i32, low: i32, high: i32): i32 {
  return min(max(x, low), high);
}

// @ts-ignore: decorator
@inline
export function nn_clamp_f32(x: f32, low: f32, high: f32): f32 {
  return x < low ? low : x > high ? high : x;
}

/** round(a * b / 2^31), half up: gemmlowp's SaturatingRoundingDoublingHighMul unless a = b = -2^31. */
// @ts-ignore: decorator
@inline
export function nn_high_multiply(a: i32, b: i32): i32 {
  return <i32>((<i64>a * <i64>b + 0x40000000) >> 31);
}

/** round(x / 2^(shift + 1)), half away from zero; 0 <= shift <= 30: gemmlowp's RoundingDivideByPOT. */
// @ts-ignore: decorator
@inline
export function nn_round_halves(x: i32, shift: i32): i32 {
  return (((x + (x >> 31)) >> shift) + 1) >> 1;
}

/**
 * x * multiplier / 2^31 / 2^(shift + 1), rounded twice: TFLite's MultiplyByQuantizedMultiplier.
 * @param shift right shift less one; -1 = none, less = to the left
 */
export function nn_requantize(x: i32, multiplier: i32, shift: i32): i32 {
  if (shift < 0) return nn_high_multiply(x << (-1 - shift), multiplier);
  return nn_round_halves(nn_high_multiply(x, multiplier), shift);
}

/**
 * The stored value of an accumulator that starts from 0.
 * @param numbers [channels][bias * 256 + shift (modulo 256), multiplier]
 * @param bias [channels], or 0 where the numbers hold it
 */
export function nn_channel(numbers: usize, bias: usize, channel: i32, sum: i32): i32 {
  const at = numbers + (<usize>channel << 3);
  const word = load<i32>(at);
  const start = bias ? load<i32>(bias + (<usize>channel << 2)) : word >> 8;
  return nn_requantize(start + sum, load<i32>(at, 4), (word << 24) >> 24);
}

/** Address of the bias row of an output pixel; classes are 0 where there is one row. */
// @ts-ignore: decorator
@inline
export function nn_bias_row(bias: usize, rows: usize, cols: usize, cols_count: i32, y: i32, x: i32, bytes: usize): usize {
  if (!rows || !bias) return bias;
  return bias + <usize>(<i32>load<u8>(rows + <usize>y) * cols_count + <i32>load<u8>(cols + <usize>x)) * bytes;
}
