/** What vector kernels share. Loads may reach some bytes beyond a tensor; stores never do. */
import { nn_clamp, nn_requantize } from './nn_common';

/** a * b + c, fused where the module is made for relaxed instructions. */
// @ts-ignore: decorator
@inline
export function nn_madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** Interleaved lower and upper halves of two vectors, by 8, 16, 32 and 64 bits. */
// @ts-ignore: decorator
@inline
export function nn_low8(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
// @ts-ignore: decorator
@inline
export function nn_low16(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23);
}
// @ts-ignore: decorator
@inline
export function nn_high16(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31);
}
// @ts-ignore: decorator
@inline
export function nn_low32(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
}
// @ts-ignore: decorator
@inline
export function nn_high32(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
}
// @ts-ignore: decorator
@inline
export function nn_low64(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
}
// @ts-ignore: decorator
@inline
export function nn_high64(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
}

/** Four rows of four words as columns at `out`, `step` bytes from one to the next. */
// @ts-ignore: decorator
@inline
export function nn_turn(a: v128, b: v128, c: v128, d: v128, out: usize, step: usize): void {
  const ab = nn_low32(a, b);
  const cd = nn_low32(c, d);
  const ef = nn_high32(a, b);
  const gh = nn_high32(c, d);
  v128.store(out, nn_low64(ab, cd));
  v128.store(out + step, nn_high64(ab, cd));
  v128.store(out + 2 * step, nn_low64(ef, gh));
  v128.store(out + 3 * step, nn_high64(ef, gh));
}

/** From sums to stored values; arrays have an entry per channel, padded to a multiple of 8. */
@unmanaged
export class nn_scale {
  /** of 31 bits */
  multiplier: usize;
  /** 2^(shift + 1 - right shift) where `shift` is not 0, else the right shift less one */
  power: usize;
  /** [channels / 4] bits to the right in the end, at least 1; 0 = not by vectors */
  shift: usize;
  out_zero: i32;
  out_min: i32;
  out_max: i32;
}

/** Upper halves of four 64-bit numbers. */
// @ts-ignore: decorator
@inline
function halves(low: v128, high: v128): v128 {
  return i8x16.shuffle(low, high, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
}

/** What the first rounding adds, for lanes shifted up by `power`: the lower and the upper two lanes. */
// @ts-ignore: decorator
@inline
export function nn_round_low(power: v128): v128 {
  return i64x2.extmul_low_i32x4_s(power, i32x4.splat(0x40000000));
}
// @ts-ignore: decorator
@inline
export function nn_round_high(power: v128): v128 {
  return i64x2.extmul_high_i32x4_s(power, i32x4.splat(0x40000000));
}

/**
 * Four sums scaled as TFLite does, rounded twice. The first rounding is exact in 64 bits after the sum is shifted up by
 * `power`, so that all lanes come down by the same `shift`; where it is negative, halves of the second go down.
 */
// @ts-ignore: decorator
@inline
export function nn_scaled(sum: v128, multiplier: v128, power: v128, low: v128, high: v128, shift: i32): v128 {
  const up = i32x4.mul(sum, power);
  const h = halves(
    i64x2.add(i64x2.extmul_low_i32x4_s(up, multiplier), low),
    i64x2.add(i64x2.extmul_high_i32x4_s(up, multiplier), high),
  );
  const down = v128.and(i32x4.shr_s(h, 31), i32x4.shr_u(power, 1));
  return i32x4.shr_s(i32x4.sub(i32x4.add(h, i32x4.splat(1 << (shift - 1))), down), shift);
}

/** Eight values, zero point added, as bytes in the lower half. */
// @ts-ignore: decorator
@inline
export function nn_bytes(s: nn_scale, a: v128, b: v128): v128 {
  const wide = i16x8.add_sat_s(i16x8.narrow_i32x4_s(a, b), i16x8.splat(<i16>s.out_zero));
  const bytes = i8x16.narrow_i16x8_s(wide, wide);
  return i8x16.min_s(i8x16.max_s(bytes, i8x16.splat(<i8>s.out_min)), i8x16.splat(<i8>s.out_max));
}

/** Lanes one by one: what vectors are not proven exact for. */
function single(s: nn_scale, sum: i32, channel: i32): i32 {
  const at = <usize>channel << 2;
  const v = nn_requantize(sum, load<i32>(s.multiplier + at), load<i32>(s.power + at));
  return nn_clamp(v + s.out_zero, s.out_min, s.out_max);
}

export function nn_slowly_s8(s: nn_scale, a: v128, b: v128, channel: i32, count: i32, y: usize): void {
  store<i8>(y, single(s, i32x4.extract_lane(a, 0), channel));
  if (count > 1) store<i8>(y, single(s, i32x4.extract_lane(a, 1), channel + 1), 1);
  if (count > 2) store<i8>(y, single(s, i32x4.extract_lane(a, 2), channel + 2), 2);
  if (count > 3) store<i8>(y, single(s, i32x4.extract_lane(a, 3), channel + 3), 3);
  if (count > 4) nn_slowly_s8(s, b, b, channel + 4, count - 4, y + 4);
}

/** The first `count` of 8 bytes. */
// @ts-ignore: decorator
@inline
export function nn_some_s8(bytes: v128, count: i32, y: usize): void {
  if (count >= 8) {
    v128.store64_lane(y, bytes, 0);
    return;
  }
  let rest = i64x2.extract_lane(bytes, 0);
  for (let i: i32 = 0; i < count; i++, rest >>= 8) store<u8>(y + <usize>i, <u8>rest);
}

/**
 * Stores the sums of 8 channels from `channel` on (a multiple of 8).
 * @param count channels that there are
 */
// @ts-ignore: decorator
@inline
export function nn_store_s8(s: nn_scale, a: v128, b: v128, channel: i32, count: i32, y: usize): void {
  if (!s.shift) {
    nn_slowly_s8(s, a, b, channel, min(count, 8), y);
    return;
  }
  const at = <usize>channel << 2;
  const p = s.power + at;
  const m = s.multiplier + at;
  const shift = load<i32>(s.shift + <usize>channel);
  const other = load<i32>(s.shift + <usize>channel, 4);
  const u = v128.load(p);
  const v = v128.load(p, 16);
  const low = nn_scaled(a, v128.load(m), u, nn_round_low(u), nn_round_high(u), shift);
  const high = nn_scaled(b, v128.load(m, 16), v, nn_round_low(v), nn_round_high(v), other);
  nn_some_s8(nn_bytes(s, low, high), count, y);
}

/**
 * An image with its border, all of it read as `fill`: [height][width] pixels of `bytes` bytes.
 * @returns `out`
 */
export function nn_bordered(
  x: usize,
  in_h: i32,
  in_w: i32,
  bytes: i32,
  top: i32,
  left: i32,
  height: i32,
  width: i32,
  fill: u8,
  out: usize,
): usize {
  memory.fill(out, fill, height * width * bytes);
  const row = min(in_w, width - left) * bytes;
  let to = out + <usize>((top * width + left) * bytes);
  for (let i: i32 = 0; i < min(in_h, height - top); i++) {
    memory.copy(to, x, row);
    to += <usize>(width * bytes);
    x += <usize>(in_w * bytes);
  }
  return out;
}
