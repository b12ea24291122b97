import { nn_clamp_f32 } from './nn_common';
import { nn_madd } from './nn_simd';

@unmanaged
export class nn_fully_connected_f32_list_simd_layer {
  /** that are not 0, channel by channel; zeros make them fours */
  weights: usize;
  /** of each the bytes from the first input to the one it multiplies, 16 bits */
  inputs: usize;
  /** [channels] weights before the end of each, 4 bytes each */
  ends: usize;
  bias: usize;
  rows: i32;
  depth: i32;
  channels: i32;
  out_min: f32;
  out_max: f32;
}

/** Four sums at `out`, of the products of every fourth weight. */
function sums(x: usize, w: usize, end: usize, input: usize, out: usize): void {
  let a = f32x4.splat(0);
  for (; w < end; w += 16, input += 8) {
    let p = v128.load32_zero(x + <usize>load<u16>(input));
    p = v128.load32_lane(x + <usize>load<u16>(input, 2), p, 1);
    p = v128.load32_lane(x + <usize>load<u16>(input, 4), p, 2);
    p = v128.load32_lane(x + <usize>load<u16>(input, 6), p, 3);
    a = nn_madd(p, v128.load(w), a);
  }
  v128.store(out, a);
}

/**
 * y [rows][channels] = x [rows][depth] . weights + bias, few rows: weights that are not 0, four inputs brought together at a time.
 * No overlap.
 * @param scratch 16 bytes
 */
export function nn_fully_connected_f32_list__simd(
  layer: nn_fully_connected_f32_list_simd_layer,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  const last = <usize>layer.channels << 2;
  for (let row: i32 = 0; row < layer.rows; row++) {
    let w = layer.weights;
    for (let o: usize = 0; o < last; o += 4, y += 4) {
      const end = layer.weights + <usize>load<i32>(layer.ends + o);
      sums(x, w, end, layer.inputs + ((w - layer.weights) >> 1), scratch);
      const sum: f32 = load<f32>(scratch) + load<f32>(scratch, 4) + (load<f32>(scratch, 8) + load<f32>(scratch, 12));
      store<f32>(y, nn_clamp_f32(load<f32>(layer.bias + o) + sum, layer.out_min, layer.out_max));
      w = end;
    }
    x += <usize>layer.depth << 2;
  }
}
