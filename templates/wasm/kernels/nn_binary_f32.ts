import { nn_broadcast_offset } from './nn_broadcast';
import { nn_clamp_f32 } from './nn_common';

@unmanaged
export class nn_binary_f32_layer {
  out_min: f32;
  out_max: f32;
  axes: usize;
  outer: i32;
  run: i32;
  a_step: i32;
  b_step: i32;
}

// @ts-ignore: decorator
@inline
function combine(layer: nn_binary_f32_layer, a: usize, b: usize, y: usize, operation: i32): void {
  const a_step = <usize>layer.a_step << 2;
  const b_step = <usize>layer.b_step << 2;
  for (let i: i32 = 0; i < layer.outer; i++) {
    let p = a + (<usize>nn_broadcast_offset(layer.axes, i, 1) << 2);
    let q = b + (<usize>nn_broadcast_offset(layer.axes, i, 2) << 2);
    for (let j: i32 = 0; j < layer.run; j++) {
      const u = load<f32>(p);
      const v = load<f32>(q);
      const w = operation == 0 ? u + v : operation == 1 ? u - v : u * v;
      store<f32>(y, nn_clamp_f32(w, layer.out_min, layer.out_max));
      y += 4;
      p += a_step;
      q += b_step;
    }
  }
}

/** Sum of two float tensors, with broadcasting; y may be an operand of the same shape. */
export function nn_add_f32(layer: nn_binary_f32_layer, a: usize, b: usize, y: usize): void {
  combine(layer, a, b, y, 0);
}

/** Difference. */
export function nn_sub_f32(layer: nn_binary_f32_layer, a: usize, b: usize, y: usize): void {
  combine(layer, a, b, y, 1);
}

/** Product. */
export function nn_mul_f32(layer: nn_binary_f32_layer, a: usize, b: usize, y: usize): void {
  combine(layer, a, b, y, 2);
}
