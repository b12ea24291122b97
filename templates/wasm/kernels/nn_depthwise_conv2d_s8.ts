import { nn_bias_row } from './nn_common';
import { nn_matmul_s8, nn_result_s8 } from './nn_matmul_s8';

@unmanaged
export class nn_depthwise_conv2d_s8_layer {
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
  multiples: i32;
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

/** Sum of one channel's taps; w [kernel_h][kernel_w]. */
function dot(layer: nn_depthwise_conv2d_s8_layer, x: usize, top: i32, left: i32, w: usize): i32 {
  let sum: i32 = 0;
  for (let i: i32 = 0; i < layer.kernel_h; i++) {
    const y = top + i * layer.dilation_h;
    for (let j: i32 = 0; j < layer.kernel_w; j++) {
      const column = left + j * layer.dilation_w;
      const inside = <u32>y < <u32>layer.in_h && <u32>column < <u32>layer.in_w;
      const v = inside ? <i32>load<i8>(x + <usize>((y * layer.in_w + column) * layer.in_c)) : layer.in_zero;
      sum += v * <i32>load<i8>(w++);
    }
  }
  return sum;
}

function image(layer: nn_depthwise_conv2d_s8_layer, x: usize, y: usize): void {
  const channels = layer.in_c * layer.multiples;
  const taps = <usize>(layer.kernel_h * layer.kernel_w);
  const m = changetype<nn_matmul_s8>(offsetof<nn_depthwise_conv2d_s8_layer>('out_zero') + changetype<usize>(layer));
  for (let out_y: i32 = 0; out_y < layer.out_h; out_y++) {
    const top = out_y * layer.stride_h - layer.pad_top;
    for (let out_x: i32 = 0; out_x < layer.out_w; out_x++) {
      const left = out_x * layer.stride_w - layer.pad_left;
      const bytes = <usize>channels << 2;
      const bias = nn_bias_row(layer.bias, layer.row_class, layer.col_class, layer.col_classes, out_y, out_x, bytes);
      for (let o: i32 = 0; o < channels; o++) {
        const sum = dot(layer, x + <usize>(o / layer.multiples), top, left, layer.weights + <usize>o * taps);
        nn_result_s8(m, layer.numbers, bias, o, sum, y);
      }
      y += <usize>channels;
    }
  }
}

/** Depthwise convolution: any window, stride, dilation, padding, multiplier. TFLite's int8 DEPTHWISE_CONV_2D. */
export function nn_depthwise_conv2d_s8(layer: nn_depthwise_conv2d_s8_layer, x: usize, y: usize, scratch: usize): void {
  for (let n: i32 = 0; n < layer.batch; n++) {
    image(layer, x, y);
    x += <usize>(layer.in_h * layer.in_w * layer.in_c);
    y += <usize>(layer.out_h * layer.out_w * layer.in_c * layer.multiples);
  }
}
