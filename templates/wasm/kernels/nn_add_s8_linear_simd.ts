import { nn_clamp } from './nn_common';

@unmanaged
export class nn_add_s8_linear_layer {
  count: i32;
  a: i32;
  b: i32;
  start: i32;
  shift: i32;
  out_min: i32;
  out_max: i32;
}

/**
 * Sum (or difference) of two int8 tensors of the same shape by one multiplication per operand, proven right for all values
 * (src/kernels/linear-sum.ts). y may be a or b, or begin before one that it overlaps.
 */
export function nn_add_s8_linear__simd(layer: nn_add_s8_linear_layer, a: usize, b: usize, y: usize): void {
  const count = <usize>layer.count;
  const shift = layer.shift;
  const ma = i32x4.splat(layer.a);
  const mb = i32x4.splat(layer.b);
  const start = i32x4.splat(layer.start);
  const least = i8x16.splat(<i8>layer.out_min);
  const most = i8x16.splat(<i8>layer.out_max);
  let i: usize = 0;
  for (; i + 8 <= count; i += 8) {
    const u = v128.load8x8_s(a + i);
    const v = v128.load8x8_s(b + i);
    const p = i32x4.add(i32x4.mul(i32x4.extend_low_i16x8_s(u), ma), start);
    const q = i32x4.add(i32x4.mul(i32x4.extend_high_i16x8_s(u), ma), start);
    const low = i32x4.shr_s(i32x4.add(p, i32x4.mul(i32x4.extend_low_i16x8_s(v), mb)), shift);
    const high = i32x4.shr_s(i32x4.add(q, i32x4.mul(i32x4.extend_high_i16x8_s(v), mb)), shift);
    const wide = i16x8.narrow_i32x4_s(low, high);
    const bytes = i8x16.max_s(i8x16.narrow_i16x8_s(wide, wide), least);
    v128.store64_lane(y + i, i8x16.min_s(bytes, most), 0);
  }
  for (; i < count; i++) {
    const v = (<i32>load<i8>(a + i) * layer.a + <i32>load<i8>(b + i) * layer.b + layer.start) >> shift;
    store<i8>(y + i, nn_clamp(v, layer.out_min, layer.out_max));
  }
}

/** The same function: the sign is in the numbers. */
export function nn_sub_s8_linear__simd(layer: nn_add_s8_linear_layer, a: usize, b: usize, y: usize): void {
  nn_add_s8_linear__simd(layer, a, b, y);
}
