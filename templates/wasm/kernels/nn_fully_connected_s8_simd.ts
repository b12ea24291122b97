import { nn_high32, nn_high64, nn_low32, nn_low64, nn_scale } from './nn_simd';
import { nn_row_s8 } from './nn_tile_s8';

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

/** Sums of all channels at `out`, four at a time; x up to `end`, and up to 15 bytes more. */
function sums_of(x: usize, end: usize, w: usize, bias: usize, out: usize, last: usize): void {
  for (; out < last; out += 16, bias += 16) {
    let a = i32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    let p = x;
    do {
      const v = v128.load8x8_s(p);
      const z = v128.load8x8_s(p, 8);
      a = add(a, v, z, w);
      b = add(b, v, z, w + 16);
      c = add(c, v, z, w + 32);
      d = add(d, v, z, w + 48);
      p += 16;
      w += 64;
    } while (p < end);
    const ab = i32x4.add(nn_low32(a, b), nn_high32(a, b));
    const cd = i32x4.add(nn_low32(c, d), nn_high32(c, d));
    v128.store(out, i32x4.add(i32x4.add(nn_low64(ab, cd), nn_high64(ab, cd)), v128.load(bias)));
  }
}

/**
 * y [rows][channels] = x [rows][depth] . weights + bias; may not overlap. TFLite's int8 FULLY_CONNECTED.
 * @param scratch sums of one row [channels, a multiple of 8]
 */
export function nn_fully_connected_s8__simd(
  layer: nn_fully_connected_s8_simd_layer,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  const scale = changetype<nn_scale>(
    changetype<usize>(layer) + offsetof<nn_fully_connected_s8_simd_layer>('scales'),
  );
  const last = scratch + (<usize>((layer.channels + 7) & ~7) << 2);
  for (let row: i32 = 0; row < layer.rows; row++) {
    sums_of(x, x + <usize>layer.depth, layer.weights, layer.bias, scratch, last);
    nn_row_s8(scale, scratch, layer.channels, y);
    x += <usize>layer.depth;
    y += <usize>layer.channels;
  }
}
