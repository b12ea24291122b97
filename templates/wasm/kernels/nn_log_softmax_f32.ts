@unmanaged
export class nn_log_softmax_f32_layer {
  rows: i32;
  depth: i32;
}

/** Logarithm of softmax, row by row; y may be x. */
export function nn_log_softmax_f32(layer: nn_log_softmax_f32_layer, x: usize, y: usize): void {
  const bytes = <usize>layer.depth << 2;
  for (let row: i32 = 0; row < layer.rows; row++, x += bytes, y += bytes) {
    let most = load<f32>(x);
    for (let i: usize = 4; i < bytes; i += 4) most = max(most, load<f32>(x + i));
    let sum: f32 = 0;
    for (let i: usize = 0; i < bytes; i += 4) sum += Mathf.exp(load<f32>(x + i) - most);
    sum = Mathf.log(sum);
    for (let i: usize = 0; i < bytes; i += 4) store<f32>(y + i, load<f32>(x + i) - most - sum);
  }
}
