import { nn_madd, nn_turn } from './nn_simd';

@unmanaged
export class nn_matrix_f32_list_simd_layer {
  /** weights that are not 0, channel by channel */
  weights: usize;
  /** of each the input it multiplies, times the vectors of a strip, 16 bits */
  inputs: usize;
  /** [channels] weights before the end of each */
  ends: usize;
  bias: usize;
  rows: i32;
  depth: i32;
  channels: i32;
  out_min: f32;
  out_max: f32;
}

/** Four rows of four values at p, q, r, s as columns at `out`, `step` bytes from one to the next. */
// @ts-ignore: decorator
@inline
function turn(p: usize, q: usize, r: usize, s: usize, out: usize, step: usize): void {
  nn_turn(v128.load(p), v128.load(q), v128.load(r), v128.load(s), out, step);
}

/** `count` rows of x as a strip [depth, a multiple of 4][vectors][4]; the last row stands in for those beyond it. */
function strip_of(x: usize, depth: i32, count: i32, vectors: i32, out: usize): void {
  const bytes = <usize>depth << 2;
  const step = <usize>vectors << 4;
  const last = x + <usize>(count - 1) * bytes;
  for (let v: i32 = 0; v < vectors; v++) {
    const p = min(x, last);
    const q = min(x + bytes, last);
    const r = min(x + 2 * bytes, last);
    const s = min(x + 3 * bytes, last);
    let to = out + (<usize>v << 4);
    for (let k: usize = 0; k < bytes; k += 16, to += 4 * step) turn(p + k, q + k, r + k, s + k, to, step);
    x += 4 * bytes;
  }
}

/** Up to four channels [4][vectors][4] into rows of y. */
function put(from: usize, vectors: i32, count: i32, channels: i32, y: usize, width: usize): void {
  const step = <usize>vectors << 4;
  if (channels < 4) {
    for (let i: i32 = 0; i < count; i++, y += width)
      for (let o: i32 = 0; o < channels; o++)
        store<f32>(y + (<usize>o << 2), load<f32>(from + <usize>o * step + (<usize>i << 2)));
    return;
  }
  // The rows go through the place behind the strip's results, four at a time.
  const four = from + 4 * step;
  for (let i: i32 = 0; i < count; i += 4) {
    const at = from + (<usize>i << 2);
    turn(at, at + step, at + 2 * step, at + 3 * step, four, 16);
    v128.store(y, v128.load(four));
    if (count - i > 1) v128.store(y + width, v128.load(four, 16));
    if (count - i > 2) v128.store(y + 2 * width, v128.load(four, 32));
    if (count - i > 3) v128.store(y + 3 * width, v128.load(four, 48));
    y += 4 * width;
  }
}

/** Sums of one channel over a strip of V vectors; returns where its weights end. */
// @ts-ignore: decorator
@inline
function channel(
  V: i32,
  layer: nn_matrix_f32_list_simd_layer,
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
}

// @ts-ignore: decorator
@inline
function list(V: i32, layer: nn_matrix_f32_list_simd_layer, x: usize, y: usize, scratch: usize): void {
  const step = <usize>V << 4;
  const results = scratch + <usize>((layer.depth + 3) & ~3) * step;
  const width = <usize>layer.channels << 2;
  const pixels = V << 2;
  for (let first: i32 = 0; first < layer.rows; first += pixels) {
    const count = min(pixels, layer.rows - first);
    strip_of(x, layer.depth, count, V, scratch);
    let w = layer.weights;
    for (let o: i32 = 0; o < layer.channels; o += 4) {
      const four = min(4, layer.channels - o);
      for (let i: i32 = 0; i < four; i++) {
        const at = <usize>(o + i) << 2;
        const end = layer.weights + (<usize>load<i32>(layer.ends + at) << 2);
        channel(V, layer, scratch, w, end, layer.bias + at, results + <usize>i * step);
        w = end;
      }
      put(results, V, count, four, y + (<usize>o << 2), width);
    }
    x += <usize>(pixels * layer.depth) << 2;
    y += <usize>pixels * width;
  }
}

/**
 * y [rows][channels] = x [rows][depth] . weights + bias, of which only weights that are not 0 are there. Rows are worked on
 * in strips of V vectors of 4; nothing may overlap.
 * @param scratch a strip, the results of four channels, four vectors
 */
export function nn_matrix_f32_list_1__simd(
  layer: nn_matrix_f32_list_simd_layer,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  list(1, layer, x, y, scratch);
}

export function nn_matrix_f32_list_2__simd(
  layer: nn_matrix_f32_list_simd_layer,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  list(2, layer, x, y, scratch);
}

export function nn_matrix_f32_list_3__simd(
  layer: nn_matrix_f32_list_simd_layer,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  list(3, layer, x, y, scratch);
}

export function nn_matrix_f32_list_4__simd(
  layer: nn_matrix_f32_list_simd_layer,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  list(4, layer, x, y, scratch);
}

export function nn_matrix_f32_list_5__simd(
  layer: nn_matrix_f32_list_simd_layer,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  list(5, layer, x, y, scratch);
}

export function nn_matrix_f32_list_6__simd(
  layer: nn_matrix_f32_list_simd_layer,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  list(6, layer, x, y, scratch);
}
