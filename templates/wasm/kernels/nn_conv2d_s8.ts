import { nn_bias_row } from './nn_common';
import { nn_matmul_s8, nn_matmul_s8_pixel } from './nn_matmul_s8';

@unmanaged
export class nn_conv2d_s8_layer {
  weights: usize;
  bias: usize;
  numbers: usize;
  row_class: usize;
  col_class: usize;
  col_classes: i32;
  batch: i32;
  in_h: i32;
  in_w: i32;
  in_c: i32;
  out_h: i32;
  out_w: i32;
  out_c: i32;
  groups: i32;
  kernel_h: i32;
  kernel_w: i32;
  stride_h: i32;
  stride_w: i32;
  dilation_h: i32;
  dilation_w: i32;
  pad_top: i32;
  pad_left: i32;
  plain: i32;
  in_zero: i32;
  out_zero: i32;
  out_min: i32;
  out_max: i32;
  sum: usize;
}

/** The window of one pixel and group: strip [kernel_h][kernel_w][channels]; taps outside the image read as in_zero. */
function gather(layer: nn_conv2d_s8_layer, x: usize, top: i32, left: i32, strip: usize, channels: i32): void {
  for (let i: i32 = 0; i < layer.kernel_h; i++) {
    const y = top + i * layer.dilation_h;
    for (let j: i32 = 0; j < layer.kernel_w; j++) {
      const column = left + j * layer.dilation_w;
      if (<u32>y < <u32>layer.in_h && <u32>column < <u32>layer.in_w)
        memory.copy(strip, x + <usize>((y * layer.in_w + column) * layer.in_c), channels);
      else memory.fill(strip, <u8>layer.in_zero, channels);
      strip += <usize>channels;
    }
  }
}

function image(layer: nn_conv2d_s8_layer, x: usize, y: usize, scratch: usize): void {
  const channels = layer.in_c / layer.groups;
  const depth = layer.kernel_h * layer.kernel_w * channels;
  const each = layer.out_c / layer.groups;
  const bytes = <usize>layer.out_c << 2;
  const m = changetype<nn_matmul_s8>(offsetof<nn_conv2d_s8_layer>('out_zero') + changetype<usize>(layer));
  for (let out_y: i32 = 0; out_y < layer.out_h; out_y++) {
    const top = out_y * layer.stride_h - layer.pad_top;
    for (let out_x: i32 = 0; out_x < layer.out_w; out_x++) {
      const left = out_x * layer.stride_w - layer.pad_left;
      const bias = nn_bias_row(layer.bias, layer.row_class, layer.col_class, layer.col_classes, out_y, out_x, bytes);
      for (let group: i32 = 0; group < layer.groups; group++) {
        const first = <usize>(group * each);
        gather(layer, x + <usize>(group * channels), top, left, scratch, channels);
        const w = layer.weights + first * <usize>depth;
        const own = bias ? bias + (first << 2) : 0;
        nn_matmul_s8_pixel(m, w, layer.numbers + (first << 3), own, each, scratch, depth, y + first);
      }
      y += <usize>layer.out_c;
    }
  }
}

/**
 * Convolution: any window, stride, dilation, padding, groups. TFLite's int8 CONV_2D.
 * @param scratch depth bytes
 */
export function nn_conv2d_s8(layer: nn_conv2d_s8_layer, x: usize, y: usize, scratch: usize): void {
  for (let n: i32 = 0; n < layer.batch; n++) {
    image(layer, x, y, scratch);
    x += <usize>(layer.in_h * layer.in_w * layer.in_c);
    y += <usize>(layer.out_h * layer.out_w * layer.out_c);
  }
}
