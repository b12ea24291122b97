import { nn_high32, nn_high64, nn_low32, nn_low64, nn_scale, nn_store_s8 } from './nn_simd';

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

/** Sums of four channels over the blocks from `first` to `end`. */
function panel(layer: nn_fully_connected_s8_blocks_simd_layer, x: usize, first: i32, end: i32): v128 {
  let a = i32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let w = layer.weights + (<usize>first << 5);
  let input = layer.inputs + (<usize>first << 1);
  for (let i = first; i < end; i++) {
    const v = v128.load8x8_s(x + <usize>load<u16>(input));
    a = i32x4.add(a, i32x4.dot_i16x8_s(v, v128.load8x8_s(w)));
    b = i32x4.add(b, i32x4.dot_i16x8_s(v, v128.load8x8_s(w, 8)));
    c = i32x4.add(c, i32x4.dot_i16x8_s(v, v128.load8x8_s(w, 16)));
    d = i32x4.add(d, i32x4.dot_i16x8_s(v, v128.load8x8_s(w, 24)));
    w += 32;
    input += 2;
  }
  const ab = i32x4.add(nn_low32(a, b), nn_high32(a, b));
  const cd = i32x4.add(nn_low32(c, d), nn_high32(c, d));
  return i32x4.add(nn_low64(ab, cd), nn_high64(ab, cd));
}

/**
 * y [rows][channels] = x [rows][depth] . weights + bias, of which only blocks that are not 0 are there; no overlap. TFLite's
 * int8 FULLY_CONNECTED.
 */
export function nn_fully_connected_s8_blocks__simd(
  layer: nn_fully_connected_s8_blocks_simd_layer,
  x: usize,
  y: usize,
): void {
  const scale = changetype<nn_scale>(
    changetype<usize>(layer) + offsetof<nn_fully_connected_s8_blocks_simd_layer>('scales'),
  );
  for (let row: i32 = 0; row < layer.rows; row++) {
    let first: i32 = 0;
    for (let o: i32 = 0; o < layer.channels; o += 8) {
      const at = <usize>o;
      const half = load<i32>(layer.ends + at);
      const end = load<i32>(layer.ends + at, 4);
      const bias = layer.bias + (at << 2);
      const low = i32x4.add(panel(layer, x, first, half), v128.load(bias));
      const high = i32x4.add(panel(layer, x, half, end), v128.load(bias, 16));
      nn_store_s8(scale, low, high, o, layer.channels - o, y + at);
      first = end;
    }
    x += <usize>layer.depth;
    y += <usize>layer.channels;
  }
}
