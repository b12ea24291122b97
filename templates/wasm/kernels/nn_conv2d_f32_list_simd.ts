import { nn_madd, nn_turn } from './nn_simd';
import { nn_image, nn_places, nn_windows } from './nn_windows';

@unmanaged
export class nn_conv2d_f32_list_simd_layer {
  /** weights that are not 0, channel by channel */
  weights: usize;
  /** of each the input it multiplies, times the vectors of a strip, 16 bits */
  inputs: usize;
  /** [channels] weights before the end of each */
  ends: usize;
  bias: usize;
  channels: i32;
  out_min: f32;
  out_max: f32;
  /** nn_windows */
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
  height: i32;
  width: i32;
  fill: i32;
  runs: i32;
  run: i32;
  offsets: usize;
}

/** Four rows of four values at p, q, r, s as columns at `out`, `step` bytes from one to the next. */
// @ts-ignore: decorator
@inline
function turn(p: usize, q: usize, r: usize, s: usize, out: usize, step: usize): void {
  nn_turn(v128.load(p), v128.load(q), v128.load(r), v128.load(s), out, step);
}

/** Windows at the addresses in `places` as a strip [depth][vectors][4]; up to 3 more values are written. */
function strip_of(l: nn_windows, places: usize, vectors: i32, out: usize): void {
  const step = <usize>vectors << 4;
  const bytes = <usize>l.run << 2;
  for (let v: i32 = 0; v < vectors; v++, places += 16) {
    const p = <usize>load<u32>(places);
    const q = <usize>load<u32>(places, 4);
    const r = <usize>load<u32>(places, 8);
    const s = <usize>load<u32>(places, 12);
    let start = out + (<usize>v << 4);
    for (let i: i32 = 0; i < l.runs; i++, start += <usize>l.run * step) {
      let k = <usize>load<i32>(l.offsets + (<usize>i << 2));
      let to = start;
      for (const end = k + bytes; k < end; k += 16, to += 4 * step) turn(p + k, q + k, r + k, s + k, to, step);
    }
  }
}

/** Four channels [4][vectors][4] into rows of y, `width` bytes each; `spare` holds a few that are no whole vector. */
// @ts-ignore: decorator
@inline
function put(from: usize, vectors: i32, count: i32, y: usize, width: usize, spare: usize): void {
  const step = <usize>vectors << 4;
  for (; count >= 4; count -= 4, from += 16, y += width << 2)
    turn(from, from + step, from + 2 * step, from + 3 * step, y, width);
  if (!count) return;
  turn(from, from + step, from + 2 * step, from + 3 * step, spare, 16);
  for (; count > 0; count--, spare += 16, y += width) v128.store(y, v128.load(spare));
}

/** Fewer than four channels. */
function put_few(from: usize, vectors: i32, count: i32, channels: i32, y: usize): void {
  for (let i: i32 = 0; i < count; i++, from += 4)
    for (let o: i32 = 0; o < channels; o++, y += 4) store<f32>(y, load<f32>(from + ((<usize>(o * vectors)) << 4)));
}

/** Sums of one channel over a strip of V vectors; returns where its weights end. */
// @ts-ignore: decorator
@inline
function channel(
  V: i32,
  layer: nn_conv2d_f32_list_simd_layer,
  strip: usize,
  w: usize,
  end: usize,
  bias: usize,
  out: usize,
): void {
  let a = v128.load32_splat(bias);
  let b = a;
  let c = a;
  let d = a;
  let e = a;
  let f = a;
  let g = a;
  if (w < end) {
    let input = layer.inputs + ((w - layer.weights) >> 1);
    do {
      const v = v128.load32_splat(w);
      const p = strip + (<usize>load<u16>(input) << 4);
      a = nn_madd(v, v128.load(p), a);
      if (V > 1) b = nn_madd(v, v128.load(p, 16), b);
      if (V > 2) c = nn_madd(v, v128.load(p, 32), c);
      if (V > 3) d = nn_madd(v, v128.load(p, 48), d);
      if (V > 4) e = nn_madd(v, v128.load(p, 64), e);
      if (V > 5) f = nn_madd(v, v128.load(p, 80), f);
      if (V > 6) g = nn_madd(v, v128.load(p, 96), g);
      w += 4;
      input += 2;
    } while (w < end);
  }
  const low = f32x4.splat(layer.out_min);
  const high = f32x4.splat(layer.out_max);
  v128.store(out, f32x4.pmin(f32x4.pmax(a, low), high));
  if (V > 1) v128.store(out, f32x4.pmin(f32x4.pmax(b, low), high), 16);
  if (V > 2) v128.store(out, f32x4.pmin(f32x4.pmax(c, low), high), 32);
  if (V > 3) v128.store(out, f32x4.pmin(f32x4.pmax(d, low), high), 48);
  if (V > 4) v128.store(out, f32x4.pmin(f32x4.pmax(e, low), high), 64);
  if (V > 5) v128.store(out, f32x4.pmin(f32x4.pmax(f, low), high), 80);
  if (V > 6) v128.store(out, f32x4.pmin(f32x4.pmax(g, low), high), 96);
}

