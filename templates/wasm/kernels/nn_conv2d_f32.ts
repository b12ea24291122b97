import { nn_bias_row, nn_clamp_f32 } from './nn_common';

@unmanaged
export class nn_conv2d_f32_layer {
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
  out_min: f32;
  out_max: f32;
}

/** Address of a tap's pixel, or 0 outside the image. */
// @ts-ignore: decorator
@inline
function tap(layer: nn_conv2d_f32_layer, x: usize, y: i32, column: i32): usize {
  if (<u32>y >= <u32>layer.in_h || <u32>column >= <u32>layer.in_w) return 0;
  return x + (<usize>((y * layer.in_w + column) * layer.in_c) << 2);
}

/** Four channels of one window; w [kernel_h][kernel_w][channels][4]. */
function four(layer: nn_conv2d_f32_layer, x: usize, top: i32, left: i32, w: usize, bias: usize, y: usize): void {
  const bytes = <usize>(layer.in_c / layer.groups) << 2;
  let a = load<f32>(bias);
  let b = load<f32>(bias, 4);
  let c = load<f32>(bias, 8);
  let d = load<f32>(bias, 12);
  for (let i: i32 = 0; i < layer.kernel_h; i++)
    for (let j: i32 = 0; j < layer.kernel_w; j++, w += bytes << 2) {
      let p = tap(layer, x, top + i * layer.dilation_h, left + j * layer.dilation_w);
      if (!p) continue;
      let q = w;
      for (const end = p + bytes; p < end; p += 4, q += 16) {
        const v = load<f32>(p);
        a += v * load<f32>(q);
        b += v * load<f32>(q, 4);
        c += v * load<f32>(q, 8);
        d += v * load<f32>(q, 12);
      }
    }
  store<f32>(y, nn_clamp_f32(a, layer.out_min, layer.out_max));
  store<f32>(y, nn_clamp_f32(b, layer.out_min, layer.out_max), 4);
  store<f32>(y, nn_clamp_f32(c, layer.out_min, layer.out_max), 8);
  store<f32>(y, nn_clamp_f32(d, layer.out_min, layer.out_max), 12);
}

/** One channel of one window; w [kernel_h][kernel_w][channels]. */
function single(layer: nn_conv2d_f32_layer, x: usize, top: i32, left: i32, w: usize, bias: usize, y: usize): void {
  const bytes = <usize>(layer.in_c / layer.groups) << 2;
  let sum = load<f32>(bias);
  for (let i: i32 = 0; i < layer.kernel_h; i++)
    for (let j: i32 = 0; j < layer.kernel_w; j++, w += bytes) {
      const p = tap(layer, x, top + i * layer.dilation_h, left + j * layer.dilation_w);
      if (p) for (let k: usize = 0; k < bytes; k += 4) sum += load<f32>(p + k) * load<f32>(w + k);
    }
  store<f32>(y, nn_clamp_f32(sum, layer.out_min, layer.out_max));
}

/** All channels of one output pixel. */
function pixel(layer: nn_conv2d_f32_layer, x: usize, top: i32, left: i32, bias: usize, y: usize): void {
  const channels = layer.in_c / layer.groups;
  const depth = <usize>(layer.kernel_h * layer.kernel_w * channels) << 2;
  const each = layer.out_c / layer.groups;
  let w = layer.weights;
  for (let group: i32 = 0; group < layer.groups; group++) {
    let o: i32 = 0;
    for (; o + 4 <= each; o += 4, w += depth << 2, bias += 16, y += 16) four(layer, x, top, left, w, bias, y);
    for (; o < each; o++, w += depth, bias += 4, y += 4) single(layer, x, top, left, w, bias, y);
    x += <usize>channels << 2;
  }
}

/** Convolution: any window, stride, dilation, padding, groups. */
export function nn_conv2d_f32(layer: nn_conv2d_f32_layer, x: usize, y: usize): void {
  const bytes = <usize>layer.out_c << 2;
  for (let n: i32 = 0; n < layer.batch; n++) {
    for (let i: i32 = 0; i < layer.out_h; i++)
      for (let j: i32 = 0; j < layer.out_w; j++, y += bytes) {
        const bias = nn_bias_row(layer.bias, layer.row_class, layer.col_class, layer.col_classes, i, j, bytes);
        pixel(layer, x, i * layer.stride_h - layer.pad_top, j * layer.stride_w - layer.pad_left, bias, y);
      }
    x += <usize>(layer.in_h * layer.in_w * layer.in_c) << 2;
  }
}
