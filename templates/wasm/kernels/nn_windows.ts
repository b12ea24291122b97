import { nn_bias_row } from './nn_common';

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

/** The image with its border, at `border` if it has one; values of 1 << unit bytes, every byte of the border is `fill`. */
export function nn_image(l: nn_windows, x: usize, unit: i32, border: usize): usize {
  if (!l.height) return x;
  const bytes = l.in_c << unit;
  memory.fill(border, <u8>l.fill, l.height * l.width * bytes);
  const row = min(l.in_w, l.width - l.pad_left) * bytes;
  let to = border + <usize>((l.pad_top * l.width + l.pad_left) * bytes);
  for (let i: i32 = 0; i < min(l.in_h, l.height - l.pad_top); i++) {
    memory.copy(to, x, row);
    to += <usize>(l.width * bytes);
    x += <usize>(l.in_w * bytes);
  }
  return border;
}

/** Where the windows of `count` pixels from `first` on begin, as addresses at `out`; the last stands in for those beyond. */
export function nn_places(l: nn_windows, x: usize, first: i32, count: i32, unit: i32, out: usize): void {
  const width = l.height ? l.width : l.in_w;
  const across = <usize>(l.stride_w * l.in_c) << unit;
  const down = <usize>(l.stride_h * width * l.in_c) << unit;
  const row = first / l.out_w;
  const column = first - row * l.out_w;
  const beyond = l.out_h * l.out_w - 1 - first;
  let left = l.out_w - column;
  let start = x + <usize>row * down;
  let p = start + <usize>column * across;
  for (let i: i32 = 0; i < count; i++) {
    store<u32>(out + (<usize>i << 2), <u32>p);
    if (i >= beyond) continue;
    if (--left) p += across;
    else {
      left = l.out_w;
      p = start += down;
    }
  }
}

/** How the sums of pixels begin: members of a layer side by side. */
@unmanaged
export class nn_biases {
  /** [classes][channels, a multiple of 8] words */
  bias: usize;
  row_class: usize;
  col_class: usize;
  col_classes: i32;
}

/**
 * Where the sums of pixels from `first` on begin, as addresses from `out` to `end`; pixel `last` stands in for those beyond.
 * Where all pixels begin alike only those of four.
 * @param width pixels of a row
 * @param bytes of all channels
 * @returns bytes from the addresses of four pixels to those of the next
 */
export function nn_bias_rows(b: nn_biases, width: i32, first: i32, last: i32, bytes: usize, out: usize, end: usize): usize {
  if (!b.row_class) {
    for (let i: usize = 0; i < 16; i += 4) store<u32>(out + i, <u32>b.bias);
    return 0;
  }
  let y = first / width;
  let x = first - y * width;
  for (let i = first; out < end; i++, out += 4) {
    store<u32>(out, <u32>nn_bias_row(b.bias, b.row_class, b.col_class, b.col_classes, y, x, bytes));
    if (i < last && ++x == width) {
      x = 0;
      y++;
    }
  }
  return 16;
}
