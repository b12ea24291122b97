import { nn_high32, nn_high64, nn_low32, nn_low64, nn_scale } from './nn_simd';
import { nn_row_s8 } from './nn_tile_s8';

@unmanaged
export class nn_fully_connected_s8_blocks_simd_layer {
  /** blocks of 4 channels and 8 inputs that are not all 0, panel of 4 channels by panel, [4][8] bytes each */
  weights: usize;
  /** of each block its first input, 16 bits */
  inputs: usize;
  /** [panels of 4, an even number] blocks before the end of each */
  ends: usize;
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

/** Sums of all channels at `out`, four at a time, over the blocks that there are. */
function sums_of(layer: nn_fully_connected_s8_blocks_simd_layer, x: usize, out: usize, last: usize): void {
  let w = layer.weights;
  let input = layer.inputs;
  let ends = layer.ends;
  let bias = layer.bias;
  for (; out < last; out += 16, bias += 16, ends += 4) {
    const end = layer.inputs + (<usize>load<i32>(ends) << 1);
    let a = i32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    for (; input < end; input += 2, w += 32) {
      const v = v128.load8x8_s(x + <usize>load<u16>(input));
      a = i32x4.add(a, i32x4.dot_i16x8_s(v, v128.load8x8_s(w)));
      b = i32x4.add(b, i32x4.dot_i16x8_s(v, v128.load8x8_s(w, 8)));
      c = i32x4.add(c, i32x4.dot_i16x8_s(v, v128.load8x8_s(w, 16)));
      d = i32x4.add(d, i32x4.dot_i16x8_s(v, v128.load8x8_s(w, 24)));
    }
    const ab = i32x4.add(nn_low32(a, b), nn_high32(a, b));
    const cd = i32x4.add(nn_low32(c, d), nn_high32(c, d));
    v128.store(out, i32x4.add(i32x4.add(nn_low64(ab, cd), nn_high64(ab, cd)), v128.load(bias)));
  }
}

/**
 * y [rows][channels] = x [rows][depth] . weights + bias, of which only blocks that are not 0 are there; no overlap. TFLite's
 * int8 FULLY_CONNECTED.
 * @param scratch sums of one row [channels, a multiple of 8]
 */
export function nn_fully_connected_s8_blocks__simd(
  layer: nn_fully_connected_s8_blocks_simd_layer,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  const scale = changetype<nn_scale>(
    changetype<usize>(layer) + offsetof<nn_fully_connected_s8_blocks_simd_layer>('scales'),
  );
  const last = scratch + (<usize>((layer.channels + 7) & ~7) << 2);
  for (let row: i32 = 0; row < layer.rows; row++) {
    sums_of(layer, x, scratch, last);
    nn_row_s8(scale, scratch, layer.channels, y);
    x += <usize>layer.depth;
    y += <usize>layer.channels;
  }
}
