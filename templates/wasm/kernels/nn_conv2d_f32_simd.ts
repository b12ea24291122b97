import { nn_madd, nn_turn } from './nn_simd';
import { nn_bias_rows, nn_biases, nn_image, nn_places, nn_windows } from './nn_windows';

@unmanaged
export class nn_conv2d_f32_simd_layer {
  /** [panels of 8 channels][depth][8], zeros beyond */
  weights: usize;
  /** [classes][channels, a multiple of 8] */
  bias: usize;
  row_class: usize;
  col_class: usize;
  col_classes: i32;
  out_c: i32;
  /** nn_windows */
  batch: i32;
  in_h: i32;
  in_w: i32;
  in_c: i32;
  out_h: i32;
  out_w: i32;
  stride_h: i32;
  stride_w: i32;
  pad_top: i32;
  pad_left: i32;
  /** with its border; 0 where there is none */
  height: i32;
  width: i32;
  fill: i32;
  /** values side by side in a window: how often, how many, bytes from the first to each */
  runs: i32;
  run: i32;
  offsets: usize;
  /** of four pixels each, that share a pass over the weights */
  strips: i32;
  out_min: f32;
  out_max: f32;
}

/** The windows at the four addresses in `places` as [depth][4 pixels]; up to 3 more of each are written. */
function gather(layer: nn_conv2d_f32_simd_layer, places: usize, out: usize): void {
  const p0 = <usize>load<u32>(places);
  const p1 = <usize>load<u32>(places, 4);
  const p2 = <usize>load<u32>(places, 8);
  const p3 = <usize>load<u32>(places, 12);
  const bytes = <usize>layer.run << 2;
  for (let i: i32 = 0; i < layer.runs; i++, out += bytes << 2) {
    let k = <usize>load<i32>(layer.offsets + (<usize>i << 2));
    let to = out;
    for (const end = k + bytes; k < end; k += 16, to += 64)
      nn_turn(v128.load(p0 + k), v128.load(p1 + k), v128.load(p2 + k), v128.load(p3 + k), to, 16);
  }
}

/**
 * Four pixels [depth][4] at x up to `end`, 8 channels; b0 to b3 is where their sums begin. Whole tiles are written to y, `step`
 * bytes from pixel to pixel. Nothing that comes after the loop may need many registers, or engines keep sums in memory.
 */
function tile(
  layer: nn_conv2d_f32_simd_layer,
  x: usize,
  end: usize,
  w: usize,
  b0: usize,
  b1: usize,
  b2: usize,
  b3: usize,
  y: usize,
  step: usize,
): void {
  let a0 = v128.load(b0);
  let a1 = v128.load(b0, 16);
  let c0 = v128.load(b1);
  let c1 = v128.load(b1, 16);
  let d0 = v128.load(b2);
  let d1 = v128.load(b2, 16);
  let e0 = v128.load(b3);
  let e1 = v128.load(b3, 16);
  do {
    const u = v128.load(w);
    const v = v128.load(w, 16);
    let p = v128.load32_splat(x);
    a0 = nn_madd(p, u, a0);
    a1 = nn_madd(p, v, a1);
    p = v128.load32_splat(x, 4);
    c0 = nn_madd(p, u, c0);
    c1 = nn_madd(p, v, c1);
    p = v128.load32_splat(x, 8);
    d0 = nn_madd(p, u, d0);
    d1 = nn_madd(p, v, d1);
    p = v128.load32_splat(x, 12);
    e0 = nn_madd(p, u, e0);
    e1 = nn_madd(p, v, e1);
    w += 32;
    x += 16;
  } while (x < end);
  const low = f32x4.splat(layer.out_min);
  const high = f32x4.splat(layer.out_max);
  v128.store(y, f32x4.pmin(f32x4.pmax(a0, low), high));
  v128.store(y, f32x4.pmin(f32x4.pmax(a1, low), high), 16);
  y += step;
  v128.store(y, f32x4.pmin(f32x4.pmax(c0, low), high));
  v128.store(y, f32x4.pmin(f32x4.pmax(c1, low), high), 16);
  y += step;
  v128.store(y, f32x4.pmin(f32x4.pmax(d0, low), high));
  v128.store(y, f32x4.pmin(f32x4.pmax(d1, low), high), 16);
  y += step;
  v128.store(y, f32x4.pmin(f32x4.pmax(e0, low), high));
  v128.store(y, f32x4.pmin(f32x4.pmax(e1, low), high), 16);
}

