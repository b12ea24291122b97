/** Clamps `count` floats at x, a multiple of 4, in place. */
export function bound(x: usize, count: i32, low: f32, high: f32): void {
  const least = f32x4.splat(low);
  const most = f32x4.splat(high);
  for (const end = x + (<usize>count << 2); x < end; x += 16)
    v128.store(x, f32x4.min(f32x4.max(v128.load(x), least), most));
}

/** Rounds floats in place to whole multiples of `scale` from low to high; halves go up. */
export function round(x: usize, count: i32, scale: f32, low: f32, high: f32): void {
  const least = f32x4.splat(low);
  const most = f32x4.splat(high);
  const step = f32x4.splat(scale);
  const half = f32x4.splat(0.5);
  for (const end = x + (<usize>count << 2); x < end; x += 16) {
    const steps = f32x4.floor(f32x4.add(f32x4.div(v128.load(x), step), half));
    v128.store(x, f32x4.mul(f32x4.min(f32x4.max(steps, least), most), step));
  }
}

/** Sets to 0 each of `count` floats at g, a multiple of 4, whose fellow at y is not between low and high. */
export function gate(g: usize, y: usize, count: i32, low: f32, high: f32): void {
  const least = f32x4.splat(low);
  const most = f32x4.splat(high);
  for (const end = g + (<usize>count << 2); g < end; g += 16, y += 16) {
    const v = v128.load(y);
    v128.store(g, v128.and(v128.load(g), v128.and(f32x4.gt(v, least), f32x4.lt(v, most))));
  }
}
