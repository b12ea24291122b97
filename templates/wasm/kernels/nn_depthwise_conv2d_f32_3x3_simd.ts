import { nn_madd } from './nn_simd';

@unmanaged
export class nn_depthwise_conv2d_f32_3x3_simd_layer {
  /** [panels of 4 channels][9 taps][4]; the last panel is the last 4 channels */
  weights: usize;
  bias: usize;
  batch: i32;
  in_h: i32;
  in_w: i32;
  channels: i32;
  out_h: i32;
  out_w: i32;
  stride_h: i32;
  stride_w: i32;
  pad_top: i32;
  pad_left: i32;
  out_min: f32;
  out_max: f32;
}

/** a and a column of three values times its weights. */
// @ts-ignore: decorator
@inline
function column(a: v128, x0: v128, x1: v128, x2: v128, w0: v128, w1: v128, w2: v128): v128 {
  return nn_madd(x2, w2, nn_madd(x1, w1, nn_madd(x0, w0, a)));
}

/**
 * Four channels of a row of pixels, S columns of the image apart; p, q, r are the three rows from the first column that a
 * window reads. Every column is read once: its part of later pixels is in a and b. All nine weights stay in registers.
 * @param end where y ends, less the last pixel if its window has no last column, `isCut`
 */
// @ts-ignore: decorator
@inline
function row(
  S: i32,
  layer: nn_depthwise_conv2d_f32_3x3_simd_layer,
  p: usize,
  q: usize,
  r: usize,
  w: usize,
  bias: usize,
  y: usize,
  end: usize,
  isCut: bool,
): void {
  const step = <usize>layer.channels << 2;
  const u0 = v128.load(w);
  const v0 = v128.load(w, 16);
  const w0 = v128.load(w, 32);
  const u1 = v128.load(w, 48);
  const v1 = v128.load(w, 64);
  const w1 = v128.load(w, 80);
  const u2 = v128.load(w, 96);
  const v2 = v128.load(w, 112);
  const w2 = v128.load(w, 128);
  const start = v128.load(bias);
  const low = f32x4.splat(layer.out_min);
  const high = f32x4.splat(layer.out_max);
  let a = start;
  if (layer.pad_left) {
    p -= step;
    q -= step;
    r -= step;
  } else a = column(a, v128.load(p), v128.load(q), v128.load(r), u0, u1, u2);
  if (S == 1) {
    p += step;
    q += step;
    r += step;
    const x0 = v128.load(p);
    const x1 = v128.load(q);
    const x2 = v128.load(r);
    let b = column(start, x0, x1, x2, u0, u1, u2);
    a = column(a, x0, x1, x2, v0, v1, v2);
    while (y < end) {
      p += step;
      q += step;
      r += step;
      const x0 = v128.load(p);
      const x1 = v128.load(q);
      const x2 = v128.load(r);
      a = column(a, x0, x1, x2, w0, w1, w2);
      v128.store(y, f32x4.pmin(f32x4.pmax(a, low), high));
      a = column(b, x0, x1, x2, v0, v1, v2);
      b = column(start, x0, x1, x2, u0, u1, u2);
      y += step;
    }
  } else {
    while (y < end) {
      a = column(a, v128.load(p + step), v128.load(q + step), v128.load(r + step), v0, v1, v2);
      // Engines load all they can first, until something is stored: this store keeps them from holding six columns at once.
      v128.store(y, a);
      p += 2 * step;
      q += 2 * step;
      r += 2 * step;
      const x0 = v128.load(p);
      const x1 = v128.load(q);
      const x2 = v128.load(r);
      a = column(a, x0, x1, x2, w0, w1, w2);
      v128.store(y, f32x4.pmin(f32x4.pmax(a, low), high));
      a = column(start, x0, x1, x2, u0, u1, u2);
      y += step;
    }
    if (isCut) a = column(a, v128.load(p + step), v128.load(q + step), v128.load(r + step), v0, v1, v2);
  }
  if (isCut) v128.store(y, f32x4.pmin(f32x4.pmax(a, low), high));
}

/** Row i of x, of `line` bytes; zeros where there is none. */
// @ts-ignore: decorator
@inline
function line_of(layer: nn_depthwise_conv2d_f32_3x3_simd_layer, x: usize, i: i32, line: usize, zeros: usize): usize {
  return <u32>i < <u32>layer.in_h ? x + <usize>i * line : zeros;
}

/** One image; `zeros` is a row of them. */
// @ts-ignore: decorator
@inline
function image(S: i32, layer: nn_depthwise_conv2d_f32_3x3_simd_layer, x: usize, y: usize, zeros: usize): void {
  const bytes = <usize>layer.channels << 2;
  const line = <usize>layer.in_w * bytes;
  const isCut = (layer.out_w - 1) * S + 3 - layer.pad_left > layer.in_w;
  const whole = <usize>(layer.out_w - <i32>isCut) * bytes;
  for (let i: i32 = 0; i < layer.out_h; i++) {
    const top = i * layer.stride_h - layer.pad_top;
    const p = line_of(layer, x, top, line, zeros);
    const q = line_of(layer, x, top + 1, line, zeros);
    const r = line_of(layer, x, top + 2, line, zeros);
    let w = layer.weights;
    for (let o: usize = 0; o < bytes; o += 16, w += 144) {
      const at = min(o, bytes - 16);
      row(S, layer, p + at, q + at, r + at, w, layer.bias + at, y + at, y + at + whole, isCut);
    }
    y += <usize>layer.out_w * bytes;
  }
}

// @ts-ignore: decorator
@inline
function images(S: i32, layer: nn_depthwise_conv2d_f32_3x3_simd_layer, x: usize, y: usize, zeros: usize): void {
  const bytes = layer.channels << 2;
  memory.fill(zeros, 0, <usize>(layer.in_w * bytes));
  for (let n: i32 = 0; n < layer.batch; n++) {
    image(S, layer, x, y, zeros);
    x += <usize>(layer.in_h * layer.in_w * bytes);
    y += <usize>(layer.out_h * layer.out_w * bytes);
  }
}

/**
 * Depthwise convolution with one output per channel, 4 channels or more, 3 x 3 taps side by side, 1 and 2 columns apart, of
 * which one may lie beyond either side of the image.
 * @param zeros room for a row of the image
 */
export function nn_depthwise_conv2d_f32_3x3_1__simd(
  layer: nn_depthwise_conv2d_f32_3x3_simd_layer,
  x: usize,
  y: usize,
  zeros: usize,
): void {
  images(1, layer, x, y, zeros);
}

export function nn_depthwise_conv2d_f32_3x3_2__simd(
  layer: nn_depthwise_conv2d_f32_3x3_simd_layer,
  x: usize,
  y: usize,
  zeros: usize,
): void {
  images(2, layer, x, y, zeros);
}
