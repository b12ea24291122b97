import { nn_high32, nn_high64, nn_low32, nn_low64, nn_scale, nn_store_s8 } from './nn_simd';

@unmanaged
export class nn_fully_connected_s8_simd_layer {
  /** [panels of 4 channels, an even number][chunks of 16 inputs][4][16] bytes, zeros beyond */
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

// @ts-ignore: decorator
@inline
function add(sum: v128, x: v128, z: v128, w: usize): v128 {
  const first = i32x4.dot_i16x8_s(x, v128.load8x8_s(w));
  return i32x4.add(sum, i32x4.add(first, i32x4.dot_i16x8_s(z, v128.load8x8_s(w, 8))));
}

/** Sums of four channels; x up to `end`, and up to 15 bytes more. */
function panel(x: usize, end: usize, w: usize): v128 {
  let a = i32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  do {
    const v = v128.load8x8_s(x);
    const z = v128.load8x8_s(x, 8);
    a = add(a, v, z, w);
    b = add(b, v, z, w + 16);
    c = add(c, v, z, w + 32);
    d = add(d, v, z, w + 48);
    x += 16;
    w += 64;
  } while (x < end);
  const ab = i32x4.add(nn_low32(a, b), nn_high32(a, b));
  const cd = i32x4.add(nn_low32(c, d), nn_high32(c, d));
  return i32x4.add(nn_low64(ab, cd), nn_high64(ab, cd));
}

/** y [rows][channels] = x [rows][depth] . weights + bias; may not overlap. TFLite's int8 FULLY_CONNECTED. */
export function nn_fully_connected_s8__simd(layer: nn_fully_connected_s8_simd_layer, x: usize, y: usize): void {
  const scale = changetype<nn_scale>(
    changetype<usize>(layer) + offsetof<nn_fully_connected_s8_simd_layer>('scales'),
  );
  const bytes = <usize>((layer.depth + 15) & ~15) << 2;
  for (let row: i32 = 0; row < layer.rows; row++) {
    const end = x + <usize>layer.depth;
    let w = layer.weights;
    for (let o: i32 = 0; o < layer.channels; o += 8, w += 2 * bytes) {
      const bias = layer.bias + (<usize>o << 2);
      const low = i32x4.add(panel(x, end, w), v128.load(bias));
      const high = i32x4.add(panel(x, end, w + bytes), v128.load(bias, 16));
      nn_store_s8(scale, low, high, o, layer.channels - o, y + <usize>o);
    }
    x += <usize>layer.depth;
    y += <usize>layer.channels;
  }
}
