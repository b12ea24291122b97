import { nn_clamp, nn_clamp_f32, nn_requantize } from './nn_common';

/** Row or column of the input whose tap lies on output `at`; -1 = none. */
// @ts-ignore: decorator
@inline
function source(at: i32, pad: i32, tap: i32, dilation: i32, stride: i32, size: i32): i32 {
  const from = at + pad - tap * dilation;
  return from >= 0 && from % stride == 0 && from / stride < size ? from / stride : -1;
}

@unmanaged
export class nn_transpose_conv_f32_layer {
  images: i32;
  in_h: i32;
  in_w: i32;
  in_c: i32;
  out_h: i32;
  out_w: i32;
  out_c: i32;
  kernel_h: i32;
  kernel_w: i32;
  stride_h: i32;
  stride_w: i32;
  dilation_h: i32;
  dilation_w: i32;
  pad_h: i32;
  pad_w: i32;
  groups: i32;
  weights: usize;
  bias: usize;
  out_min: f32;
  out_max: f32;
}

/** Sum of one output value; x is an image. */
function sum_f32(l: nn_transpose_conv_f32_layer, x: usize, row: i32, column: i32, o: i32): f32 {
  const depth = l.in_c / l.groups;
  const bytes = <usize>depth << 2;
  let q = l.weights + <usize>(o * l.kernel_h * l.kernel_w) * bytes;
  let sum: f32 = l.bias ? load<f32>(l.bias + (<usize>o << 2)) : 0;
  x += <usize>(o / (l.out_c / l.groups)) * bytes;
  for (let i: i32 = 0; i < l.kernel_h; i++) {
    const y = source(row, l.pad_h, i, l.dilation_h, l.stride_h, l.in_h);
    for (let j: i32 = 0; j < l.kernel_w; j++, q += bytes) {
      const at = source(column, l.pad_w, j, l.dilation_w, l.stride_w, l.in_w);
      if (y < 0 || at < 0) continue;
      const p = x + (<usize>((y * l.in_w + at) * l.in_c) << 2);
      for (let c: usize = 0; c < bytes; c += 4) sum += load<f32>(p + c) * load<f32>(q + c);
    }
  }
  return sum;
}

/** Transposed convolution; no overlap. */
export function nn_transpose_conv_f32(l: nn_transpose_conv_f32_layer, x: usize, y: usize): void {
  for (let image: i32 = 0; image < l.images; image++) {
    for (let row: i32 = 0; row < l.out_h; row++)
      for (let column: i32 = 0; column < l.out_w; column++)
        for (let o: i32 = 0; o < l.out_c; o++) {
          const sum = sum_f32(l, x, row, column, o);
          store<f32>(y, nn_clamp_f32(sum, l.out_min, l.out_max));
          y += 4;
        }
    x += <usize>(l.in_h * l.in_w * l.in_c) << 2;
  }
}

@unmanaged
export class nn_transpose_conv_s8_layer {
  images: i32;
  in_h: i32;
  in_w: i32;
  in_c: i32;
  out_h: i32;
  out_w: i32;
  out_c: i32;
  kernel_h: i32;
  kernel_w: i32;
  stride_h: i32;
  stride_w: i32;
  dilation_h: i32;
  dilation_w: i32;
  pad_h: i32;
  pad_w: i32;
  groups: i32;
  weights: usize;
  bias: usize;
  multiplier: usize;
  shift: usize;
  in_zero: i32;
  out_zero: i32;
  out_min: i32;
  out_max: i32;
}

/** Sum of one output value; x is an image. */
function sum_s8(l: nn_transpose_conv_s8_layer, x: usize, row: i32, column: i32, o: i32): i32 {
  const depth = l.in_c / l.groups;
  const bytes = <usize>depth << 0;
  let q = l.weights + <usize>(o * l.kernel_h * l.kernel_w) * bytes;
  let sum: i32 = l.bias ? load<i32>(l.bias + (<usize>o << 2)) : 0;
  x += <usize>(o / (l.out_c / l.groups)) * bytes;
  for (let i: i32 = 0; i < l.kernel_h; i++) {
    const y = source(row, l.pad_h, i, l.dilation_h, l.stride_h, l.in_h);
    for (let j: i32 = 0; j < l.kernel_w; j++, q += bytes) {
      const at = source(column, l.pad_w, j, l.dilation_w, l.stride_w, l.in_w);
      if (y < 0 || at < 0) continue;
      const p = x + (<usize>((y * l.in_w + at) * l.in_c) << 0);
      for (let c: usize = 0; c < bytes; c += 1) sum += (<i32>load<i8>(p + c) - l.in_zero) * <i32>load<i8>(q + c);
    }
  }
  return sum;
}

/** Transposed convolution; no overlap. TFLite's int8 TRANSPOSE_CONV. */
export function nn_transpose_conv_s8(l: nn_transpose_conv_s8_layer, x: usize, y: usize): void {
  for (let image: i32 = 0; image < l.images; image++) {
    for (let row: i32 = 0; row < l.out_h; row++)
      for (let column: i32 = 0; column < l.out_w; column++)
        for (let o: i32 = 0; o < l.out_c; o++) {
          const sum = sum_s8(l, x, row, column, o);
          const at = <usize>o << 2;
          const v = nn_requantize(sum, load<i32>(l.multiplier + at), load<i32>(l.shift + at)) + l.out_zero;
          store<i8>(y, nn_clamp(v, l.out_min, l.out_max));
          y += 1;
        }
    x += <usize>(l.in_h * l.in_w * l.in_c) << 0;
  }
}
