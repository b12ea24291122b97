import { nn_bias_row, nn_clamp_f32 } from './nn_common';

@unmanaged
export class nn_depthwise_conv2d_f32_layer {
  weights: usize;
  bias: usize;
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
  out_min: f32;
  out_max: f32;
}

/** One channel of one window; w [kernel_h][kernel_w]. */
function channel(layer: nn_depthwise_conv2d_f32_layer, x: usize, top: i32, left: i32, w: usize, start: f32): f32 {
  let sum = start;
  for (let i: i32 = 0; i < layer.kernel_h; i++) {
    const y = top + i * layer.dilation_h;
    for (let j: i32 = 0; j < layer.kernel_w; j++, w += 4) {
      const column = left + j * layer.dilation_w;
      if (<u32>y < <u32>layer.in_h && <u32>column < <u32>layer.in_w)
        sum += load<f32>(x + (<usize>((y * layer.in_w + column) * layer.in_c) << 2)) * load<f32>(w);
    }
  }
  return sum;
}

/** Depthwise convolution: any window, stride, dilation, padding, multiplier. */
export function nn_depthwise_conv2d_f32(layer: nn_depthwise_conv2d_f32_layer, x: usize, y: usize): void {
  const channels = layer.in_c * layer.multiples;
  const taps = <usize>(layer.kernel_h * layer.kernel_w) << 2;
  const bytes = <usize>channels << 2;
  for (let n: i32 = 0; n < layer.batch; n++) {
    for (let i: i32 = 0; i < layer.out_h; i++)
      for (let j: i32 = 0; j < layer.out_w; j++) {
        const bias = nn_bias_row(layer.bias, layer.row_class, layer.col_class, layer.col_classes, i, j, bytes);
        const top = i * layer.stride_h - layer.pad_top;
        const left = j * layer.stride_w - layer.pad_left;
        for (let o: i32 = 0; o < channels; o++, y += 4) {
          const w = layer.weights + <usize>o * taps;
          const start = load<f32>(bias + (<usize>o << 2));
          const sum = channel(layer, x + (<usize>(o / layer.multiples) << 2), top, left, w, start);
          store<f32>(y, nn_clamp_f32(sum, layer.out_min, layer.out_max));
        }
      }
    x += <usize>(layer.in_h * layer.in_w * layer.in_c) << 2;
  }
}
