import { nn_broadcast_offset } from './nn_broadcast';
import { nn_clamp, nn_requantize } from './nn_common';

@unmanaged
export class nn_mul_s8_layer {
  a_zero: i32;
  b_zero: i32;
  multiplier: i32;
  shift: i32;
  out_zero: i32;
  out_min: i32;
  out_max: i32;
  axes: usize;
  outer: i32;
  run: i32;
  a_step: i32;
  b_step: i32;
}

/** Product of two int8 tensors, with broadcasting; y may be an operand of the same shape. TFLite's MUL. */
export function nn_mul_s8(layer: nn_mul_s8_layer, a: usize, b: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outer; i++) {
    let p = a + <usize>nn_broadcast_offset(layer.axes, i, 1);
    let q = b + <usize>nn_broadcast_offset(layer.axes, i, 2);
    for (let j: i32 = 0; j < layer.run; j++) {
      const product = (<i32>load<i8>(p) - layer.a_zero) * (<i32>load<i8>(q) - layer.b_zero);
      const v = nn_requantize(product, layer.multiplier, layer.shift) + layer.out_zero;
      store<i8>(y++, nn_clamp(v, layer.out_min, layer.out_max));
      p += <usize>layer.a_step;
      q += <usize>layer.b_step;
    }
  }
}
