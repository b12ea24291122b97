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
