import { nn_bias_row } from './nn_common';
import { nn_bordered, nn_scale, nn_turn } from './nn_simd';
import { nn_tile_s8 } from './nn_tile_s8';

@unmanaged
export class nn_conv2d_s8_simd_layer {
  /** [panels of 8 channels][runs][pairs][8][2] bytes, zeros beyond */
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
  stride_h: i32;
  stride_w: i32;
  pad_top: i32;
  pad_left: i32;
  /** with its border; 0 where there is none */
  height: i32;
  width: i32;
  in_zero: i32;
  /** values side by side in a window: how often, how many, bytes from the first to each */
  runs: i32;
  run: i32;
  offsets: usize;
}

/** The windows that begin at p0 to p3 as [pairs][4][2] values of 16 bits; up to 7 more of each are written. */
function gather(layer: nn_conv2d_s8_simd_layer, p0: usize, p1: usize, p2: usize, p3: usize, out: usize): void {
  const run = <usize>layer.run;
  const bytes = ((run + 1) & ~1) << 3;
  for (let i: i32 = 0; i < layer.runs; i++, out += bytes) {
    let k = <usize>load<i32>(layer.offsets + (<usize>i << 2));
    let to = out;
    for (const end = k + run; k < end; k += 8, to += 64)
      nn_turn(
        v128.load8x8_s(p0 + k),
        v128.load8x8_s(p1 + k),
        v128.load8x8_s(p2 + k),
        v128.load8x8_s(p3 + k),
        to,
        16,
      );
  }
}

// @ts-ignore: decorator
@inline
function bias_of(layer: nn_conv2d_s8_simd_layer, pixel: i32, bytes: usize): usize {
  if (!layer.row_class) return layer.bias;
  const y = pixel / layer.out_w;
  return nn_bias_row(layer.bias, layer.row_class, layer.col_class, layer.col_classes, y, pixel - y * layer.out_w, bytes);
}

/** Where the window of a pixel begins. */
// @ts-ignore: decorator
@inline
function window(layer: nn_conv2d_s8_simd_layer, x: usize, width: i32, pixel: i32): usize {
  const i = pixel / layer.out_w;
  const j = pixel - i * layer.out_w;
  return x + <usize>((i * layer.stride_h * width + j * layer.stride_w) * layer.in_c);
}

/** x is the image with its border. */
function image(layer: nn_conv2d_s8_simd_layer, x: usize, width: i32, y: usize, strip: usize): void {
  const pixels = layer.out_h * layer.out_w;
  const pairs = layer.runs * ((layer.run + 1) >> 1);
  const channels = layer.out_c;
  const panel = <usize>pairs << 4;
  const bytes = <usize>((channels + 7) & ~7) << 2;
  const scale = changetype<nn_scale>(changetype<usize>(layer) + offsetof<nn_conv2d_s8_simd_layer>('multiplier'));
  for (let first: i32 = 0; first < pixels; first += 4) {
    const second = min(first + 1, pixels - 1);
    const third = min(first + 2, pixels - 1);
    const fourth = min(first + 3, pixels - 1);
    gather(
      layer,
      window(layer, x, width, first),
      window(layer, x, width, second),
      window(layer, x, width, third),
      window(layer, x, width, fourth),
      strip,
    );
    const b0 = bias_of(layer, first, bytes);
    const b1 = bias_of(layer, second, bytes);
    const b2 = bias_of(layer, third, bytes);
    const b3 = bias_of(layer, fourth, bytes);
    const count = pixels - first;
    let w = layer.weights;
    for (let o: i32 = 0; o < channels; o += 8, w += panel) {
      const b = <usize>o << 2;
      const out = y + <usize>o;
      nn_tile_s8(scale, strip, w, pairs, b0 + b, b1 + b, b2 + b, b3 + b, o, channels - o, out, <usize>channels, count);
    }
    y += <usize>(channels << 2);
  }
}

/**
 * Convolution of one group: any window, stride, dilation, padding. TFLite's int8 CONV_2D.
 * @param scratch the windows of four pixels, then the image with its border
 */
export function nn_conv2d_s8__simd(layer: nn_conv2d_s8_simd_layer, x: usize, y: usize, scratch: usize): void {
  const border = scratch + (<usize>(layer.runs * ((layer.run + 1) & ~1) + 8) << 3);
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
