import { nn_broadcast_layer, nn_broadcast_offset } from './nn_broadcast';
import { nn_clamp, nn_requantize } from './nn_common';

/** The greater of two int8 values. */
export function nn_maximum_s8(layer: nn_broadcast_layer, x0: usize, x1: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outer; i++) {
    let p = x0 + (<usize>nn_broadcast_offset(layer.axes, i, 1) << 0);
    let q = x1 + (<usize>nn_broadcast_offset(layer.axes, i, 2) << 0);
    for (let j: i32 = 0; j < layer.run; j++) {
      const a: i32 = load<i8>(p);
      const b: i32 = load<i8>(q);
      store<i8>(y, max(a, b));
      y += 1;
      p += <usize>layer.a_step << 0;
      q += <usize>layer.b_step << 0;
    }
  }
}

/** The lesser of two. */
export function nn_minimum_s8(layer: nn_broadcast_layer, x0: usize, x1: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outer; i++) {
    let p = x0 + (<usize>nn_broadcast_offset(layer.axes, i, 1) << 0);
    let q = x1 + (<usize>nn_broadcast_offset(layer.axes, i, 2) << 0);
    for (let j: i32 = 0; j < layer.run; j++) {
      const a: i32 = load<i8>(p);
      const b: i32 = load<i8>(q);
      store<i8>(y, min(a, b));
      y += 1;
      p += <usize>layer.a_step << 0;
      q += <usize>layer.b_step << 0;
    }
  }
}

@unmanaged
export class nn_compare_s8_layer {
  a_zero: i32;
  b_zero: i32;
  a_multiplier: i32;
  a_shift: i32;
  b_multiplier: i32;
  b_shift: i32;
  relation: i32;
  swapped: i32;
  axes: usize;
  outer: i32;
  run: i32;
  a_step: i32;
  b_step: i32;
}

function compare(relation: i32, a: i32, b: i32): bool {
  if (relation == 0) return a == b;
  if (relation == 1) return a != b;
  return a < b || (relation == 3 && a == b);
}

function compared(layer: nn_compare_s8_layer, a: i32, b: i32): bool {
  const left = nn_requantize((a - layer.a_zero) * 256, layer.a_multiplier, layer.a_shift);
  const right = nn_requantize((b - layer.b_zero) * 256, layer.b_multiplier, layer.b_shift);
  return layer.swapped ? compare(layer.relation, right, left) : compare(layer.relation, left, right);
}

/** Comparison of stored values. TFLite's int8 EQUAL, LESS and so on. */
export function nn_compare_s8(layer: nn_compare_s8_layer, x0: usize, x1: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outer; i++) {
    let p = x0 + (<usize>nn_broadcast_offset(layer.axes, i, 1) << 0);
    let q = x1 + (<usize>nn_broadcast_offset(layer.axes, i, 2) << 0);
    for (let j: i32 = 0; j < layer.run; j++) {
      const a: i32 = load<i8>(p);
      const b: i32 = load<i8>(q);
      store<u8>(y, compared(layer, a, b) ? 1 : 0);
      y += 1;
      p += <usize>layer.a_step << 0;
      q += <usize>layer.b_step << 0;
    }
  }
}

@unmanaged
export class nn_prelu_s8_layer {
  a_zero: i32;
  b_zero: i32;
  out_zero: i32;
  positive_multiplier: i32;
  positive_shift: i32;
  negative_multiplier: i32;
  negative_shift: i32;
  axes: usize;
  outer: i32;
  run: i32;
  a_step: i32;
  b_step: i32;
}

function prelu(layer: nn_prelu_s8_layer, a: i32, b: i32): i32 {
  const x = a - layer.a_zero;
  const v =
    x >= 0
      ? nn_requantize(x, layer.positive_multiplier, layer.positive_shift)
      : nn_requantize(x * (b - layer.b_zero), layer.negative_multiplier, layer.negative_shift);
  return nn_clamp(v + layer.out_zero, -128, 127);
}

/** a, or a * b where a is below 0. TFLite's int8 PRELU. */
export function nn_prelu_s8(layer: nn_prelu_s8_layer, x0: usize, x1: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outer; i++) {
    let p = x0 + (<usize>nn_broadcast_offset(layer.axes, i, 1) << 0);
    let q = x1 + (<usize>nn_broadcast_offset(layer.axes, i, 2) << 0);
    for (let j: i32 = 0; j < layer.run; j++) {
      const a: i32 = load<i8>(p);
      const b: i32 = load<i8>(q);
      store<i8>(y, prelu(layer, a, b));
      y += 1;
      p += <usize>layer.a_step << 0;
      q += <usize>layer.b_step << 0;
    }
  }
}

@unmanaged
export class nn_squared_difference_s8_layer {
  a_zero: i32;
  b_zero: i32;
  out_zero: i32;
  a_multiplier: i32;
  a_shift: i32;
  b_multiplier: i32;
  b_shift: i32;
  out_multiplier: i32;
  out_shift: i32;
  axes: usize;
  outer: i32;
  run: i32;
  a_step: i32;
  b_step: i32;
}

function square(layer: nn_squared_difference_s8_layer, a: i32, b: i32): i32 {
  const left = nn_requantize((a - layer.a_zero) * 128, layer.a_multiplier, layer.a_shift);
  const right = nn_requantize((b - layer.b_zero) * 128, layer.b_multiplier, layer.b_shift);
  const v = nn_requantize((left - right) * (left - right), layer.out_multiplier, layer.out_shift);
  return nn_clamp(v + layer.out_zero, -128, 127);
}

/** (a - b) * (a - b). TFLite's int8 SQUARED_DIFFERENCE. */
export function nn_squared_difference_s8(
  layer: nn_squared_difference_s8_layer,
  x0: usize,
  x1: usize,
  y: usize,
): void {
  for (let i: i32 = 0; i < layer.outer; i++) {
    let p = x0 + (<usize>nn_broadcast_offset(layer.axes, i, 1) << 0);
    let q = x1 + (<usize>nn_broadcast_offset(layer.axes, i, 2) << 0);
    for (let j: i32 = 0; j < layer.run; j++) {
      const a: i32 = load<i8>(p);
      const b: i32 = load<i8>(q);
      store<i8>(y, square(layer, a, b));
      y += 1;
      p += <usize>layer.a_step << 0;
      q += <usize>layer.b_step << 0;
    }
  }
}
