import {
  nn_bytes,
  nn_high16,
  nn_high32,
  nn_high64,
  nn_low16,
  nn_low32,
  nn_low64,
  nn_low8,
  nn_round_high,
  nn_round_low,
  nn_scale,
  nn_scaled,
} from './nn_simd';

@unmanaged
export class nn_matrix_s8_list_simd_layer {
  /** pairs of weights that are not 0 (one may be), channel by channel, two bytes each */
  weights: usize;
  /** of each pair the inputs it multiplies, times the vectors of a strip, 2 x 16 bits */
  inputs: usize;
  /** [channels][bias less zero point * sum of weights, multiplier, right shift, pairs before the end] */
  numbers: usize;
  multiplier: i32;
  power: i32;
  shift: i32;
  out_zero: i32;
  out_min: i32;
  out_max: i32;
  rows: i32;
  depth: i32;
  channels: i32;
}

/** Eight rows of 8 bytes, `bytes` apart but not beyond `last`, as 8 columns of 16-bit values, `step` bytes apart. */
// @ts-ignore: decorator
@inline
function widen(x: usize, bytes: usize, last: usize, k: usize, out: usize, step: usize): void {
  const a = v128.load8x8_s(min(x, last) + k);
  const b = v128.load8x8_s(min(x + bytes, last) + k);
  const c = v128.load8x8_s(min(x + 2 * bytes, last) + k);
  const d = v128.load8x8_s(min(x + 3 * bytes, last) + k);
  const ab = nn_low16(a, b);
  const cd = nn_low16(c, d);
  const ab2 = nn_high16(a, b);
  const cd2 = nn_high16(c, d);
  const e = v128.load8x8_s(min(x + 4 * bytes, last) + k);
  const f = v128.load8x8_s(min(x + 5 * bytes, last) + k);
  const g = v128.load8x8_s(min(x + 6 * bytes, last) + k);
  const h = v128.load8x8_s(min(x + 7 * bytes, last) + k);
  const ef = nn_low16(e, f);
  const gh = nn_low16(g, h);
  const ef2 = nn_high16(e, f);
  const gh2 = nn_high16(g, h);
  let p = nn_low32(ab, cd);
  let q = nn_low32(ef, gh);
  v128.store(out, nn_low64(p, q));
  v128.store(out + step, nn_high64(p, q));
  p = nn_high32(ab, cd);
  q = nn_high32(ef, gh);
  v128.store(out + 2 * step, nn_low64(p, q));
  v128.store(out + 3 * step, nn_high64(p, q));
  p = nn_low32(ab2, cd2);
  q = nn_low32(ef2, gh2);
  v128.store(out + 4 * step, nn_low64(p, q));
  v128.store(out + 5 * step, nn_high64(p, q));
  p = nn_high32(ab2, cd2);
  q = nn_high32(ef2, gh2);
  v128.store(out + 6 * step, nn_low64(p, q));
  v128.store(out + 7 * step, nn_high64(p, q));
}

/** `count` rows of x as a strip [depth, a multiple of 8][vectors][8] of 16-bit values. */
function strip_of(x: usize, depth: i32, count: i32, vectors: i32, out: usize): void {
  const bytes = <usize>depth;
  const step = <usize>vectors << 4;
  const last = x + <usize>(count - 1) * bytes;
  for (let v: i32 = 0; v < vectors; v++) {
    let to = out + (<usize>v << 4);
    for (let k: usize = 0; k < bytes; k += 8, to += 8 * step) widen(x, bytes, last, k, to, step);
    x += 8 * bytes;
  }
}

/** Up to eight channels [8][vectors][8 bytes] into rows of y. */
function put(from: usize, vectors: i32, count: i32, channels: i32, y: usize, width: usize): void {
  const step = <usize>vectors << 3;
  if (channels < 8) {
    for (let i: i32 = 0; i < count; i++, y += width)
      for (let o: i32 = 0; o < channels; o++) store<u8>(y + <usize>o, load<u8>(from + <usize>o * step + <usize>i));
    return;
  }
  for (let i: i32 = 0; i < count; i += 8) {
    const at = from + <usize>i;
    const ab = nn_low8(v128.load64_zero(at), v128.load64_zero(at + step));
    const cd = nn_low8(v128.load64_zero(at + 2 * step), v128.load64_zero(at + 3 * step));
    const ef = nn_low8(v128.load64_zero(at + 4 * step), v128.load64_zero(at + 5 * step));
    const gh = nn_low8(v128.load64_zero(at + 6 * step), v128.load64_zero(at + 7 * step));
    const p = nn_low16(ab, cd);
    const q = nn_low16(ef, gh);
    const r = nn_high16(ab, cd);
    const s = nn_high16(ef, gh);
    const left = count - i;
    const rows01 = nn_low32(p, q);
    v128.store64_lane(y, rows01, 0);
    if (left > 1) v128.store64_lane(y + width, rows01, 1);
    const rows23 = nn_high32(p, q);
    if (left > 2) v128.store64_lane(y + 2 * width, rows23, 0);
    if (left > 3) v128.store64_lane(y + 3 * width, rows23, 1);
    const rows45 = nn_low32(r, s);
    if (left > 4) v128.store64_lane(y + 4 * width, rows45, 0);
    if (left > 5) v128.store64_lane(y + 5 * width, rows45, 1);
    const rows67 = nn_high32(r, s);
    if (left > 6) v128.store64_lane(y + 6 * width, rows67, 0);
    if (left > 7) v128.store64_lane(y + 7 * width, rows67, 1);
    y += 8 * width;
  }
}

