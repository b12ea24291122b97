import { nn_bytes, nn_high64, nn_rounded, nn_scale, nn_scaled, nn_some_s8, nn_within } from './nn_simd';

/**
 * Strips of four pixels, 8 channels: sums of products of pairs. In a function of its own that does nothing else: engines keep
 * sums in registers only if nothing that comes after the loop needs registers too, and unroll a loop within a loop more often.
 * @param x strips [pairs][4 pixels][2] of 16-bit values, `bytes` each
 * @param panel [pairs][8 channels][2] bytes
 * @param biases where the sums of each pixel begin, as addresses, `next` bytes from strip to strip; `at` is added to each
 * @param out up to `end`: sums [4 pixels][8 channels] of each strip
 */
export function nn_sums_s8(
  x: usize,
  bytes: usize,
  panel: usize,
  biases: usize,
  next: usize,
  at: usize,
  out: usize,
  end: usize,
): void {
  for (; out < end; out += 128, biases += next) {
    let from = at + <usize>load<u32>(biases);
    let a0 = v128.load(from);
    let a1 = v128.load(from, 16);
    from = at + <usize>load<u32>(biases, 4);
    let c0 = v128.load(from);
    let c1 = v128.load(from, 16);
    from = at + <usize>load<u32>(biases, 8);
    let d0 = v128.load(from);
    let d1 = v128.load(from, 16);
    from = at + <usize>load<u32>(biases, 12);
    let e0 = v128.load(from);
    let e1 = v128.load(from, 16);
    let w = panel;
    const last = x + bytes;
    do {
      const p = v128.load8x8_s(w);
      const q = v128.load8x8_s(w, 8);
      let v = v128.load32_splat(x);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(v, p));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(v, q));
      v = v128.load32_splat(x, 4);
      c0 = i32x4.add(c0, i32x4.dot_i16x8_s(v, p));
      c1 = i32x4.add(c1, i32x4.dot_i16x8_s(v, q));
      v = v128.load32_splat(x, 8);
      d0 = i32x4.add(d0, i32x4.dot_i16x8_s(v, p));
      d1 = i32x4.add(d1, i32x4.dot_i16x8_s(v, q));
      v = v128.load32_splat(x, 12);
      e0 = i32x4.add(e0, i32x4.dot_i16x8_s(v, p));
      e1 = i32x4.add(e1, i32x4.dot_i16x8_s(v, q));
      w += 16;
      x += 16;
    } while (x < last);
    v128.store(out, a0);
    v128.store(out, a1, 16);
    v128.store(out, c0, 32);
    v128.store(out, c1, 48);
    v128.store(out, d0, 64);
    v128.store(out, d1, 80);
    v128.store(out, e0, 96);
    v128.store(out, e1, 112);
  }
}

/** Sums of panels from channel o to `last`, two pixels at a time, scaled by floats; as nn_results_s8. */
function floats(
  s: nn_scale,
  sums: usize,
  bytes: usize,
  pixels: i32,
  o: i32,
  last: i32,
  channels: i32,
  y: usize,
): void {
  const step = <usize>channels;
  const least = i8x16.splat(<i8>s.out_min);
  const most = i8x16.splat(<i8>s.out_max);
  for (; o < last; o += 8, sums += bytes, y += 8) {
    const k = s.scales + <usize>o * 12;
    const f = v128.load(k);
    const g = v128.load(k, 16);
    const m = v128.load(k, 32);
    const n = v128.load(k, 48);
    const b = v128.load(k, 64);
    const c = v128.load(k, 80);
    const count = channels - o;
    let from = sums;
    let to = y;
    for (const end = sums + (<usize>pixels << 5); from < end; from += 64, to += step << 1) {
      const one = i16x8.narrow_i32x4_s(
        nn_rounded(v128.load(from), f, m, b),
        nn_rounded(v128.load(from, 16), g, n, c),
      );
      const two = i16x8.narrow_i32x4_s(
        nn_rounded(v128.load(from, 32), f, m, b),
        nn_rounded(v128.load(from, 48), g, n, c),
      );
      const values = nn_within(one, two, least, most);
      if (count >= 8) {
        v128.store64_lane(to, values, 0);
        if (from + 32 < end) v128.store64_lane(to + step, values, 1);
        continue;
      }
      nn_some_s8(values, count, to);
      if (from + 32 < end) nn_some_s8(nn_high64(values, values), count, to + step);
    }
  }
}

/** As `floats`, by integers, pixel by pixel. */
function integers(
  s: nn_scale,
  sums: usize,
  bytes: usize,
  pixels: i32,
  o: i32,
  last: i32,
  channels: i32,
  y: usize,
): void {
  const zero = i16x8.splat(<i16>s.out_zero);
  const least = i8x16.splat(<i8>s.out_min);
  const most = i8x16.splat(<i8>s.out_max);
  for (; o < last; o += 8, sums += bytes, y += 8) {
    const k = s.scales + <usize>o * 20;
    const m = v128.load(k);
    const u = v128.load(k, 16);
    const half = v128.load(k, 32);
    const low = v128.load(k, 48);
    const high = v128.load(k, 64);
    const n = v128.load(k, 80);
    const v = v128.load(k, 96);
    const half2 = v128.load(k, 112);
    const low2 = v128.load(k, 128);
    const high2 = v128.load(k, 144);
    const shift = load<i32>(s.shift + <usize>o);
    const shift2 = load<i32>(s.shift + <usize>o, 4);
    let from = sums;
    let to = y;
    for (const end = sums + (<usize>pixels << 5); from < end; from += 32, to += <usize>channels) {
      const a = nn_scaled(v128.load(from), m, u, half, low, high, shift);
      const b = nn_scaled(v128.load(from, 16), n, v, half2, low2, high2, shift2);
      nn_some_s8(nn_bytes(a, b, zero, least, most), channels - o, to);
    }
  }
}

/**
 * Sums of pixels, scaled and stored.
 * @param sums panels of [pixels, an even number][8 channels], `bytes` from one to the next
 * @param o the first channel, a multiple of 8; panels that begin before `last` are there
 * @param channels of a pixel
 * @param y of the first pixel and channel o
 */
// @ts-ignore: decorator
@inline
export function nn_results_s8(
  s: nn_scale,
  sums: usize,
  bytes: usize,
  pixels: i32,
  o: i32,
  last: i32,
  channels: i32,
  y: usize,
): void {
  if (s.shift) integers(s, sums, bytes, pixels, o, last, channels, y);
  else floats(s, sums, bytes, pixels, o, last, channels, y);
}

/** Sums of one pixel, panel by panel, scaled by floats. */
function row(s: nn_scale, sums: usize, channels: i32, y: usize): void {
  const least = i8x16.splat(<i8>s.out_min);
  const most = i8x16.splat(<i8>s.out_max);
  let k = s.scales;
  for (let o: i32 = 0; o < channels; o += 8, k += 96, sums += 32, y += 8) {
    const wide = i16x8.narrow_i32x4_s(
      nn_rounded(v128.load(sums), v128.load(k), v128.load(k, 32), v128.load(k, 64)),
      nn_rounded(v128.load(sums, 16), v128.load(k, 16), v128.load(k, 48), v128.load(k, 80)),
    );
    nn_some_s8(nn_within(wide, wide, least, most), channels - o, y);
  }
}

/** As nn_results_s8, all channels of one pixel: panels side by side. */
export function nn_row_s8(s: nn_scale, sums: usize, channels: i32, y: usize): void {
  if (s.shift) integers(s, sums, 32, 1, 0, channels, channels, y);
  else row(s, sums, channels, y);
}
