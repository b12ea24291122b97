import { nn_columns, nn_list, nn_list_s8 } from './nn_list_s8_simd';
import { nn_image, nn_windows } from './nn_windows';

@unmanaged
export class nn_conv2d_s8_planes_simd_layer {
  /** nn_list; inputs are values from the first of the planes */
  weights: usize;
  inputs: usize;
  numbers: usize;
  floats: i32;
  out_zero: i32;
  out_min: i32;
  out_max: i32;
  channels: i32;
  /** the first members of nn_windows */
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
  /** rows of results that are worked on at a time */
  band: i32;
  /** rows and columns of one plane; values of all planes of a channel */
  rows: i32;
  columns: i32;
  plane: i32;
}

/** Eight pixels, `across` bytes apart, into the planes of all channels, `step` bytes apart; of up to 7 more too. */
function turn(x: usize, across: usize, depth: usize, out: usize, step: usize): void {
  const four = x + 4 * across;
  for (let k: usize = 0; k < depth; k += 8, out += 8 * step)
    nn_columns(
      v128.load8x8_s(x + k),
      v128.load8x8_s(x + across + k),
      v128.load8x8_s(x + 2 * across + k),
      v128.load8x8_s(x + 3 * across + k),
      v128.load8x8_s(four + k),
      v128.load8x8_s(four + across + k),
      v128.load8x8_s(four + 2 * across + k),
      v128.load8x8_s(four + 3 * across + k),
      out,
      step,
    );
}

/**
 * Rows of the image from x on as planes [channels][phases][rows][columns] of 16-bit values: a phase holds every stride_h-th row
 * and every stride_w-th column. Where they end, the last 8 columns are done again.
 * @param left rows of the image from x on
 */
function planes(l: nn_conv2d_s8_planes_simd_layer, x: usize, left: i32, out: usize): void {
  const depth = <usize>l.in_c;
  const across = <usize>l.stride_w * depth;
  const line = <usize>(l.height ? l.width : l.in_w) * depth;
  const step = <usize>l.plane << 1;
  const columns = <usize>l.columns;
  for (let a: i32 = 0; a < l.stride_h; a++)
    for (let b: i32 = 0; b < l.stride_w; b++)
      for (let j: i32 = 0; j < l.rows; j++, out += columns << 1) {
        const row = j * l.stride_h + a;
        if (row >= left) continue;
        const from = x + <usize>row * line + <usize>b * depth;
        for (let i: usize = 0; i < columns; i += 8) {
          i = min(i, columns - 8);
          turn(from + i * across, across, depth, out + (i << 1), step);
        }
      }
}

/** Where the results of `count` places from column `x` of row `y` on belong, as addresses at `out`; `none` where nowhere. */
function targets(l: nn_conv2d_s8_planes_simd_layer, count: i32, y: i32, x: i32, end: i32, to: usize, none: usize, out: usize): void {
  const channels = <usize>l.channels;
  for (let i: i32 = 0; i < count; i++) {
    store<u32>(out + (<usize>i << 2), <u32>(x < l.out_w && y < end ? to + <usize>(y * l.out_w + x) * channels : none));
    if (++x == l.columns) {
      x = 0;
      y++;
    }
  }
}

/** Results of `rows` rows at y, whose inputs lie in planes. */
// @ts-ignore: decorator
@inline
function band(V: i32, l: nn_conv2d_s8_planes_simd_layer, rows: i32, y: usize, from: usize, scratch: usize): void {
  const places = scratch + (<usize>V << 8) + (<usize>V << 6);
  const none = places + (<usize>V << 5);
  const count = (rows - 1) * l.columns + l.out_w;
  for (let first: i32 = 0; first < count; first += V << 3) {
    const row = first / l.columns;
    targets(l, V << 3, row, first - row * l.columns, rows, y, none, places);
    nn_list_s8(V, changetype<nn_list>(changetype<usize>(l)), from + (<usize>first << 1), 1, places, scratch);
  }
}

// @ts-ignore: decorator
@inline
function images(V: i32, layer: nn_conv2d_s8_planes_simd_layer, x: usize, y: usize, scratch: usize): void {
  const l = changetype<nn_windows>(changetype<usize>(layer) + offsetof<nn_conv2d_s8_planes_simd_layer>('batch'));
  const channels = layer.channels;
  const from = scratch + <usize>V * 352 + <usize>((channels + 15) & ~15);
  const border = from + (<usize>(((layer.in_c + 7) & ~7) * layer.plane) << 1) + 128;
  const line = (l.height ? l.width : l.in_w) * l.in_c;
  const height = l.height ? l.height : l.in_h;
  for (let n: i32 = 0; n < l.batch; n++) {
    const image = nn_image(l, x, 0, border);
    for (let row: i32 = 0; row < l.out_h; row += layer.band) {
      const first = row * l.stride_h;
      planes(layer, image + <usize>(first * line), height - first, from);
      const to = y + <usize>(row * l.out_w * channels);
      band(V, layer, min(layer.band, l.out_h - row), to, from, scratch);
    }
    x += <usize>(l.in_h * l.in_w * l.in_c);
    y += <usize>(l.out_h * l.out_w * channels);
  }
}

/**
 * Convolution of one group, of whose weights only those that are not 0 are there. The image is turned into planes of one channel
 * each, where the same tap of neighbouring windows lies side by side. V vectors of 8 places in the planes are worked on at a
 * time; what falls between two rows is thrown away. TFLite's int8 CONV_2D.
 * @param scratch results of eight channels, their sums, addresses, a place for what is thrown away; the planes, with 7 channels
 * more; the image with its border
 */
export function nn_conv2d_s8_planes_1__simd(
  layer: nn_conv2d_s8_planes_simd_layer,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  images(1, layer, x, y, scratch);
}

export function nn_conv2d_s8_planes_2__simd(
  layer: nn_conv2d_s8_planes_simd_layer,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  images(2, layer, x, y, scratch);
}

export function nn_conv2d_s8_planes_3__simd(
  layer: nn_conv2d_s8_planes_simd_layer,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  images(3, layer, x, y, scratch);
}
