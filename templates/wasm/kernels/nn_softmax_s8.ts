import { nn_clamp, nn_high_multiply, nn_round_halves } from './nn_common';

@unmanaged
export class nn_softmax_s8_layer {
  rows: i32;
  depth: i32;
  multiplier: i32;
  left: i32;
  diff_min: i32;
}

/** x * 2^bits, saturated; 0 < bits < 31. */
function saturating_left(x: i32, bits: i32): i32 {
  const most = i32.MAX_VALUE >> bits;
  if (x > most) return i32.MAX_VALUE;
  return x < -most ? i32.MIN_VALUE : x << bits;
}

/** exp(a) for a in [-1/4, 0), Q0.31: a Taylor series around -1/8. */
function exp_quarter(a: i32): i32 {
  const x = a + (1 << 28);
  const x2 = nn_high_multiply(x, x);
  const x3 = nn_high_multiply(x2, x);
  const x4_over_4 = nn_round_halves(nn_high_multiply(x2, x2), 1);
  const third = nn_high_multiply(x4_over_4 + x3, 715827883); // 1/3
  const tail = nn_round_halves(third + x2, 0);
  return 1895147668 + nn_high_multiply(1895147668, x + tail); // exp(-1/8)
}

// @ts-ignore: decorator
@inline
function factor(result: i32, rest: i32, bit: i32, power: i32): i32 {
  return rest & (0x1000000 << bit) ? nn_high_multiply(result, power) : result;
}

/** exp(a) for a <= 0 in Q5.26, result Q0.31: gemmlowp's exp_on_negative_values. */
function exp_negative(a: i32): i32 {
  if (a == 0) return i32.MAX_VALUE;
  const quarter = 0x1000000;
  const part = (a & (quarter - 1)) - quarter;
  const rest = part - a;
  let result = exp_quarter(saturating_left(part, 5));
  result = factor(result, rest, 0, 1672461947); // exp(-1/4), exp(-1/2), ... exp(-16)
  result = factor(result, rest, 1, 1302514674);
  result = factor(result, rest, 2, 790015084);
  result = factor(result, rest, 3, 290630308);
  result = factor(result, rest, 4, 39332535);
  result = factor(result, rest, 5, 720401);
  return factor(result, rest, 6, 242);
}

/** 1 / (1 + a) for a in [0, 1), Q0.31: gemmlowp's one_over_one_plus_x_for_x_in_0_1. */
function reciprocal(a: i32): i32 {
  const half = <i32>((<i64>a + <i64>i32.MAX_VALUE + 1) / 2);
  let x = 1515870810 + nn_high_multiply(half, -1010580540); // 48/17 - 32/17 * half
  for (let i: i32 = 0; i < 3; i++) {
    const error = (1 << 29) - nn_high_multiply(half, x);
    x += saturating_left(nn_high_multiply(x, error), 2);
  }
  return saturating_left(x, 1);
}

function power(layer: nn_softmax_s8_layer, diff: i32): i32 {
  return exp_negative(nn_high_multiply(diff << layer.left, layer.multiplier));
}

/** Greatest of a row of int8. */
export function nn_greatest_s8(x: usize, depth: i32): i32 {
  let greatest: i32 = -128;
  for (let i: i32 = 0; i < depth; i++) greatest = max(greatest, <i32>load<i8>(x + <usize>i));
  return greatest;
}

function row(layer: nn_softmax_s8_layer, x: usize, y: usize): void {
  const depth = layer.depth;
  const greatest = nn_greatest_s8(x, depth);
  let sum: i32 = 0;
  for (let i: i32 = 0; i < depth; i++) {
    const diff = <i32>load<i8>(x + <usize>i) - greatest;
    if (diff >= layer.diff_min) sum += nn_round_halves(power(layer, diff), 11);
  }
  const zeros = clz(sum);
  const scale = reciprocal((sum << zeros) - i32.MIN_VALUE);
  for (let i: i32 = 0; i < depth; i++) {
    const diff = <i32>load<i8>(x + <usize>i) - greatest;
    let v: i32 = 0;
    if (diff >= layer.diff_min)
      v = nn_round_halves(nn_high_multiply(scale, power(layer, diff)), 12 - zeros + 31 - 8 - 1);
    store<i8>(y + <usize>i, nn_clamp(v - 128, -128, 127));
  }
}

/** Softmax over the last axis; y may be x. TFLite's int8 SOFTMAX. */
export function nn_softmax_s8(layer: nn_softmax_s8_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.rows; i++) {
    row(layer, x, y);
    x += <usize>layer.depth;
    y += <usize>layer.depth;
  }
}
