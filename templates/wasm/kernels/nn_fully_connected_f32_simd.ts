import { nn_madd, nn_store_f32 } from './nn_simd';

@unmanaged
export class nn_fully_connected_f32_simd_layer {
  /** [panels of 8 channels][depth][8], zeros beyond */
  weights: usize;
  /** [channels, a multiple of 8] */
  bias: usize;
  rows: i32;
  depth: i32;
  channels: i32;
  out_min: f32;
  out_max: f32;
}

/** Eight channels of one row; four inputs at a time, each with sums of its own. */
function eight(layer: nn_fully_connected_f32_simd_layer, x: usize, w: usize, o: i32, y: usize): void {
  const bias = layer.bias + (<usize>o << 2);
  let a = v128.load(bias);
  let b = v128.load(bias, 16);
  let c = f32x4.splat(0);
  let d = c;
  let left = layer.depth;
  for (; left >= 2; left -= 2, x += 8, w += 64) {
    let v = v128.load32_splat(x);
    a = nn_madd(v, v128.load(w), a);
    b = nn_madd(v, v128.load(w, 16), b);
    v = v128.load32_splat(x, 4);
    c = nn_madd(v, v128.load(w, 32), c);
    d = nn_madd(v, v128.load(w, 48), d);
  }
  if (left) {
    const v = v128.load32_splat(x);
    a = nn_madd(v, v128.load(w), a);
    b = nn_madd(v, v128.load(w, 16), b);
  }
  a = f32x4.add(a, c);
  b = f32x4.add(b, d);
  nn_store_f32(a, b, f32x4.splat(layer.out_min), f32x4.splat(layer.out_max), layer.channels - o, y + (<usize>o << 2));
}

/** y [rows][channels] = x [rows][depth] . weights + bias; may not overlap. */
export function nn_fully_connected_f32__simd(layer: nn_fully_connected_f32_simd_layer, x: usize, y: usize): void {
  const panel = <usize>layer.depth << 5;
  for (let row: i32 = 0; row < layer.rows; row++) {
    let w = layer.weights;
    for (let o: i32 = 0; o < layer.channels; o += 8, w += panel) eight(layer, x, w, o, y);
    x += <usize>layer.depth << 2;
    y += <usize>layer.channels << 2;
  }
}
