import { nn_clamp_f32 } from './nn_common';

@unmanaged
export class nn_binary_f32_same_layer {
  count: i32;
  out_min: f32;
  out_max: f32;
}

// @ts-ignore: decorator
@inline
function combine(layer: nn_binary_f32_same_layer, a: usize, b: usize, y: usize, operation: i32): void {
  const low = f32x4.splat(layer.out_min);
  const high = f32x4.splat(layer.out_max);
  const end = <usize>layer.count << 2;
  let i: usize = 0;
  for (; i + 16 <= end; i += 16) {
    const u = v128.load(a + i);
    const v = v128.load(b + i);
    const w = operation == 0 ? f32x4.add(u, v) : operation == 1 ? f32x4.sub(u, v) : f32x4.mul(u, v);
    v128.store(y + i, f32x4.pmin(f32x4.pmax(w, low), high));
  }
  for (; i < end; i += 4) {
    const u = load<f32>(a + i);
    const v = load<f32>(b + i);
    const w = operation == 0 ? u + v : operation == 1 ? u - v : u * v;
    store<f32>(y + i, nn_clamp_f32(w, layer.out_min, layer.out_max));
  }
}

/** Sum of two float tensors of the same shape; y may be an operand, or begin before one that it overlaps. */
export function nn_add_f32__simd(layer: nn_binary_f32_same_layer, a: usize, b: usize, y: usize): void {
  combine(layer, a, b, y, 0);
}

/** Difference. */
export function nn_sub_f32__simd(layer: nn_binary_f32_same_layer, a: usize, b: usize, y: usize): void {
  combine(layer, a, b, y, 1);
}

/** Product. */
export function nn_mul_f32__simd(layer: nn_binary_f32_same_layer, a: usize, b: usize, y: usize): void {
  combine(layer, a, b, y, 2);
}
