import { nn_bias_row } from './nn_common';
import { nn_madd } from './nn_simd';
import { nn_image, nn_windows } from './nn_windows';

@unmanaged
export class nn_depthwise_conv2d_f32_simd_layer {
  /** [panels of 4 channels][taps][4], zeros beyond */
  weights: usize;
  /** [classes][channels, a multiple of 8] */
  bias: usize;
  row_class: usize;
  col_class: usize;
  col_classes: i32;
  /** the first members of nn_windows */
  batch: i32;
  in_h: i32;
  in_w: i32;
  channels: i32;
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
  taps: i32;
  /** [taps] elements from the first tap to each, in bytes */
  offsets: usize;
  out_min: f32;
  out_max: f32;
}

/** The first `count` of 4 values, within bounds. */
// @ts-ignore: decorator
@inline
function put(layer: nn_depthwise_conv2d_f32_simd_layer, a: v128, count: i32, y: usize): void {
  a = f32x4.pmin(f32x4.pmax(a, f32x4.splat(layer.out_min)), f32x4.splat(layer.out_max));
  if (count >= 4) {
    v128.store(y, a);
    return;
  }
  v128.store32_lane(y, a, 0);
  if (count > 1) v128.store32_lane(y, a, 1, 4);
  if (count > 2) v128.store32_lane(y, a, 2, 8);
}

// @ts-ignore: decorator
@inline
function bias_of(layer: nn_depthwise_conv2d_f32_simd_layer, y: i32, x: i32): usize {
  const bytes = <usize>((layer.channels + 7) & ~7) << 2;
  return nn_bias_row(layer.bias, layer.row_class, layer.col_class, layer.col_classes, y, x, bytes);
}

/** All channels of four pixels of row i, from column j on, `across` bytes apart; `pixels` of them are stored. */
function four(layer: nn_depthwise_conv2d_f32_simd_layer, p: usize, across: usize, i: i32, j: i32, y: usize): void {
  const channels = layer.channels;
  const pixels = min(4, layer.out_w - j);
  const end = layer.offsets + (<usize>layer.taps << 2);
  const last = layer.out_w - 1;
  const b0 = bias_of(layer, i, j);
  const b1 = bias_of(layer, i, min(j + 1, last));
  const b2 = bias_of(layer, i, min(j + 2, last));
  const b3 = bias_of(layer, i, min(j + 3, last));
  const q = p + (pixels > 1 ? across : 0);
  const r = q + (pixels > 2 ? across : 0);
  const s = r + (pixels > 3 ? across : 0);
  const step = <usize>channels << 2;
  let w = layer.weights;
  for (let o: i32 = 0; o < channels; o += 4) {
    const at = <usize>o << 2;
    let a = v128.load(b0 + at);
    let b = v128.load(b1 + at);
    let c = v128.load(b2 + at);
    let d = v128.load(b3 + at);
    let tap = layer.offsets;
    do {
      const k = <usize>load<i32>(tap) + at;
      const v = v128.load(w);
      a = nn_madd(v128.load(p + k), v, a);
      b = nn_madd(v128.load(q + k), v, b);
      c = nn_madd(v128.load(r + k), v, c);
      d = nn_madd(v128.load(s + k), v, d);
      w += 16;
      tap += 4;
    } while (tap < end);
    const count = channels - o;
    put(layer, a, count, y + at);
    if (pixels > 1) put(layer, b, count, y + step + at);
    if (pixels > 2) put(layer, c, count, y + 2 * step + at);
    if (pixels > 3) put(layer, d, count, y + 3 * step + at);
  }
}

/** x is the image with its border, rows of `line` bytes. */
function image(layer: nn_depthwise_conv2d_f32_simd_layer, x: usize, line: usize, y: usize): void {
  const bytes = <usize>layer.channels << 2;
  const across = <usize>layer.stride_w * bytes;
  for (let i: i32 = 0; i < layer.out_h; i++) {
    for (let j: i32 = 0; j < layer.out_w; j += 4)
      four(layer, x + <usize>j * across, across, i, j, y + <usize>j * bytes);
    y += <usize>layer.out_w * bytes;
    x += line * <usize>layer.stride_h;
  }
}

/**
 * Depthwise convolution with one output per channel: any window, stride, dilation, padding.
 * @param scratch the image with its border
 */
export function nn_depthwise_conv2d_f32__simd(
  layer: nn_depthwise_conv2d_f32_simd_layer,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  const l = changetype<nn_windows>(changetype<usize>(layer) + offsetof<nn_depthwise_conv2d_f32_simd_layer>('batch'));
  const bytes = layer.channels << 2;
  const line = <usize>((l.height ? l.width : l.in_w) * bytes);
  for (let n: i32 = 0; n < layer.batch; n++) {
    const from = nn_image(l, x, 2, scratch);
    image(layer, from, line, y);
    x += <usize>(layer.in_h * layer.in_w * bytes);
    y += <usize>(layer.out_h * layer.out_w * bytes);
  }
}
