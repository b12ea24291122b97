import {
  nn_bytes,
  nn_high16,
  nn_high32,
  nn_high64,
  nn_low16,
  nn_low32,
  nn_low64,
  nn_low8,
  nn_rounded,
  nn_scaled,
  nn_within,
} from './nn_simd';

/** Lists of int8 weights that are not 0, and how their sums are scaled: the first members of a layer. */
@unmanaged
export class nn_list {
  /** pairs of weights that are not 0 (one may be), channel by channel, two bytes each */
  weights: usize;
  /** of each pair where the inputs lie that it multiplies, 2 x 16 bits */
  inputs: usize;
  /**
   * [channels][bias less zero point * sum of weights; factor, offset, base of nn_scale, or multiplier, shift to the right, 0;
   * pairs before the end]
   */
  numbers: usize;
  /** do floats scale? */
  floats: i32;
  out_zero: i32;
  out_min: i32;
  out_max: i32;
  channels: i32;
}

/** Rows of 8 values of 16 bits as 8 columns, `step` bytes apart. */
// @ts-ignore: decorator
@inline
export function nn_columns(
  a: v128,
  b: v128,
  c: v128,
  d: v128,
  e: v128,
  f: v128,
  g: v128,
  h: v128,
  out: usize,
  step: usize,
): void {
  const ab = nn_low16(a, b);
  const cd = nn_low16(c, d);
  const ab2 = nn_high16(a, b);
  const cd2 = nn_high16(c, d);
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

/**
 * Up to eight channels [8][vectors][8 bytes] into rows of pixels.
 * @param places where the rows of 8 * vectors pixels begin, as addresses; `at` is added to each
 */
function put(from: usize, vectors: i32, channels: i32, at: usize, places: usize): void {
  const step = <usize>vectors << 3;
  const end = from + step;
  if (channels < 8) {
    for (; from < end; from++, places += 4) {
      const y = at + <usize>load<u32>(places);
      for (let o: i32 = 0; o < channels; o++) store<u8>(y + <usize>o, load<u8>(from + <usize>o * step));
    }
    return;
  }
  for (; from < end; from += 8, places += 32) {
    const ab = nn_low8(v128.load64_zero(from), v128.load64_zero(from + step));
    const cd = nn_low8(v128.load64_zero(from + 2 * step), v128.load64_zero(from + 3 * step));
    const ef = nn_low8(v128.load64_zero(from + 4 * step), v128.load64_zero(from + 5 * step));
    const gh = nn_low8(v128.load64_zero(from + 6 * step), v128.load64_zero(from + 7 * step));
    const p = nn_low16(ab, cd);
    const q = nn_low16(ef, gh);
    const r = nn_high16(ab, cd);
    const s = nn_high16(ef, gh);
    let two = nn_low32(p, q);
    v128.store64_lane(at + <usize>load<u32>(places), two, 0);
    v128.store64_lane(at + <usize>load<u32>(places, 4), two, 1);
    two = nn_high32(p, q);
    v128.store64_lane(at + <usize>load<u32>(places, 8), two, 0);
    v128.store64_lane(at + <usize>load<u32>(places, 12), two, 1);
    two = nn_low32(r, s);
    v128.store64_lane(at + <usize>load<u32>(places, 16), two, 0);
    v128.store64_lane(at + <usize>load<u32>(places, 20), two, 1);
    two = nn_high32(r, s);
    v128.store64_lane(at + <usize>load<u32>(places, 24), two, 0);
    v128.store64_lane(at + <usize>load<u32>(places, 28), two, 1);
  }
}

/** Sums [channels][vectors][8] as bytes, by floats; numbers of the channels from n to `last`. */
function floats(l: nn_list, n: usize, last: usize, vectors: i32, sums: usize, out: usize): void {
  const least = i8x16.splat(<i8>l.out_min);
  const most = i8x16.splat(<i8>l.out_max);
  for (; n < last; n += 20) {
    const factor = v128.load32_splat(n, 4);
    const offset = v128.load32_splat(n, 8);
    const base = v128.load32_splat(n, 12);
    for (const end = sums + (<usize>vectors << 5); sums < end; sums += 32, out += 8) {
      const a = nn_rounded(v128.load(sums), factor, offset, base);
      const b = nn_rounded(v128.load(sums, 16), factor, offset, base);
      const wide = i16x8.narrow_i32x4_s(a, b);
      v128.store64_lane(out, nn_within(wide, wide, least, most), 0);
    }
  }
}

/** As `floats`, by integers. */
function integers(l: nn_list, n: usize, last: usize, vectors: i32, sums: usize, out: usize): void {
  const power = i32x4.splat(2);
  const half = i32x4.splat(1);
  const zero = i16x8.splat(<i16>l.out_zero);
  const least = i8x16.splat(<i8>l.out_min);
  const most = i8x16.splat(<i8>l.out_max);
  for (; n < last; n += 20) {
    const multiplier = v128.load32_splat(n, 4);
    const shift = load<i32>(n, 8);
    const round = i64x2.splat(((<i64>1) << 31) + ((<i64>1) << (shift + 31)));
    for (const end = sums + (<usize>vectors << 5); sums < end; sums += 32, out += 8) {
      const a = nn_scaled(v128.load(sums), multiplier, power, half, round, round, shift);
      const b = nn_scaled(v128.load(sums, 16), multiplier, power, half, round, round, shift);
      v128.store64_lane(out, nn_bytes(a, b, zero, least, most), 0);
    }
  }
}

/**
 * Sums of channels and V vectors of 8 pixels, [channels][V][8]; a function of its own, as nn_sums_s8 is.
 * @param strip where inputs begin, each of 1 << shift bytes
 * @param from the first channel, `to` the one after the last
 */
// @ts-ignore: decorator
@inline
function sums_of(V: i32, l: nn_list, strip: usize, shift: usize, from: i32, to: i32, sums: usize): void {
  const last = l.numbers + <usize>to * 20;
  let n = l.numbers + <usize>from * 20;
  const before = from ? load<i32>(n - 4) : 0;
  let w = l.weights + (<usize>before << 1);
  let input = l.inputs + (<usize>before << 2);
  for (; n < last; n += 20, sums += <usize>V << 5) {
    const end = l.weights + (<usize>load<i32>(n, 16) << 1);
    let a0 = v128.load32_splat(n);
    let a1 = a0;
    let b0 = a0;
    let b1 = a0;
    let c0 = a0;
    let c1 = a0;
    if (w < end) {
      do {
        const v = i16x8.extend_low_i8x16_s(v128.load16_splat(w));
        const p = strip + (<usize>load<u16>(input) << shift);
        const q = strip + (<usize>load<u16>(input, 2) << shift);
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
        w += 2;
        input += 4;
      } while (w < end);
    }
    v128.store(sums, a0);
    v128.store(sums, a1, 16);
    if (V > 1) {
      v128.store(sums, b0, 32);
      v128.store(sums, b1, 48);
    }
    if (V > 2) {
      v128.store(sums, c0, 64);
      v128.store(sums, c1, 80);
    }
  }
}

function sums_1(l: nn_list, strip: usize, shift: usize, from: i32, to: i32, sums: usize): void {
  sums_of(1, l, strip, shift, from, to, sums);
}

function sums_2(l: nn_list, strip: usize, shift: usize, from: i32, to: i32, sums: usize): void {
  sums_of(2, l, strip, shift, from, to, sums);
}

function sums_3(l: nn_list, strip: usize, shift: usize, from: i32, to: i32, sums: usize): void {
  sums_of(3, l, strip, shift, from, to, sums);
}

/**
 * All channels of V vectors of 8 pixels.
 * @param strip where inputs begin, each of 1 << shift bytes
 * @param places where the pixels belong, as addresses
 * @param scratch results of eight channels [8][V][8], sums of them
 */
// @ts-ignore: decorator
@inline
export function nn_list_s8(
  V: i32,
  l: nn_list,
  strip: usize,
  shift: usize,
  places: usize,
  scratch: usize,
): void {
  const sums = scratch + (<usize>V << 6);
  for (let o: i32 = 0; o < l.channels; o += 8) {
    const to = min(o + 8, l.channels);
    if (V == 1) sums_1(l, strip, shift, o, to, sums);
    else if (V == 2) sums_2(l, strip, shift, o, to, sums);
    else sums_3(l, strip, shift, o, to, sums);
    const n = l.numbers + <usize>o * 20;
    const last = l.numbers + <usize>to * 20;
    if (l.floats) floats(l, n, last, V, sums, scratch);
    else integers(l, n, last, V, sums, scratch);
    put(scratch, V, to - o, <usize>o, places);
  }
}
