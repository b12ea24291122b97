import { nn_bias_row } from './nn_common';
import { nn_bordered, nn_madd } from './nn_simd';

@unmanaged
export class nn_conv2d_f32_simd_layer {
  /** [panels of 8 channels][depth][8], zeros beyond */
  weights: usize;
  /** [classes][channels, a multiple of 8] */
  bias: usize;
  row_class: usize;
  col_class: usize;
  col_classes: i32;
  batch: i32;
  in_h: i32;
  in_w: i32;
  in_c: i32;
  out_h: i32;
  out_w: i32;
  out_c: i32;
  stride_h: i32;
  stride_w: i32;
  pad_top: i32;
  pad_left: i32;
  /** with its border; 0 where there is none */
  height: i32;
  width: i32;
  /** values side by side in a window: how often, how many, elements from the first to each */
  runs: i32;
  run: i32;
  offsets: usize;
  out_min: f32;
  out_max: f32;
}

/** The first `count` of 8 values, within bounds. */
// @ts-ignore: decorator
@inline
export function nn_store_f32(a: v128, b: v128, low: v128, high: v128, count: i32, y: usize): void {
  a = f32x4.pmin(f32x4.pmax(a, low), high);
  b = f32x4.pmin(f32x4.pmax(b, low), high);
  if (count >= 8) {
    v128.store(y, a);
    v128.store(y, b, 16);
    return;
  }
  nn_some_f32(a, b, count, y);
}

function nn_some_f32(a: v128, b: v128, count: i32, y: usize): void {
  if (count >= 4) {
    v128.store(y, a);
    nn_some_f32(b, b, count - 4, y + 16);
    return;
  }
  if (count > 0) v128.store32_lane(y, a, 0);
  if (count > 1) v128.store32_lane(y, a, 1, 4);
  if (count > 2) v128.store32_lane(y, a, 2, 8);
}

/** Four pixels, whose windows begin at p0 to p3, 8 channels from `o` on; b0 to b3 is where their sums begin. */
function tile(
  layer: nn_conv2d_f32_simd_layer,
  p0: usize,
  p1: usize,
  p2: usize,
  p3: usize,
  w: usize,
  b0: usize,
  b1: usize,
  b2: usize,
  b3: usize,
  count: i32,
  y: usize,
  pixels: i32,
): void {
  let a0 = v128.load(b0);
  let a1 = v128.load(b0, 16);
  let c0 = v128.load(b1);
  let c1 = v128.load(b1, 16);
  let d0 = v128.load(b2);
  let d1 = v128.load(b2, 16);
  let e0 = v128.load(b3);
  let e1 = v128.load(b3, 16);
  const bytes = <usize>layer.run << 2;
  const last = layer.offsets + (<usize>layer.runs << 2);
  let offset = layer.offsets;
  do {
    let k = <usize>load<i32>(offset);
    const end = k + bytes;
    do {
      const u = v128.load(w);
      const v = v128.load(w, 16);
      let x = v128.load32_splat(p0 + k);
      a0 = nn_madd(x, u, a0);
      a1 = nn_madd(x, v, a1);
      x = v128.load32_splat(p1 + k);
      c0 = nn_madd(x, u, c0);
      c1 = nn_madd(x, v, c1);
      x = v128.load32_splat(p2 + k);
      d0 = nn_madd(x, u, d0);
      d1 = nn_madd(x, v, d1);
      x = v128.load32_splat(p3 + k);
      e0 = nn_madd(x, u, e0);
      e1 = nn_madd(x, v, e1);
      w += 32;
      k += 4;
    } while (k < end);
    offset += 4;
  } while (offset < last);
  const low = f32x4.splat(layer.out_min);
  const high = f32x4.splat(layer.out_max);
  const step = <usize>layer.out_c << 2;
  nn_store_f32(a0, a1, low, high, count, y);
  if (pixels > 1) nn_store_f32(c0, c1, low, high, count, y + step);
  if (pixels > 2) nn_store_f32(d0, d1, low, high, count, y + 2 * step);
  if (pixels > 3) nn_store_f32(e0, e1, low, high, count, y + 3 * step);
}

// @ts-ignore: decorator
@inline
function bias_of(layer: nn_conv2d_f32_simd_layer, pixel: i32): usize {
  if (!layer.row_class) return layer.bias;
  const y = pixel / layer.out_w;
  const bytes = <usize>((layer.out_c + 7) & ~7) << 2;
  return nn_bias_row(layer.bias, layer.row_class, layer.col_class, layer.col_classes, y, pixel - y * layer.out_w, bytes);
}

/** Where the window of a pixel begins. */
// @ts-ignore: decorator
@inline
function window(layer: nn_conv2d_f32_simd_layer, x: usize, width: i32, pixel: i32): usize {
  const i = pixel / layer.out_w;
  const j = pixel - i * layer.out_w;
  return x + (<usize>((i * layer.stride_h * width + j * layer.stride_w) * layer.in_c) << 2);
}

/** x is the image with its border. */
function image(layer: nn_conv2d_f32_simd_layer, x: usize, width: i32, y: usize): void {
  const pixels = layer.out_h * layer.out_w;
  const channels = layer.out_c;
  const panel = <usize>(layer.runs * layer.run) << 5;
  for (let first: i32 = 0; first < pixels; first += 4) {
    const second = min(first + 1, pixels - 1);
    const third = min(first + 2, pixels - 1);
    const fourth = min(first + 3, pixels - 1);
    const p0 = window(layer, x, width, first);
    const p1 = window(layer, x, width, second);
    const p2 = window(layer, x, width, third);
    const p3 = window(layer, x, width, fourth);
    const b0 = bias_of(layer, first);
    const b1 = bias_of(layer, second);
    const b2 = bias_of(layer, third);
    const b3 = bias_of(layer, fourth);
    let w = layer.weights;
    for (let o: i32 = 0; o < channels; o += 8, w += panel) {
      const b = <usize>o << 2;
      tile(layer, p0, p1, p2, p3, w, b0 + b, b1 + b, b2 + b, b3 + b, channels - o, y + b, pixels - first);
    }
    y += <usize>(channels << 4);
  }
}

/**
 * Convolution of one group: any window, stride, dilation, padding.
 * @param scratch the image with its border
 */
export function nn_conv2d_f32__simd(layer: nn_conv2d_f32_simd_layer, x: usize, y: usize, scratch: usize): void {
  for (let n: i32 = 0; n < layer.batch; n++) {
    let from = x;
    let width = layer.in_w;
    if (layer.height) {
      width = layer.width;
      const bytes = layer.in_c << 2;
      nn_bordered(x, layer.in_h, layer.in_w, bytes, layer.pad_top, layer.pad_left, layer.height, width, 0, scratch);
      from = scratch;
    }
    image(layer, from, width, y);
    x += <usize>(layer.in_h * layer.in_w * layer.in_c) << 2;
    y += <usize>(layer.out_h * layer.out_w * layer.out_c) << 2;
  }
}
