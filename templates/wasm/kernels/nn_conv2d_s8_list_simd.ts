import { nn_columns, nn_list, nn_list_s8 } from './nn_list_s8_simd';
import { nn_image, nn_places, nn_windows } from './nn_windows';

@unmanaged
export class nn_conv2d_s8_list_simd_layer {
  /** nn_list; inputs are those of a window, times the vectors of a strip */
  weights: usize;
  inputs: usize;
  numbers: usize;
  floats: i32;
  out_zero: i32;
  out_min: i32;
  out_max: i32;
  channels: i32;
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
  height: i32;
  width: i32;
  fill: i32;
  runs: i32;
  run: i32;
  offsets: usize;
}

/** Eight bytes of each of the 8 windows at `places`, k bytes on, as columns. */
// @ts-ignore: decorator
@inline
function widen(places: usize, k: usize, out: usize, step: usize): void {
  nn_columns(
    v128.load8x8_s(<usize>load<u32>(places) + k),
    v128.load8x8_s(<usize>load<u32>(places, 4) + k),
    v128.load8x8_s(<usize>load<u32>(places, 8) + k),
    v128.load8x8_s(<usize>load<u32>(places, 12) + k),
    v128.load8x8_s(<usize>load<u32>(places, 16) + k),
    v128.load8x8_s(<usize>load<u32>(places, 20) + k),
    v128.load8x8_s(<usize>load<u32>(places, 24) + k),
    v128.load8x8_s(<usize>load<u32>(places, 28) + k),
    out,
    step,
  );
}

/** Windows at the addresses in `places` as a strip [depth][vectors][8] of 16-bit values; up to 7 more are written. */
function strip_of(l: nn_windows, places: usize, vectors: i32, out: usize): void {
  const step = <usize>vectors << 4;
  for (let v: i32 = 0; v < vectors; v++, places += 32) {
    let start = out + (<usize>v << 4);
    for (let i: i32 = 0; i < l.runs; i++, start += <usize>l.run * step) {
      let k = <usize>load<i32>(l.offsets + (<usize>i << 2));
      let to = start;
      for (const end = k + <usize>l.run; k < end; k += 8, to += 8 * step) widen(places, k, to, step);
    }
  }
}

/** Where the results of `count` pixels belong, `width` bytes apart, as addresses at `out` up to `end`; `none` beyond. */
function targets(y: usize, width: usize, count: i32, none: usize, out: usize, end: usize): void {
  for (; out < end; out += 4, y += width) store<u32>(out, <u32>(count-- > 0 ? y : none));
}

/** One image, x with its border. */
// @ts-ignore: decorator
@inline
function list(V: i32, layer: nn_conv2d_s8_list_simd_layer, x: usize, y: usize, scratch: usize): void {
  const l = changetype<nn_windows>(changetype<usize>(layer) + offsetof<nn_conv2d_s8_list_simd_layer>('batch'));
  const results = scratch + (<usize>(l.runs * l.run + 8) * <usize>V << 4);
  const places = results + (<usize>V << 8) + (<usize>V << 6);
  const none = places + (<usize>V << 5);
  const width = <usize>layer.channels;
  const total = l.out_h * l.out_w;
  const pixels = V << 3;
  for (let first: i32 = 0; first < total; first += pixels) {
    nn_places(l, x, first, pixels, 0, places);
    strip_of(l, places, V, scratch);
    targets(y, width, total - first, none, places, none);
    nn_list_s8(V, changetype<nn_list>(changetype<usize>(layer)), scratch, 4, places, results);
    y += <usize>pixels * width;
  }
}

// @ts-ignore: decorator
@inline
function images(V: i32, layer: nn_conv2d_s8_list_simd_layer, x: usize, y: usize, scratch: usize): void {
  const l = changetype<nn_windows>(changetype<usize>(layer) + offsetof<nn_conv2d_s8_list_simd_layer>('batch'));
  const border = scratch + <usize>(l.runs * l.run + 30) * (<usize>V << 4) + <usize>((layer.channels + 15) & ~15);
  for (let n: i32 = 0; n < l.batch; n++) {
    list(V, layer, nn_image(l, x, 0, border), y, scratch);
    x += <usize>(l.in_h * l.in_w * l.in_c);
    y += <usize>(l.out_h * l.out_w * layer.channels);
  }
}

/**
 * Convolution of one group, of whose weights only those that are not 0 are there. Pixels are worked on in strips of V
 * vectors of 8; nothing may overlap. TFLite's int8 CONV_2D, and FULLY_CONNECTED of many rows.
 * @param scratch a strip, the results of eight channels, their sums, addresses, a place for pixels that are not there, the
 * image with its border
 */
export function nn_conv2d_s8_list_1__simd(
  layer: nn_conv2d_s8_list_simd_layer,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  images(1, layer, x, y, scratch);
}

export function nn_conv2d_s8_list_2__simd(
  layer: nn_conv2d_s8_list_simd_layer,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  images(2, layer, x, y, scratch);
}

export function nn_conv2d_s8_list_3__simd(
  layer: nn_conv2d_s8_list_simd_layer,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  images(3, layer, x, y, scratch);
}