/** All channels of `count` pixels: a strip of U vectors, V from one value to the next. */
// @ts-ignore: decorator
@inline
function pass(
  U: i32,
  V: i32,
  layer: nn_conv2d_f32_list_simd_layer,
  strip: usize,
  results: usize,
  spare: usize,
  count: i32,
  y: usize,
): void {
  const step = <usize>V << 4;
  const width = <usize>layer.channels << 2;
  let w = layer.weights;
  for (let o: i32 = 0; o < layer.channels; o += 4) {
    // The last channels come behind the four before them, so that there are four again.
    const four = min(4, layer.channels - o);
    const more = four < 4 && o > 0 ? four : 0;
    for (let i: i32 = 0; i < four; i++) {
      const at = <usize>(o + i) << 2;
      const end = layer.weights + (<usize>load<i32>(layer.ends + at) << 2);
      channel(U, layer, strip, w, end, layer.bias + at, results + <usize>(more ? i + 4 : i) * step);
      w = end;
    }
    if (four == 4 || more)
      put(results + <usize>more * step, V, count, y + (<usize>(more ? o + more - 4 : o) << 2), width, spare);
    else put_few(results, V, count, four, y);
  }
}

/** One image, x with its border. */
// @ts-ignore: decorator
@inline
function list(V: i32, layer: nn_conv2d_f32_list_simd_layer, x: usize, y: usize, scratch: usize): void {
  const l = changetype<nn_windows>(changetype<usize>(layer) + offsetof<nn_conv2d_f32_list_simd_layer>('batch'));
  const step = <usize>V << 4;
  const results = scratch + <usize>(l.runs * l.run + 4) * step;
  const spare = results + 7 * step;
  const places = spare + 64;
  const width = <usize>layer.channels << 2;
  const total = l.out_h * l.out_w;
  const pixels = V << 2;
  let first: i32 = 0;
  for (; first < total - (V > 3 ? 12 : 0); first += pixels, y += <usize>pixels * width) {
    nn_places(l, x, first, pixels, 2, places);
    strip_of(l, places, V, scratch);
    pass(V, V, layer, scratch, results, spare, min(pixels, total - first), y);
  }
  if (V <= 3 || first >= total) return;
  nn_places(l, x, first, pixels, 2, places);
  strip_of(l, places, V, scratch);
  pass(3, V, layer, scratch, results, spare, total - first, y);
}

// @ts-ignore: decorator
@inline
function images(V: i32, layer: nn_conv2d_f32_list_simd_layer, x: usize, y: usize, scratch: usize): void {
  const l = changetype<nn_windows>(changetype<usize>(layer) + offsetof<nn_conv2d_f32_list_simd_layer>('batch'));
  const border = scratch + <usize>(l.runs * l.run + 12) * (<usize>V << 4) + 64;
  for (let n: i32 = 0; n < l.batch; n++) {
    list(V, layer, nn_image(l, x, 2, border), y, scratch);
    x += <usize>(l.in_h * l.in_w * l.in_c) << 2;
    y += <usize>(l.out_h * l.out_w * layer.channels) << 2;
  }
}

/**
 * Convolution of one group, of whose weights only those that are not 0 are there. Pixels are worked on in strips of V
 * vectors of 4; nothing may overlap.
 * @param scratch a strip, the results of seven channels, four vectors, addresses, the image with its border
 */
export function nn_conv2d_f32_list_1__simd(
  layer: nn_conv2d_f32_list_simd_layer,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  images(1, layer, x, y, scratch);
}

export function nn_conv2d_f32_list_2__simd(
  layer: nn_conv2d_f32_list_simd_layer,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  images(2, layer, x, y, scratch);
}

export function nn_conv2d_f32_list_3__simd(
  layer: nn_conv2d_f32_list_simd_layer,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  images(3, layer, x, y, scratch);
}

export function nn_conv2d_f32_list_4__simd(
  layer: nn_conv2d_f32_list_simd_layer,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  images(4, layer, x, y, scratch);
}

export function nn_conv2d_f32_list_5__simd(
  layer: nn_conv2d_f32_list_simd_layer,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  images(5, layer, x, y, scratch);
}

export function nn_conv2d_f32_list_6__simd(
  layer: nn_conv2d_f32_list_simd_layer,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  images(6, layer, x, y, scratch);
}

export function nn_conv2d_f32_list_7__simd(
  layer: nn_conv2d_f32_list_simd_layer,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  images(7, layer, x, y, scratch);
}
