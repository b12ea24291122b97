import { nn_high16, nn_low16, nn_scale } from './nn_simd';
import { nn_results_s8 } from './nn_tile_s8';
import { nn_bias_rows, nn_biases, nn_image, nn_windows } from './nn_windows';

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

/**
 * Sums of two pixels, panel by panel of 8 channels, 128 bytes from one to the next at `out`; taps lie from p and q on. A
 * function of its own, as nn_sums_s8 is.
 */
function sums_of(layer: nn_depthwise_conv2d_s8_simd_layer, p: usize, q: usize, b: usize, c: usize, out: usize): void {
  const first = layer.offsets;
  const end = first + (<usize>layer.pairs << 3);
  let w = layer.weights;
  for (let o: i32 = 0; o < layer.channels; o += 8, p += 8, q += 8, b += 32, c += 32, out += 128) {
    let a0 = v128.load(b);
    let a1 = v128.load(b, 16);
    let c0 = v128.load(c);
    let c1 = v128.load(c, 16);
    let tap = first;
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
}

/** Products of a pair of taps of the first four and the last four of 8 channels. */
// @ts-ignore: decorator
@inline
function low(f: v128, g: v128, w: v128): v128 {
  return i32x4.dot_i16x8_s(nn_low16(f, g), w);
}
// @ts-ignore: decorator
@inline
function high(f: v128, g: v128, w: v128): v128 {
  return i32x4.dot_i16x8_s(nn_high16(f, g), w);
}

/**
 * As sums_of, of two windows of 3x3, S pixels apart: from x on, pixels `step` and rows `line` bytes apart. The fourth column is
 * `far` bytes from the first: 2 * step instead of 3 where there is only one window. Taps come as columns of the two upper
 * rows, then the lower row. Sums are stored thrice: engines load all that comes before a store first, then multiply, and
 * have 15 registers for it.
 */
// @ts-ignore: decorator
@inline
function nine(S: i32, x: usize, step: usize, far: usize, line: usize, w: usize, b: usize, c: usize, out: usize): void {
  const y = x + line;
  const fourth = S == 1 ? far : far + far - 2 * step;
  let f = v128.load8x8_s(x);
  let g = v128.load8x8_s(y);
  const f1 = v128.load8x8_s(x + step);
  const g1 = v128.load8x8_s(y + step);
  const f2 = v128.load8x8_s(x + 2 * step);
  const g2 = v128.load8x8_s(y + 2 * step);
  const f3 = v128.load8x8_s(x + far);
  const g3 = v128.load8x8_s(y + far);
  let u = v128.load8x8_s(w);
  let v = v128.load8x8_s(w, 8);
  const u1 = v128.load8x8_s(w, 16);
  const v1 = v128.load8x8_s(w, 24);
  let a0 = i32x4.add(low(f, g, u), low(f1, g1, u1));
  let a1 = i32x4.add(high(f, g, v), high(f1, g1, v1));
  let c0 = S == 1 ? i32x4.add(low(f1, g1, u), low(f2, g2, u1)) : i32x4.add(low(f2, g2, u), low(f3, g3, u1));
  let c1 = S == 1 ? i32x4.add(high(f1, g1, v), high(f2, g2, v1)) : i32x4.add(high(f2, g2, v), high(f3, g3, v1));
  v128.store(out, a0);
  v128.store(out, a1, 16);
  v128.store(out, c0, 32);
  v128.store(out, c1, 48);
  u = v128.load8x8_s(w, 32);
  v = v128.load8x8_s(w, 40);
  f = v128.load8x8_s(x + 2 * step);
  g = v128.load8x8_s(y + 2 * step);
  a0 = i32x4.add(i32x4.add(a0, v128.load(b)), low(f, g, u));
  a1 = i32x4.add(i32x4.add(a1, v128.load(b, 16)), high(f, g, v));
  f = v128.load8x8_s(x + fourth);
  g = v128.load8x8_s(y + fourth);
  c0 = i32x4.add(i32x4.add(c0, v128.load(c)), low(f, g, u));
  c1 = i32x4.add(i32x4.add(c1, v128.load(c, 16)), high(f, g, v));
  v128.store(out, a0);
  v128.store(out, a1, 16);
  v128.store(out, c0, 32);
  v128.store(out, c1, 48);
  const z = y + line;
  u = v128.load8x8_s(w, 48);
  v = v128.load8x8_s(w, 56);
  const u2 = v128.load8x8_s(w, 64);
  const v2 = v128.load8x8_s(w, 72);
  f = v128.load8x8_s(z);
  g = v128.load8x8_s(z + step);
  const h = v128.load8x8_s(z + 2 * step);
  const i = v128.load8x8_s(z + far);
  a0 = i32x4.add(a0, i32x4.add(low(f, g, u), low(h, i, u2)));
  a1 = i32x4.add(a1, i32x4.add(high(f, g, v), high(h, i, v2)));
  if (S == 1) {
    c0 = i32x4.add(c0, i32x4.add(low(g, h, u), low(i, i, u2)));
    c1 = i32x4.add(c1, i32x4.add(high(g, h, v), high(i, i, v2)));
  } else {
    const j = v128.load8x8_s(z + fourth);
    c0 = i32x4.add(c0, i32x4.add(low(h, i, u), low(j, j, u2)));
    c1 = i32x4.add(c1, i32x4.add(high(h, i, v), high(j, j, v2)));
  }
  v128.store(out, a0);
  v128.store(out, a1, 16);
  v128.store(out, c0, 32);
  v128.store(out, c1, 48);
}

// @ts-ignore: decorator
@inline
function nines(S: i32, l: nn_depthwise_conv2d_s8_simd_layer, x: usize, far: usize, line: usize, b: usize, c: usize, out: usize): void {
  const step = <usize>l.channels;
  let w = l.weights;
  for (const end = x + step; x < end; x += 8, w += 80, b += 32, c += 32, out += 128)
    nine(S, x, step, far, line, w, b, c, out);
}

function nines_1(l: nn_depthwise_conv2d_s8_simd_layer, x: usize, far: usize, line: usize, b: usize, c: usize, out: usize): void {
  nines(1, l, x, far, line, b, c, out);
}

function nines_2(l: nn_depthwise_conv2d_s8_simd_layer, x: usize, far: usize, line: usize, b: usize, c: usize, out: usize): void {
  nines(2, l, x, far, line, b, c, out);
}

/** Sums of one or two pixels, the windows of which begin at x; S is their distance if windows are 3x3, else 0. */
// @ts-ignore: decorator
@inline
function pair(
  S: i32,
  l: nn_depthwise_conv2d_s8_simd_layer,
  pixels: i32,
  x: usize,
  line: usize,
  biases: usize,
  out: usize,
): void {
  const step = <usize>l.channels;
  const far = pixels > 1 ? 3 * step : 2 * step;
  const b = <usize>load<u32>(biases);
  const c = <usize>load<u32>(biases, 4);
  if (S == 1) nines_1(l, x, far, line, b, c, out);
  else if (S == 2) nines_2(l, x, far, line, b, c, out);
  else sums_of(l, x, pixels > 1 ? x + <usize>l.stride_w * step : x, b, c, out);
}

/** x is the image with its border, rows of `line` bytes; all channels of four pixels at a time. */
// @ts-ignore: decorator
@inline
function image(S: i32, layer: nn_depthwise_conv2d_s8_simd_layer, x: usize, line: usize, y: usize, biases: usize): void {
  const scale = changetype<nn_scale>(
    changetype<usize>(layer) + offsetof<nn_depthwise_conv2d_s8_simd_layer>('scales'),
  );
  const from = changetype<nn_biases>(changetype<usize>(layer) + offsetof<nn_depthwise_conv2d_s8_simd_layer>('bias'));
  const channels = layer.channels;
  const bytes = <usize>((channels + 7) & ~7) << 2;
  const next = <usize>(layer.stride_w * channels);
  const sums = biases + 16;
  for (let i: i32 = 0; i < layer.out_h; i++) {
    let p = x;
    for (let j: i32 = 0; j < layer.out_w; j += 4) {
      const pixels = min(4, layer.out_w - j);
      const first = i * layer.out_w + j;
      nn_bias_rows(from, layer.out_w, first, first + pixels - 1, bytes, biases, sums);
      pair(S, layer, pixels, p, line, biases, sums);
      if (pixels > 2) pair(S, layer, pixels - 2, p + 2 * next, line, biases + 8, sums + 64);
      nn_results_s8(scale, sums, 128, pixels, 0, channels, channels, y);
      p += next << 2;
      y += <usize>(pixels * channels);
    }
    x += line * <usize>layer.stride_h;
  }
}

// @ts-ignore: decorator
@inline
function images(S: i32, layer: nn_depthwise_conv2d_s8_simd_layer, x: usize, y: usize, scratch: usize): void {
  const l = changetype<nn_windows>(changetype<usize>(layer) + offsetof<nn_depthwise_conv2d_s8_simd_layer>('batch'));
  const channels = layer.channels;
  const border = scratch + 16 + (<usize>((channels + 7) & ~7) << 4);
  const line = <usize>((l.height ? l.width : l.in_w) * channels);
  for (let n: i32 = 0; n < layer.batch; n++) {
    image(S, layer, nn_image(l, x, 0, border), line, y, scratch);
    x += <usize>(layer.in_h * layer.in_w * channels);
    y += <usize>(layer.out_h * layer.out_w * channels);
  }
}

/**
 * Depthwise convolution with one output per channel: any window, stride, dilation, padding. TFLite's int8 DEPTHWISE_CONV_2D.
 * @param scratch addresses, sums of four pixels, the image with its border
 */
export function nn_depthwise_conv2d_s8__simd(
  layer: nn_depthwise_conv2d_s8_simd_layer,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  images(0, layer, x, y, scratch);
}

/** The same for windows of 3x3, one pixel apart; taps in the order of `nine`. */
export function nn_depthwise_conv2d_s8_3x3_1__simd(
  layer: nn_depthwise_conv2d_s8_simd_layer,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  images(1, layer, x, y, scratch);
}

/** Two pixels apart. */
export function nn_depthwise_conv2d_s8_3x3_2__simd(
  layer: nn_depthwise_conv2d_s8_simd_layer,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  images(2, layer, x, y, scratch);
}
