import { nn_matmul_s8, nn_matmul_s8_pixel } from './nn_matmul_s8';

@unmanaged
export class nn_fully_connected_s8_layer {
  weights: usize;
  bias: usize;
  numbers: usize;
  rows: i32;
  depth: i32;
  channels: i32;
  plain: i32;
  out_zero: i32;
  out_min: i32;
  out_max: i32;
}

/** y [rows][channels] = x [rows][depth] . weights + bias; may not overlap. TFLite's int8 FULLY_CONNECTED. */
export function nn_fully_connected_s8(layer: nn_fully_connected_s8_layer, x: usize, y: usize): void {
  const m = changetype<nn_matmul_s8>(offsetof<nn_fully_connected_s8_layer>('out_zero') + changetype<usize>(layer));
  for (let row: i32 = 0; row < layer.rows; row++) {
    nn_matmul_s8_pixel(m, layer.weights, layer.numbers, layer.bias, layer.channels, x, layer.depth, y);
    x += <usize>layer.depth;
    y += <usize>layer.channels;
  }
}
