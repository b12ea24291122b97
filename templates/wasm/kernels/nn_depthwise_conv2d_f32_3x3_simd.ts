import { nn_depthwise_bias_f32, nn_depthwise_conv2d_f32_simd_layer, nn_put_f32 } from './nn_depthwise_conv2d_f32_simd';
import { nn_madd } from './nn_simd';
import { nn_image, nn_windows } from './nn_windows';

/**
 * All channels of four pixels of row i, from column j on, S columns of the image apart; `pixels` of them are stored. A row of
 * taps is read once for all four: pixels that do not exist read the last column that does.
 */
// @ts-ignore: decorator
@inline
function four(S: i32, layer: nn_depthwise_conv2d_f32_simd_layer, p: usize, line: usize, i: i32, j: i32, y: usize): void {
  const channels = layer.channels;
  const step = <usize>channels << 2;
  const pixels = min(4, layer.out_w - j);
  const last = layer.out_w - 1;
  const b0 = nn_depthwise_bias_f32(layer, i, j);
  const b1 = nn_depthwise_bias_f32(layer, i, min(j + 1, last));
  const b2 = nn_depthwise_bias_f32(layer, i, min(j + 2, last));
  const b3 = nn_depthwise_bias_f32(layer, i, min(j + 3, last));
  const most = <usize>((pixels - 1) * S + 2) * step;
  const k1 = step;
  const k2 = 2 * step;
  const k3 = min(3 * step, most);
  const k4 = min(4 * step, most);
  const k5 = min(5 * step, most);
  const k6 = min(6 * step, most);
  const k7 = min(7 * step, most);
  const k8 = min(8 * step, most);
  let w = layer.weights;
  for (let o: i32 = 0; o < channels; o += 4) {
    const at = <usize>o << 2;
    let a = v128.load(b0 + at);
    let b = v128.load(b1 + at);
    let c = v128.load(b2 + at);
    let d = v128.load(b3 + at);
    const end = w + 144;
    let q = p + at;
    do {
      const u = v128.load(w);
      const v = v128.load(w, 16);
      const t = v128.load(w, 32);
      let x = v128.load(q);
      a = nn_madd(x, u, a);
      x = v128.load(q + k1);
      a = nn_madd(x, v, a);
      if (S == 1) b = nn_madd(x, u, b);
      x = v128.load(q + k2);
      a = nn_madd(x, t, a);
      if (S == 1) {
        b = nn_madd(x, v, b);
        c = nn_madd(x, u, c);
        x = v128.load(q + k3);
        b = nn_madd(x, t, b);
        c = nn_madd(x, v, c);
        d = nn_madd(x, u, d);
        x = v128.load(q + k4);
        c = nn_madd(x, t, c);
        d = nn_madd(x, v, d);
        d = nn_madd(v128.load(q + k5), t, d);
      } else {
        b = nn_madd(x, u, b);
        b = nn_madd(v128.load(q + k3), v, b);
        x = v128.load(q + k4);
        b = nn_madd(x, t, b);
        c = nn_madd(x, u, c);
        c = nn_madd(v128.load(q + k5), v, c);
        x = v128.load(q + k6);
        c = nn_madd(x, t, c);
        d = nn_madd(x, u, d);
        d = nn_madd(v128.load(q + k7), v, d);
        d = nn_madd(v128.load(q + k8), t, d);
      }
      w += 48;
      q += line;
    } while (w < end);
    const count = channels - o;
    nn_put_f32(layer, a, count, y + at);
    if (pixels > 1) nn_put_f32(layer, b, count, y + step + at);
    if (pixels > 2) nn_put_f32(layer, c, count, y + 2 * step + at);
    if (pixels > 3) nn_put_f32(layer, d, count, y + 3 * step + at);
  }
}

/** x is the image with its border, rows of `line` bytes. */
// @ts-ignore: decorator
@inline
function image(S: i32, layer: nn_depthwise_conv2d_f32_simd_layer, x: usize, line: usize, y: usize): void {
  const bytes = <usize>layer.channels << 2;
  for (let i: i32 = 0; i < layer.out_h; i++) {
    for (let j: i32 = 0; j < layer.out_w; j += 4)
      four(S, layer, x + <usize>(j * S) * bytes, line, i, j, y + <usize>j * bytes);
    y += <usize>layer.out_w * bytes;
    x += line * <usize>layer.stride_h;
  }
}

// @ts-ignore: decorator
@inline
function images(S: i32, layer: nn_depthwise_conv2d_f32_simd_layer, x: usize, y: usize, scratch: usize): void {
  const l = changetype<nn_windows>(changetype<usize>(layer) + offsetof<nn_depthwise_conv2d_f32_simd_layer>('batch'));
  const bytes = layer.channels << 2;
  const line = <usize>((l.height ? l.width : l.in_w) * bytes);
  for (let n: i32 = 0; n < layer.batch; n++) {
    const from = nn_image(l, x, 2, scratch);
    image(S, layer, from, line, y);
    x += <usize>(layer.in_h * layer.in_w * bytes);
    y += <usize>(layer.out_h * layer.out_w * bytes);
  }
}

/**
 * Depthwise convolution with one output per channel, 3 x 3 taps side by side, 1 and 2 columns apart.
 * @param scratch the image with its border
 */
export function nn_depthwise_conv2d_f32_3x3_1__simd(
  layer: nn_depthwise_conv2d_f32_simd_layer,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  images(1, layer, x, y, scratch);
}

export function nn_depthwise_conv2d_f32_3x3_2__simd(
  layer: nn_depthwise_conv2d_f32_simd_layer,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  images(2, layer, x, y, scratch);
}
