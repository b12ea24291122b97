import { nn_madd, nn_store_f32 } from './nn_simd';

@unmanaged
export class nn_fully_connected_f32_blocks_simd_layer {
  /** blocks of 4 channels and 8 inputs that are not all 0, panel of 4 channels by panel, [8][4] each */
  weights: usize;
  /** of each block its first input, 16 bits */
  inputs: usize;
  /** [panels of 4, an even number] blocks before the end of each */
  ends: usize;
  /** [channels, a multiple of 8] */
  bias: usize;
  rows: i32;
  /** of x, with zeros behind it in scratch memory if it is no multiple of 8 */
  depth: i32;
  channels: i32;
  out_min: f32;
  out_max: f32;
}

/** Sums of four channels over the blocks from `first` to `end`. */
function panel(layer: nn_fully_connected_f32_blocks_simd_layer, x: usize, first: i32, end: i32, start: v128): v128 {
  let a = start;
  let b = f32x4.splat(0);
  let c = b;
  let d = b;
  let w = layer.weights + (<usize>first << 7);
  let input = layer.inputs + (<usize>first << 1);
  for (let i = first; i < end; i++) {
    const p = x + (<usize>load<u16>(input) << 2);
    a = nn_madd(v128.load32_splat(p), v128.load(w), a);
    b = nn_madd(v128.load32_splat(p, 4), v128.load(w, 16), b);
    c = nn_madd(v128.load32_splat(p, 8), v128.load(w, 32), c);
    d = nn_madd(v128.load32_splat(p, 12), v128.load(w, 48), d);
    a = nn_madd(v128.load32_splat(p, 16), v128.load(w, 64), a);
    b = nn_madd(v128.load32_splat(p, 20), v128.load(w, 80), b);
    c = nn_madd(v128.load32_splat(p, 24), v128.load(w, 96), c);
    d = nn_madd(v128.load32_splat(p, 28), v128.load(w, 112), d);
    w += 128;
    input += 2;
  }
  return f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
}

/**
 * y [rows][channels] = x [rows][depth] . weights + bias, of which only blocks that are not 0 are there; no overlap.
 * @param scratch a row of x, a multiple of 8 values
 */
export function nn_fully_connected_f32_blocks__simd(
  layer: nn_fully_connected_f32_blocks_simd_layer,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  const bytes = <usize>layer.depth << 2;
  const low = f32x4.splat(layer.out_min);
  const high = f32x4.splat(layer.out_max);
  for (let row: i32 = 0; row < layer.rows; row++) {
    let from = x;
    if (layer.depth & 7) {
      // What lies behind x may be no number at all.
      memory.fill(scratch, 0, (bytes + 31) & ~31);
      memory.copy(scratch, x, bytes);
      from = scratch;
    }
    let first: i32 = 0;
    for (let o: i32 = 0; o < layer.channels; o += 8) {
      const at = <usize>o;
      const half = load<i32>(layer.ends + at);
      const end = load<i32>(layer.ends + at, 4);
      const bias = layer.bias + (at << 2);
      const a = panel(layer, from, first, half, v128.load(bias));
      const b = panel(layer, from, half, end, v128.load(bias, 16));
      nn_store_f32(a, b, low, high, layer.channels - o, y + (at << 2));
      first = end;
    }
    x += bytes;
    y += <usize>layer.channels << 2;
  }
}
