import { nn_high32, nn_high64, nn_low32, nn_low64, nn_scale, nn_store_s8 } from './nn_simd';

@unmanaged
export class nn_fully_connected_s8_simd_layer {
  /** [panels of 8 channels][chunks of 8 inputs][8][8] bytes, zeros beyond */
  weights: usize;
  /** [channels, a multiple of 8], less the input's zero point * sum of weights */
  bias: usize;
  scales: usize;
  shift: usize;
  out_zero: i32;
  out_min: i32;
  out_max: i32;
  rows: i32;
  depth: i32;
  channels: i32;
}

/** The sums of the lanes of four vectors. */
// @ts-ignore: decorator
@inline
function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(nn_low32(a, b), nn_high32(a, b));
  const cd = i32x4.add(nn_low32(c, d), nn_high32(c, d));
  return i32x4.add(nn_low64(ab, cd), nn_high64(ab, cd));
}

// @ts-ignore: decorator
@inline
function add(sum: v128, x: v128, w: usize): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(x, v128.load8x8_s(w)));
}

/** Eight channels of one row. */
function eight(layer: nn_fully_connected_s8_simd_layer, x: usize, w: usize, o: i32, y: usize): void {
  const scale = changetype<nn_scale>(
    changetype<usize>(layer) + offsetof<nn_fully_connected_s8_simd_layer>('scales'),
  );
  const end = x + <usize>layer.depth;
  let a = i32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let e = a;
  let f = a;
  let g = a;
  let h = a;
  do {
    const v = v128.load8x8_s(x);
    a = add(a, v, w);
    b = add(b, v, w + 8);
    c = add(c, v, w + 16);
    d = add(d, v, w + 24);
    e = add(e, v, w + 32);
    f = add(f, v, w + 40);
    g = add(g, v, w + 48);
    h = add(h, v, w + 56);
    x += 8;
    w += 64;
  } while (x < end);
  const bias = layer.bias + (<usize>o << 2);
  const low = i32x4.add(sums(a, b, c, d), v128.load(bias));
  const high = i32x4.add(sums(e, f, g, h), v128.load(bias, 16));
  nn_store_s8(scale, low, high, o, layer.channels - o, y + <usize>o);
}

/** y [rows][channels] = x [rows][depth] . weights + bias; may not overlap. TFLite's int8 FULLY_CONNECTED. */
export function nn_fully_connected_s8__simd(layer: nn_fully_connected_s8_simd_layer, x: usize, y: usize): void {
  const panel = <usize>((layer.depth + 7) & ~7) << 3;
  for (let row: i32 = 0; row < layer.rows; row++) {
    let w = layer.weights;
    for (let o: i32 = 0; o < layer.channels; o += 8, w += panel) eight(layer, x, w, o, y);
    x += <usize>layer.depth;
    y += <usize>layer.channels;
  }
}
