import { nn_scale, nn_turn } from './nn_simd';
import { nn_results_s8, nn_sums_s8 } from './nn_tile_s8';
import { nn_bias_rows, nn_biases, nn_image, nn_places, nn_windows } from './nn_windows';

@unmanaged
export class nn_conv2d_s8_simd_layer {
  /** [panels of 8 channels][runs][pairs][8][2] bytes, zeros beyond */
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
}

/** The windows at the four addresses in `places` as [pairs][4][2] values of 16 bits; up to 7 more of each are written. */
function gather(layer: nn_conv2d_s8_simd_layer, places: usize, out: usize): void {
  const p0 = <usize>load<u32>(places);
  const p1 = <usize>load<u32>(places, 4);
  const p2 = <usize>load<u32>(places, 8);
  const p3 = <usize>load<u32>(places, 12);
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

/** All channels of pixels from `first` to `end`, whose windows lie in strips of `bytes`. */
function panels(layer: nn_conv2d_s8_simd_layer, first: i32, end: i32, strips: usize, bytes: usize, sums: usize, y: usize): void {
  const channels = layer.out_c;
  const scale = changetype<nn_scale>(changetype<usize>(layer) + offsetof<nn_conv2d_s8_simd_layer>('scales'));
  const last = sums + (<usize>((end - first + 3) & ~3) << 5);
  const biases = changetype<nn_biases>(changetype<usize>(layer) + offsetof<nn_conv2d_s8_simd_layer>('bias'));
  const row = <usize>((channels + 7) & ~7) << 2;
  const next = nn_bias_rows(biases, layer.out_w, first, end - 1, row, last, last + ((last - sums) >> 3));
  let w = layer.weights;
  for (let o: i32 = 0; o < channels; o += 8, w += bytes) {
    nn_sums_s8(strips, bytes, w, last, next, <usize>o << 2, sums, last);
    nn_results_s8(scale, sums, 0, end - first, o, o + 8, channels, y + <usize>o);
  }
}

/** x is the image with its border; windows of four pixels are brought together in a strip, several strips at a time. */
function image(layer: nn_conv2d_s8_simd_layer, l: nn_windows, x: usize, y: usize, strips: usize): void {
  const pixels = l.out_h * l.out_w;
  const bytes = <usize>(layer.runs * ((layer.run + 1) >> 1)) << 4;
  const sums = strips + <usize>layer.strips * bytes + 64;
  const group = layer.strips << 2;
  for (let first: i32 = 0; first < pixels; first += group) {
    const end = min(first + group, pixels);
    nn_places(l, x, first, (end - first + 3) & ~3, 0, sums);
    let strip = strips;
    let place = sums;
    for (let i = first; i < end; i += 4, strip += bytes, place += 16) gather(layer, place, strip);
    panels(layer, first, end, strips, bytes, sums, y);
    y += <usize>(group * layer.out_c);
  }
}

/**
 * Convolution of one group: any window, stride, dilation, padding. TFLite's int8 CONV_2D.
 * @param scratch strips, sums of their pixels and 8 channels, addresses of biases, the image with its border
 */
export function nn_conv2d_s8__simd(layer: nn_conv2d_s8_simd_layer, x: usize, y: usize, scratch: usize): void {
  const border = scratch + (<usize>(layer.strips * (layer.runs * ((layer.run + 1) & ~1) + 18) + 8) << 3);
  const l = changetype<nn_windows>(changetype<usize>(layer) + offsetof<nn_conv2d_s8_simd_layer>('batch'));
  for (let n: i32 = 0; n < l.batch; n++) {
    image(layer, l, nn_image(l, x, 0, border), y, scratch);
    x += <usize>(l.in_h * l.in_w * l.in_c);
    y += <usize>(l.out_h * l.out_w * layer.out_c);
  }
}
