import { nn_bias_row } from './nn_common';
import { nn_bordered, nn_scale } from './nn_simd';
import { nn_tile_s8 } from './nn_tile_s8';

@unmanaged
export class nn_conv2d_s8_simd_layer {
  /** [panels of 8 channels][pairs][8][2] bytes, zeros beyond */
  weights: usize;
  /** [classes][channels, a multiple of 8], less in_zero * sum of weights */
  bias: usize;
  row_class: usize;
  col_class: usize;
  col_classes: i32;
  multiplier: usize;
  power: usize;
  shift: usize;
  out_zero: i32;
  out_min: i32;
  out_max: i32;
  batch: i32;
  in_h: i32;
  in_w: i32;
  in_c: i32;
  out_h: i32;
  out_w: i32;
  out_c: i32;
  kernel_h: i32;
  kernel_w: i32;
  stride_h: i32;
  stride_w: i32;
  dilation_h: i32;
  dilation_w: i32;
  pad_top: i32;
  pad_left: i32;
  /** with its border; 0 where there is none */
  height: i32;
  width: i32;
  in_zero: i32;
}

/** Bytes as 16-bit values, 8 at a time: up to 7 more are written. */
// @ts-ignore: decorator
@inline
function widen(x: usize, count: usize, out: usize): void {
  for (let i: usize = 0; i < count; i += 8) v128.store(out + (i << 1), v128.load8x8_s(x + i));
}

/** The window that begins at x as a row of 16-bit values. */
function gather(layer: nn_conv2d_s8_simd_layer, x: usize, line: usize, out: usize): void {
  const channels = <usize>layer.in_c;
  const row = line * <usize>layer.dilation_h;
  if (layer.dilation_w == 1) {
    const bytes = <usize>layer.kernel_w * channels;
    for (let i: i32 = 0; i < layer.kernel_h; i++) {
      widen(x, bytes, out);
      x += row;
      out += bytes << 1;
    }
    return;
  }
  for (let i: i32 = 0; i < layer.kernel_h; i++) {
    let tap = x;
    for (let j: i32 = 0; j < layer.kernel_w; j++) {
      widen(tap, channels, out);
      tap += <usize>layer.dilation_w * channels;
      out += channels << 1;
    }
    x += row;
  }
}

// @ts-ignore: decorator
@inline
function bias_of(layer: nn_conv2d_s8_simd_layer, pixel: i32, bytes: usize): usize {
  if (!layer.row_class) return layer.bias;
  const y = pixel / layer.out_w;
  return nn_bias_row(layer.bias, layer.row_class, layer.col_class, layer.col_classes, y, pixel - y * layer.out_w, bytes);
}

/** x is the image with its border. */
function image(layer: nn_conv2d_s8_simd_layer, x: usize, width: i32, y: usize, strip: usize): void {
  const pixels = layer.out_h * layer.out_w;
  const depth = layer.kernel_h * layer.kernel_w * layer.in_c;
  const pairs = (depth + 1) >> 1;
  const stride = ((<usize>depth + 7) & ~7) << 1;
  const line = <usize>(width * layer.in_c);
  const across = <usize>(layer.stride_w * layer.in_c);
  const channels = layer.out_c;
  const panel = <usize>pairs << 4;
  const bytes = <usize>((channels + 7) & ~7) << 2;
  const scale = changetype<nn_scale>(changetype<usize>(layer) + offsetof<nn_conv2d_s8_simd_layer>('multiplier'));
  let start = x;
  let at = x;
  let column = 0;
  for (let first: i32 = 0; first < pixels; first += 4) {
    const count = min(4, pixels - first);
    for (let i: i32 = 0; i < count; i++) {
      gather(layer, at, line, strip + <usize>i * stride);
      at += across;
      if (++column == layer.out_w) {
        column = 0;
        start += line * <usize>layer.stride_h;
        at = start;
      }
    }
    const b0 = bias_of(layer, first, bytes);
    const b1 = bias_of(layer, min(first + 1, pixels - 1), bytes);
    const b2 = bias_of(layer, min(first + 2, pixels - 1), bytes);
    const b3 = bias_of(layer, min(first + 3, pixels - 1), bytes);
    let w = layer.weights;
    for (let o: i32 = 0; o < channels; o += 8, w += panel) {
      const b = <usize>o << 2;
      const out = y + <usize>o;
      nn_tile_s8(
        scale, strip, stride, w, pairs, b0 + b, b1 + b, b2 + b, b3 + b, o, channels - o, out, <usize>channels, count,
      );
    }
    y += <usize>(channels << 2);
  }
}

/**
 * Convolution of one group: any window, stride, dilation, padding. TFLite's int8 CONV_2D.
 * @param scratch four rows of 16-bit values, then the image with its border
 */
export function nn_conv2d_s8__simd(layer: nn_conv2d_s8_simd_layer, x: usize, y: usize, scratch: usize): void {
  const depth = <usize>(layer.kernel_h * layer.kernel_w * layer.in_c);
  const border = scratch + ((((depth + 7) & ~7) + 8) << 3);
  for (let n: i32 = 0; n < layer.batch; n++) {
    let from = x;
    let width = layer.in_w;
    if (layer.height) {
      width = layer.width;
      const top = layer.pad_top;
      const fill = <u8>layer.in_zero;
      nn_bordered(x, layer.in_h, layer.in_w, layer.in_c, top, layer.pad_left, layer.height, width, fill, border);
      from = border;
    }
    image(layer, from, width, y, scratch);
    x += <usize>(layer.in_h * layer.in_w * layer.in_c);
    y += <usize>(layer.out_h * layer.out_w * layer.out_c);
  }
}
