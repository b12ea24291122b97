import { nn_broadcast_offset } from './nn_broadcast';
import { nn_sum_s8 } from './nn_sum_s8';

@unmanaged
export class nn_add_s8_layer {
  sum: usize;
  axes: usize;
  outer: i32;
  run: i32;
  a_step: i32;
  b_step: i32;
}

function signed(layer: nn_add_s8_layer, a: usize, b: usize, y: usize, sign: i32): void {
  for (let i: i32 = 0; i < layer.outer; i++) {
    let p = a + <usize>nn_broadcast_offset(layer.axes, i, 1);
    let q = b + <usize>nn_broadcast_offset(layer.axes, i, 2);
    for (let j: i32 = 0; j < layer.run; j++) {
      store<i8>(y++, nn_sum_s8(layer.sum, load<i8>(p), load<i8>(q), sign));
      p += <usize>layer.a_step;
      q += <usize>layer.b_step;
    }
  }
}

/** Sum of two int8 tensors, with broadcasting; y may be an operand of the same shape. TFLite's ADD. */
export function nn_add_s8(layer: nn_add_s8_layer, a: usize, b: usize, y: usize): void {
  signed(layer, a, b, y, 1);
}

/** Difference. TFLite's SUB. */
export function nn_sub_s8(layer: nn_add_s8_layer, a: usize, b: usize, y: usize): void {
  signed(layer, a, b, y, -1);
}
