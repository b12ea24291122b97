@unmanaged
export class nn_softmax_f32_layer {
  rows: i32;
  depth: i32;
  beta: f32;
}

function row(layer: nn_softmax_f32_layer, x: usize, y: usize): void {
  const end = <usize>layer.depth << 2;
  let greatest = load<f32>(x);
  for (let i: usize = 4; i < end; i += 4) greatest = max(greatest, load<f32>(x + i));
  let sum: f32 = 0;
  for (let i: usize = 0; i < end; i += 4) {
    const power = Mathf.exp((load<f32>(x + i) - greatest) * layer.beta);
    sum += power;
    store<f32>(y + i, power);
  }
  for (let i: usize = 0; i < end; i += 4) store<f32>(y + i, load<f32>(y + i) / sum);
}

/** Softmax over the last axis; y may be x. */
export function nn_softmax_f32(layer: nn_softmax_f32_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.rows; i++) {
    row(layer, x, y);
    x += <usize>layer.depth << 2;
    y += <usize>layer.depth << 2;
  }
}
