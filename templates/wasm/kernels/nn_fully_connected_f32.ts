import { nn_clamp_f32 } from './nn_common';

@unmanaged
export class nn_fully_connected_f32_layer {
  weights: usize;
  bias: usize;
  rows: i32;
  depth: i32;
  channels: i32;
  out_min: f32;
  out_max: f32;
}

/** y [rows][channels] = x [rows][depth] . weights [channels][depth] + bias; may not overlap. */
export function nn_fully_connected_f32(layer: nn_fully_connected_f32_layer, x: usize, y: usize): void {
  const bytes = <usize>layer.depth << 2;
  for (let row: i32 = 0; row < layer.rows; row++) {
    let w = layer.weights;
    for (let o: i32 = 0; o < layer.channels; o++) {
      let sum = load<f32>(layer.bias + (<usize>o << 2));
      for (let k: usize = 0; k < bytes; k += 4) sum += load<f32>(x + k) * load<f32>(w + k);
      store<f32>(y, nn_clamp_f32(sum, layer.out_min, layer.out_max));
      y += 4;
      w += bytes;
    }
    x += bytes;
  }
}
