import { nn_clamp, nn_requantize } from './nn_common';

/** x seen as [kept0][reduced0][kept1][reduced1][kept2] */
@unmanaged
export class nn_mean_s8_layer {
  kept0: i32;
  reduced0: i32;
  kept1: i32;
  reduced1: i32;
  kept2: i32;
  zeros: i32;
  multiplier: i32;
  shift: i32;
  out_zero: i32;
}

/** Mean over some axes. TFLite's MEAN. */
export function nn_mean_s8(layer: nn_mean_s8_layer, x: usize, y: usize): void {
  const inner = <usize>layer.kept2;
  const middle = <usize>layer.reduced1 * inner;
  const outer = <usize>layer.kept1 * middle;
  for (let a: i32 = 0; a < layer.kept0; a++) {
    for (let b: i32 = 0; b < layer.kept1; b++) {
      for (let c: usize = 0; c < inner; c++) {
        let sum: i32 = 0;
        let row = x + <usize>b * middle + c;
        for (let i: i32 = 0; i < layer.reduced0; i++, row += outer)
          for (let j: i32 = 0; j < layer.reduced1; j++) sum += <i32>load<i8>(row + <usize>j * inner);
        const v = nn_requantize(sum - layer.zeros, layer.multiplier, layer.shift) + layer.out_zero;
        store<i8>(y++, nn_clamp(v, -128, 127));
      }
    }
    x += <usize>layer.reduced0 * outer;
  }
}
