import { nn_bordered } from './nn_simd';

/** Where the windows of a convolution lie; sizes in pixels. A fully connected layer has a row of pixels. */
@unmanaged
export class nn_windows {
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
}

/** The image with its border, at `border` if it has one; values of 1 << unit bytes. */
export function nn_image(l: nn_windows, x: usize, unit: i32, border: usize): usize {
  if (!l.height) return x;
  const bytes = l.in_c << unit;
  return nn_bordered(x, l.in_h, l.in_w, bytes, l.pad_top, l.pad_left, l.height, l.width, <u8>l.fill, border);
}

/** Where the windows of `count` pixels from `first` on begin, as addresses at `out`; the last stands in for those beyond. */
export function nn_places(l: nn_windows, x: usize, first: i32, count: i32, unit: i32, out: usize): void {
  const width = l.height ? l.width : l.in_w;
  const last = l.out_h * l.out_w - 1;
  for (let i: i32 = 0; i < count; i++) {
    const pixel = min(first + i, last);
    const row = pixel / l.out_w;
    const at = (row * l.stride_h * width + (pixel - row * l.out_w) * l.stride_w) * l.in_c;
    store<u32>(out + (<usize>i << 2), <u32>(x + (<usize>at << unit)));
  }
}
