/** What vector kernels share. Loads may reach some bytes beyond a tensor; stores never do. */
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

/** The first `count` of 8 floats, within bounds. */
// @ts-ignore: decorator
@inline
export function nn_store_f32(a: v128, b: v128, low: v128, high: v128, count: i32, y: usize): void {
  a = f32x4.pmin(f32x4.pmax(a, low), high);
  b = f32x4.pmin(f32x4.pmax(b, low), high);
  if (count >= 8) {
    v128.store(y, a);
    v128.store(y, b, 16);
    return;
  }
  nn_some_f32(a, b, count, y);
}

/** The first `count` of 8 floats, at most 7. */
export function nn_some_f32(a: v128, b: v128, count: i32, y: usize): void {
  if (count >= 4) {
    v128.store(y, a);
    nn_some_f32(b, b, count - 4, y + 16);
    return;
  }
  if (count > 0) v128.store32_lane(y, a, 0);
  if (count > 1) v128.store32_lane(y, a, 1, 4);
  if (count > 2) v128.store32_lane(y, a, 2, 8);
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

/** From sums to stored values. */
@unmanaged
export class nn_scale {
  /**
   * By floats: [panels of 8 channels][factor, offset, base][8], base = bits of 1.5 * 2^23 less what is added to the result.
   * By integers: [vectors of 4 channels, an even number]: multiplier of 31 bits, power = 2^(shift + 1 - right shift),
   * power / 2 (32 bits each), and what both roundings add, 2^30 * power + 2^(shift + 31) (64 bits); 80 bytes
   */
  scales: usize;
  /** [vectors] bits to the right in the end, at least 1; 0 where floats scale */
  shift: usize;
  out_zero: i32;
  out_min: i32;
  out_max: i32;
}

/**
 * Four sums scaled by floats, to the nearest integers: 1.5 * 2^23 leaves them in the last places. Whoever made the numbers has
 * proven that every sum gives what TFLite's integers give.
 */
// @ts-ignore: decorator
@inline
export function nn_rounded(sum: v128, factor: v128, offset: v128, base: v128): v128 {
  const real = f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(sum), factor), offset);
  return i32x4.sub(f32x4.add(real, f32x4.splat(12582912)), base);
}

/** Upper halves of four 64-bit numbers. */
// @ts-ignore: decorator
@inline
function halves(low: v128, high: v128): v128 {
  return i8x16.shuffle(low, high, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
}

/**
 * Four sums scaled as TFLite does, rounded twice. The first rounding is exact in 64 bits after the sum is shifted up by
 * `power`, so that all lanes come down by the same `shift`; halves of the second go away from zero, so negative sums lose 1
 * (`half` of the power) before it. What both add is in `low` and `high`:
 * floor((floor(a / 2^32) + b) / 2^s) = floor((a + b 2^32) / 2^(s + 32)).
 */
// @ts-ignore: decorator
@inline
export function nn_scaled(sum: v128, multiplier: v128, power: v128, half: v128, low: v128, high: v128, shift: i32): v128 {
  const up = i32x4.mul(sum, power);
  const h = halves(
    i64x2.add(i64x2.extmul_low_i32x4_s(up, multiplier), low),
    i64x2.add(i64x2.extmul_high_i32x4_s(up, multiplier), high),
  );
  return i32x4.shr_s(i32x4.sub(h, v128.and(i32x4.shr_s(sum, 31), half)), shift);
}

/** Twice eight values of 16 bits as bytes within bounds. */
// @ts-ignore: decorator
@inline
export function nn_within(a: v128, b: v128, least: v128, most: v128): v128 {
  return i8x16.min_s(i8x16.max_s(i8x16.narrow_i16x8_s(a, b), least), most);
}

/** Eight values, zero point added, within bounds, as bytes in the lower half; zero and bounds in all lanes. */
// @ts-ignore: decorator
@inline
export function nn_bytes(a: v128, b: v128, zero: v128, least: v128, most: v128): v128 {
  const wide = i16x8.add_sat_s(i16x8.narrow_i32x4_s(a, b), zero);
  return nn_within(wide, wide, least, most);
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
