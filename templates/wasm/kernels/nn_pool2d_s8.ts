import { nn_clamp } from './nn_common';

@unmanaged
export class nn_pool2d_s8_layer {
  batch: i32;
  in_h: i32;
  in_w: i32;
  channels: i32;
  out_h: i32;
  out_w: i32;
  filter_h: i32;
  filter_w: i32;
  stride_h: i32;
  stride_w: i32;
  pad_top: i32;
  pad_left: i32;
  out_min: i32;
  out_max: i32;
}

/** Rounded average, half away from zero. */
// @ts-ignore: decorator
@inline
function average_of(sum: i32, count: i32): i32 {
  return (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
}
/** All channels of one pixel: the average or the greatest over rows x columns taps from x on. */
function pixel(layer: nn_pool2d_s8_layer, x: usize, rows: i32, columns: i32, y: usize, average: bool): void {
  const step = <usize>layer.channels << 0;
  const line = <usize>layer.in_w * step;
  for (let c: i32 = 0; c < layer.channels; c++) {
    let row = x + (<usize>c << 0);
    let sum: i32 = 0;
    let greatest: i32 = -128;
    for (let i: i32 = 0; i < rows; i++) {
      let tap = row;
      for (let j: i32 = 0; j < columns; j++) {
        const v: i32 = load<i8>(tap);
        sum += v;
        greatest = v > greatest ? v : greatest;
        tap += step;
      }
      row += line;
    }
    if (average) greatest = average_of(sum, rows * columns);
    store<i8>(y + (<usize>c << 0), nn_clamp(greatest, layer.out_min, layer.out_max));
  }
}

function pool(layer: nn_pool2d_s8_layer, x: usize, y: usize, average: bool): void {
  const step = <usize>layer.channels << 0;
  for (let n: i32 = 0; n < layer.batch; n++) {
    for (let out_y: i32 = 0; out_y < layer.out_h; out_y++) {
      const top = out_y * layer.stride_h - layer.pad_top;
      const from_y = max(top, 0);
      const to_y = min(top + layer.filter_h, layer.in_h);
      for (let out_x: i32 = 0; out_x < layer.out_w; out_x++) {
        const left = out_x * layer.stride_w - layer.pad_left;
        const from_x = max(left, 0);
        const to_x = min(left + layer.filter_w, layer.in_w);
        pixel(layer, x + <usize>(from_y * layer.in_w + from_x) * step, to_y - from_y, to_x - from_x, y, average);
        y += step;
      }
    }
    x += <usize>(layer.in_h * layer.in_w) * step;
  }
}

/** Average over the taps inside the image. */
export function nn_average_pool2d_s8(layer: nn_pool2d_s8_layer, x: usize, y: usize): void {
  pool(layer, x, y, true);
}

/** The greatest of the taps inside the image. */
export function nn_max_pool2d_s8(layer: nn_pool2d_s8_layer, x: usize, y: usize): void {
  pool(layer, x, y, false);
}
