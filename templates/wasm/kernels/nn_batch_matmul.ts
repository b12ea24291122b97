import { nn_broadcast_offset } from './nn_broadcast';
import { nn_clamp, nn_requantize } from './nn_common';

@unmanaged
export class nn_batch_matmul_f32_layer {
  axes: usize;
  batches: i32;
  n: i32;
  k: i32;
  m: i32;
  a_row: i32;
  a_step: i32;
  b_column: i32;
  b_step: i32;
}

/** Products of matrices: y [batches][n][m]; no overlap. */
export function nn_batch_matmul_f32(layer: nn_batch_matmul_f32_layer, a: usize, b: usize, y: usize): void {
  for (let batch: i32 = 0; batch < layer.batches; batch++) {
    const from_a = a + (<usize>nn_broadcast_offset(layer.axes, batch, 1) << 2);
    const from_b = b + (<usize>nn_broadcast_offset(layer.axes, batch, 2) << 2);
    for (let i: i32 = 0; i < layer.n; i++)
      for (let j: i32 = 0; j < layer.m; j++) {
        let p = from_a + (<usize>(i * layer.a_row) << 2);
        let q = from_b + (<usize>(j * layer.b_column) << 2);
        let sum: f32 = 0;
        for (let d: i32 = 0; d < layer.k; d++) {
          sum += load<f32>(p) * load<f32>(q);
          p += <usize>layer.a_step << 2;
          q += <usize>layer.b_step << 2;
        }
        store<f32>(y, sum);
        y += 4;
      }
  }
}

@unmanaged
export class nn_batch_matmul_s8_layer {
  a_zero: i32;
  b_zero: i32;
  out_zero: i32;
  multiplier: i32;
  shift: i32;
  axes: usize;
  batches: i32;
  n: i32;
  k: i32;
  m: i32;
  a_row: i32;
  a_step: i32;
  b_column: i32;
  b_step: i32;
}

/** Products of stored values. TFLite's int8 BATCH_MATMUL. */
export function nn_batch_matmul_s8(layer: nn_batch_matmul_s8_layer, a: usize, b: usize, y: usize): void {
  for (let batch: i32 = 0; batch < layer.batches; batch++) {
    const from_a = a + <usize>nn_broadcast_offset(layer.axes, batch, 1);
    const from_b = b + <usize>nn_broadcast_offset(layer.axes, batch, 2);
    for (let i: i32 = 0; i < layer.n; i++)
      for (let j: i32 = 0; j < layer.m; j++) {
        let p = from_a + <usize>(i * layer.a_row);
        let q = from_b + <usize>(j * layer.b_column);
        let sum: i32 = 0;
        for (let d: i32 = 0; d < layer.k; d++) {
          sum += (<i32>load<i8>(p) - layer.a_zero) * (<i32>load<i8>(q) - layer.b_zero);
          p += <usize>layer.a_step;
          q += <usize>layer.b_step;
        }
        const v = nn_requantize(sum, layer.multiplier, layer.shift) + layer.out_zero;
        store<i8>(y++, nn_clamp(v, -128, 127));
      }
  }
}
