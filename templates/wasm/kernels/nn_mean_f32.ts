/** x seen as [kept0][reduced0][kept1][reduced1][kept2] */
@unmanaged
export class nn_mean_f32_layer {
  kept0: i32;
  reduced0: i32;
  kept1: i32;
  reduced1: i32;
  kept2: i32;
}

/** Mean over some axes. */
export function nn_mean_f32(layer: nn_mean_f32_layer, x: usize, y: usize): void {
  const inner = <usize>layer.kept2 << 2;
  const middle = <usize>layer.reduced1 * inner;
  const outer = <usize>layer.kept1 * middle;
  const count = <f32>(layer.reduced0 * layer.reduced1);
  for (let a: i32 = 0; a < layer.kept0; a++) {
    for (let b: i32 = 0; b < layer.kept1; b++) {
      for (let c: usize = 0; c < inner; c += 4) {
        let sum: f32 = 0;
        let row = x + <usize>b * middle + c;
        for (let i: i32 = 0; i < layer.reduced0; i++, row += outer)
          for (let j: i32 = 0; j < layer.reduced1; j++) sum += load<f32>(row + <usize>j * inner);
        store<f32>(y, sum / count);
        y += 4;
      }
    }
    x += <usize>layer.reduced0 * outer;
  }
}