/** All channels of pixels from `first` to `end`, whose windows lie in strips. @param spare a tile, then addresses */
function panels(layer: nn_conv2d_f32_simd_layer, first: i32, end: i32, strips: usize, bytes: usize, spare: usize, y: usize): void {
  const channels = layer.out_c;
  const step = <usize>channels << 2;
  const begin = spare + 128;
  const biases = changetype<nn_biases>(changetype<usize>(layer) + offsetof<nn_conv2d_f32_simd_layer>('bias'));
  const last = begin + (<usize>((end - first + 3) & ~3) << 2);
  const next = nn_bias_rows(biases, layer.out_w, first, end - 1, <usize>((channels + 7) & ~7) << 2, begin, last);
  let w = layer.weights;
  for (let o: i32 = 0; o < channels; o += 8, w += bytes << 1) {
    const b = <usize>o << 2;
    const some = <usize>min(channels - o, 8) << 2;
    let strip = strips;
    let out = y + b;
    let from = begin;
    for (let i = first; i < end; i += 4, strip += bytes, out += step << 2, from += next) {
      const isWhole = end - i >= 4 && some == 32;
      const b0 = b + <usize>load<u32>(from);
      const b1 = b + <usize>load<u32>(from, 4);
      const b2 = b + <usize>load<u32>(from, 8);
      const b3 = b + <usize>load<u32>(from, 12);
      tile(layer, strip, strip + bytes, w, b0, b1, b2, b3, isWhole ? out : spare, isWhole ? step : 32);
      if (isWhole) continue;
      for (let k: i32 = 0; k < min(end - i, 4); k++) memory.copy(out + <usize>k * step, spare + (<usize>k << 5), some);
    }
  }
}

/** x is the image with its border; windows of four pixels are brought together in a strip, several strips at a time. */
function image(layer: nn_conv2d_f32_simd_layer, l: nn_windows, x: usize, y: usize, strips: usize): void {
  const pixels = l.out_h * l.out_w;
  const bytes = <usize>(layer.runs * layer.run) << 4;
  const spare = strips + <usize>layer.strips * bytes + 48;
  const places = spare + 128;
  const group = layer.strips << 2;
  for (let first: i32 = 0; first < pixels; first += group) {
    const end = min(first + group, pixels);
    nn_places(l, x, first, (end - first + 3) & ~3, 2, places);
    let strip = strips;
    let place = places;
    for (let i = first; i < end; i += 4, strip += bytes, place += 16) gather(layer, place, strip);
    panels(layer, first, end, strips, bytes, spare, y);
    y += <usize>(group * layer.out_c) << 2;
  }
}

/**
 * Convolution of one group: any window, stride, dilation, padding.
 * @param scratch strips, a tile, addresses, then the image with its border
 */
export function nn_conv2d_f32__simd(layer: nn_conv2d_f32_simd_layer, x: usize, y: usize, scratch: usize): void {
  const border = scratch + (<usize>(layer.strips * (layer.runs * layer.run + 1) + 11) << 4);
  const l = changetype<nn_windows>(changetype<usize>(layer) + offsetof<nn_conv2d_f32_simd_layer>('batch'));
  for (let n: i32 = 0; n < l.batch; n++) {
    image(layer, l, nn_image(l, x, 2, border), y, scratch);
    x += <usize>(l.in_h * l.in_w * l.in_c) << 2;
    y += <usize>(l.out_h * l.out_w * layer.out_c) << 2;
  }
}
