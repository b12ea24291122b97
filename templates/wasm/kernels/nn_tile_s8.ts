import {
  nn_bytes,
  nn_round_high,
  nn_round_low,
  nn_scale,
  nn_scaled,
  nn_slowly_s8,
  nn_some_s8,
} from './nn_simd';

/** Sums of up to four pixels, 8 channels each, scaled and stored. */
// @ts-ignore: decorator
@inline
function scaled(
  s: nn_scale,
  a0: v128,
  a1: v128,
  c0: v128,
  c1: v128,
  d0: v128,
  d1: v128,
  e0: v128,
  e1: v128,
  channel: i32,
  count: i32,
  y: usize,
  step: usize,
  pixels: i32,
): void {
  if (!s.shift) {
    const all = min(count, 8);
    nn_slowly_s8(s, a0, a1, channel, all, y);
    if (pixels > 1) nn_slowly_s8(s, c0, c1, channel, all, y + step);
    if (pixels > 2) nn_slowly_s8(s, d0, d1, channel, all, y + 2 * step);
    if (pixels > 3) nn_slowly_s8(s, e0, e1, channel, all, y + 3 * step);
    return;
  }
  const at = <usize>channel << 2;
  const m = v128.load(s.multiplier + at);
  const u = v128.load(s.power + at);
  const m2 = v128.load(s.multiplier + at, 16);
  const u2 = v128.load(s.power + at, 16);
  const low = nn_round_low(u);
  const high = nn_round_high(u);
  const low2 = nn_round_low(u2);
  const high2 = nn_round_high(u2);
  const shift = load<i32>(s.shift + <usize>channel);
  const shift2 = load<i32>(s.shift + <usize>channel, 4);
  a0 = nn_scaled(a0, m, u, low, high, shift);
  c0 = nn_scaled(c0, m, u, low, high, shift);
  d0 = nn_scaled(d0, m, u, low, high, shift);
  e0 = nn_scaled(e0, m, u, low, high, shift);
  a1 = nn_scaled(a1, m2, u2, low2, high2, shift2);
  c1 = nn_scaled(c1, m2, u2, low2, high2, shift2);
  d1 = nn_scaled(d1, m2, u2, low2, high2, shift2);
  e1 = nn_scaled(e1, m2, u2, low2, high2, shift2);
  nn_some_s8(nn_bytes(s, a0, a1), count, y);
  if (pixels > 1) nn_some_s8(nn_bytes(s, c0, c1), count, y + step);
  if (pixels > 2) nn_some_s8(nn_bytes(s, d0, d1), count, y + 2 * step);
  if (pixels > 3) nn_some_s8(nn_bytes(s, e0, e1), count, y + 3 * step);
}

/**
 * Four pixels, 8 channels: sums of products of pairs, scaled and stored.
 * @param x [pairs][4 pixels][2] values of 16 bits
 * @param w [pairs][8 channels][2] bytes
 * @param b0 where the sums of each pixel begin, for this panel
 * @param y of the first pixel and this channel; pixels are `step` bytes apart
 * @param pixels 1 to 4 of them are stored
 */
export function nn_tile_s8(
  s: nn_scale,
  x: usize,
  w: usize,
  pairs: i32,
  b0: usize,
  b1: usize,
  b2: usize,
  b3: usize,
  channel: i32,
  count: i32,
  y: usize,
  step: usize,
  pixels: i32,
): void {
  let a0 = v128.load(b0);
  let a1 = v128.load(b0, 16);
  let c0 = v128.load(b1);
  let c1 = v128.load(b1, 16);
  let d0 = v128.load(b2);
  let d1 = v128.load(b2, 16);
  let e0 = v128.load(b3);
  let e1 = v128.load(b3, 16);
  const end = x + (<usize>pairs << 4);
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
  } while (x < end);
  scaled(s, a0, a1, c0, c1, d0, d1, e0, e1, channel, count, y, step, pixels);
}