/** Eight sums of one channel, scaled, as bytes. */
// @ts-ignore: decorator
@inline
function done(s: nn_scale, a: v128, b: v128, multiplier: v128, shift: i32, out: usize): void {
  const power = i32x4.splat(2);
  const low = nn_round_low(power);
  const high = nn_round_high(power);
  const p = nn_scaled(a, multiplier, power, low, high, shift);
  const q = nn_scaled(b, multiplier, power, low, high, shift);
  v128.store64_lane(out, nn_bytes(s, p, q), 0);
}

// @ts-ignore: decorator
@inline
function channel(V: i32, layer: nn_matrix_s8_list_simd_layer, strip: usize, w: usize, end: usize, n: usize, out: usize): void {
  let a0 = v128.load32_splat(n);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c0 = a0;
  let c1 = a0;
  let d0 = a0;
  let d1 = a0;
  if (w < end) {
    let input = layer.inputs + ((w - layer.weights) << 1);
    do {
      const v = i16x8.extend_low_i8x16_s(v128.load16_splat(w));
      const p = strip + (<usize>load<u16>(input) << 4);
      const q = strip + (<usize>load<u16>(input, 2) << 4);
      let f = v128.load(p);
      let g = v128.load(q);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(nn_low16(f, g), v));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(nn_high16(f, g), v));
      if (V > 1) {
        f = v128.load(p, 16);
        g = v128.load(q, 16);
        b0 = i32x4.add(b0, i32x4.dot_i16x8_s(nn_low16(f, g), v));
        b1 = i32x4.add(b1, i32x4.dot_i16x8_s(nn_high16(f, g), v));
      }
      if (V > 2) {
        f = v128.load(p, 32);
        g = v128.load(q, 32);
        c0 = i32x4.add(c0, i32x4.dot_i16x8_s(nn_low16(f, g), v));
        c1 = i32x4.add(c1, i32x4.dot_i16x8_s(nn_high16(f, g), v));
      }
      if (V > 3) {
        f = v128.load(p, 48);
        g = v128.load(q, 48);
        d0 = i32x4.add(d0, i32x4.dot_i16x8_s(nn_low16(f, g), v));
        d1 = i32x4.add(d1, i32x4.dot_i16x8_s(nn_high16(f, g), v));
      }
      w += 2;
      input += 4;
    } while (w < end);
  }
  const s = changetype<nn_scale>(changetype<usize>(layer) + offsetof<nn_matrix_s8_list_simd_layer>('multiplier'));
  const m = v128.load32_splat(n, 4);
  const shift = load<i32>(n, 8);
  done(s, a0, a1, m, shift, out);
  if (V > 1) done(s, b0, b1, m, shift, out + 8);
  if (V > 2) done(s, c0, c1, m, shift, out + 16);
  if (V > 3) done(s, d0, d1, m, shift, out + 24);
}

// @ts-ignore: decorator
@inline
function list(V: i32, layer: nn_matrix_s8_list_simd_layer, x: usize, y: usize, scratch: usize): void {
  const step = <usize>V << 4;
  const results = scratch + <usize>((layer.depth + 7) & ~7) * step;
  const width = <usize>layer.channels;
  const pixels = V << 3;
  for (let first: i32 = 0; first < layer.rows; first += pixels) {
    const count = min(pixels, layer.rows - first);
    strip_of(x, layer.depth, count, V, scratch);
    let w = layer.weights;
    for (let o: i32 = 0; o < layer.channels; o += 8) {
      const eight = min(8, layer.channels - o);
      for (let i: i32 = 0; i < eight; i++) {
        const n = layer.numbers + (<usize>(o + i) << 4);
        const end = layer.weights + (<usize>load<i32>(n, 12) << 1);
        channel(V, layer, scratch, w, end, n, results + <usize>(i * V) * 8);
        w = end;
      }
      put(results, V, count, eight, y + <usize>o, width);
    }
    x += <usize>(pixels * layer.depth);
    y += <usize>pixels * width;
  }
}

/**
 * y [rows][channels] = x [rows][depth] . weights + bias, of which only weights that are not 0 are there. Rows are worked on
 * in strips of V vectors of 8; nothing may overlap. TFLite's int8 CONV_2D and FULLY_CONNECTED.
 * @param scratch a strip, the results of eight channels
 */
export function nn_matrix_s8_list_1__simd(
  layer: nn_matrix_s8_list_simd_layer,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  list(1, layer, x, y, scratch);
}

export function nn_matrix_s8_list_2__simd(
  layer: nn_matrix_s8_list_simd_layer,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  list(2, layer, x, y, scratch);
}

export function nn_matrix_s8_list_3__simd(
  layer: nn_matrix_s8_list_simd_layer,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  list(3, layer, x, y, scratch);
}

export function nn_matrix_s8_list_4__simd(
  layer: nn_matrix_s8_list_simd_layer,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  list(4, layer, x, y, scratch);
}
