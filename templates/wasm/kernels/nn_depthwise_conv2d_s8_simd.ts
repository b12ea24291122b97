import { nn_bias_row } from './nn_common';
import { nn_high16, nn_low16, nn_scale } from './nn_simd';
import { nn_results_s8 } from './nn_tile_s8';
import { nn_image, nn_windows } from './nn_windows';

@unmanaged
export class nn_depthwise_conv2d_s8_simd_layer {
  /** [panels of 8 channels][pairs of taps][8][2] bytes, zeros beyond */
  weights: usize;
  /** [classes][channels, a multiple of 8], less in_zero * sum of weights */
  bias: usize;
  row_class: usize;
  col_class: usize;
  col_classes: i32;
  scales: usize;
  shift: usize;
  out_zero: i32;
  out_min: i32;
  out_max: i32;
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
  pairs: i32;
  /** [pairs][2] bytes from the first tap to each */
  offsets: usize;
}

// @ts-ignore: decorator
@inline
function bias_of(layer: nn_depthwise_conv2d_s8_simd_layer, y: i32, x: i32): usize {
  const bytes = <usize>((layer.channels + 7) & ~7) << 2;
  return nn_bias_row(layer.bias, layer.row_class, layer.col_class, layer.col_classes, y, x, bytes);
}

/** Sums of two pixels and 8 channels; taps lie at p and q. A function of its own, as nn_sums_s8 is. */
function sums_of(
  layer: nn_depthwise_conv2d_s8_simd_layer,
  p: usize,
  q: usize,
  w: usize,
  b: usize,
  c: usize,
  out: usize,
): void {
  let a0 = v128.load(b);
  let a1 = v128.load(b, 16);
  let c0 = v128.load(c);
  let c1 = v128.load(c, 16);
  let tap = layer.offsets;
  const end = tap + (<usize>layer.pairs << 3);
  do {
    const i = <usize>load<i32>(tap);
    const j = <usize>load<i32>(tap, 4);
    const u = v128.load8x8_s(w);
    const v = v128.load8x8_s(w, 8);
    let f = v128.load8x8_s(p + i);
    let g = v128.load8x8_s(p + j);
    a0 = i32x4.add(a0, i32x4.dot_i16x8_s(nn_low16(f, g), u));
    a1 = i32x4.add(a1, i32x4.dot_i16x8_s(nn_high16(f, g), v));
    f = v128.load8x8_s(q + i);
    g = v128.load8x8_s(q + j);
    c0 = i32x4.add(c0, i32x4.dot_i16x8_s(nn_low16(f, g), u));
    c1 = i32x4.add(c1, i32x4.dot_i16x8_s(nn_high16(f, g), v));
    w += 16;
    tap += 8;
  } while (tap < end);
  v128.store(out, a0);
  v128.store(out, a1, 16);
  v128.store(out, c0, 32);
  v128.store(out, c1, 48);
}

/** All channels of two pixels, whose windows begin at p and q, biases at b and c; the second one counts if `pixels` is 2. */
function two(
  layer: nn_depthwise_conv2d_s8_simd_layer,
  p: usize,
  q: usize,
  b: usize,
  c: usize,
  y: usize,
  pixels: i32,
  sums: usize,
): void {
  const scale = changetype<nn_scale>(
    changetype<usize>(layer) + offsetof<nn_depthwise_conv2d_s8_simd_layer>('scales'),
  );
  const channels = layer.channels;
  const panel = <usize>layer.pairs << 4;
  let w = layer.weights;
  for (let o: i32 = 0; o < channels; o += 8, w += panel) {
    const at = <usize>o;
    sums_of(layer, p + at, q + at, w, b + (at << 2), c + (at << 2), sums);
    nn_results_s8(scale, sums, o, channels - o, y + at, <usize>channels, pixels);
  }
}

/** x is the image with its border, rows of `line` bytes. */
function image(layer: nn_depthwise_conv2d_s8_simd_layer, x: usize, line: usize, y: usize, sums: usize): void {
  const channels = <usize>layer.channels;
  const across = <usize>layer.stride_w * channels;
  const last = layer.out_w - 1;
  for (let i: i32 = 0; i < layer.out_h; i++) {
    let p = x;
    let j: i32 = 0;
    for (; j < last; j += 2) {
      two(layer, p, p + across, bias_of(layer, i, j), bias_of(layer, i, j + 1), y, 2, sums);
      p += across << 1;
      y += channels << 1;
    }
    if (j == last) {
      const bias = bias_of(layer, i, j);
      two(layer, p, p, bias, bias, y, 1, sums);
      y += channels;
    }
    x += line * <usize>layer.stride_h;
  }
}

/**
 * Depthwise convolution with one output per channel: any window, stride, dilation, padding. TFLite's int8 DEPTHWISE_CONV_2D.
 * @param scratch sums of two pixels and 8 channels, the image with its border
 */
export function nn_depthwise_conv2d_s8__simd(
  layer: nn_depthwise_conv2d_s8_simd_layer,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  const l = changetype<nn_windows>(changetype<usize>(layer) + offsetof<nn_depthwise_conv2d_s8_simd_layer>('batch'));
  const channels = layer.channels;
  const border = scratch + 64;
  const line = <usize>((l.height ? l.width : l.in_w) * channels);
  for (let n: i32 = 0; n < layer.batch; n++) {
    const from = nn_image(l, x, 0, border);
    image(layer, from, line, y, scratch);
    x += <usize>(layer.in_h * layer.in_w * channels);
    y += <usize>(layer.out_h * layer.out_w * channels);
  }
}
