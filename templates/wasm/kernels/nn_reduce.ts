import { nn_clamp, nn_requantize } from './nn_common';

@unmanaged
export class nn_reduce_layer {
  kept: usize;
  reduced: usize;
  outputs: i32;
}

/** Elements from the start of x to the first of output i. @param kept [4][size, elements from one to the next] */
function offset_of(kept: usize, i: i32): i32 {
  let offset: i32 = 0;
  for (let axis: i32 = 3; axis >= 0 && i > 0; axis--) {
    const size = load<i32>(kept + (<usize>axis << 3));
    if (size > 1) {
      offset += (i % size) * load<i32>(kept + (<usize>axis << 3), 4);
      i /= size;
    }
  }
  return offset;
}

/** The total so far with one more value; callers name a constant, so that one case is left. */
// @ts-ignore: decorator
@inline
function more<T>(fn: i32, total: T, v: T): T {
  if (fn == 0) return total + v;
  if (fn == 1) return total * v;
  if (fn == 2) return total > v ? total : v;
  if (fn == 3) return total < v ? total : v;
  if (fn == 4) return total + abs(v);
  return total + v * v;
}

/** Values of the reduced axes from x on brought together. */
// @ts-ignore: decorator
@inline
function total_of<E, T>(layer: nn_reduce_layer, x: usize, fn: i32, start: T): T {
  const n = layer.reduced;
  const size = sizeof<E>();
  let total = start;
  for (let a: i32 = 0; a < load<i32>(n); a++)
    for (let b: i32 = 0; b < load<i32>(n, 8); b++)
      for (let c: i32 = 0; c < load<i32>(n, 16); c++) {
        let p = x + <usize>(a * load<i32>(n, 4) + b * load<i32>(n, 12) + c * load<i32>(n, 20)) * size;
        for (let d: i32 = 0; d < load<i32>(n, 24); d++) {
          total = more<T>(fn, total, <T>load<E>(p));
          p += <usize>load<i32>(n, 28) * size;
        }
      }
  return total;
}

// @ts-ignore: decorator
@inline
function place<E>(layer: nn_reduce_layer, x: usize, i: i32): usize {
  return x + <usize>offset_of(layer.kept, i) * sizeof<E>();
}

/** Values of some axes brought together: x in its own order, y [outputs]; no overlap. */
export function nn_reduce_sum_f32(layer: nn_reduce_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outputs; i++) {
    const p = place<f32>(layer, x, i);
    store<f32>(y + (<usize>i << 2), total_of<f32, f32>(layer, p, 0, 0));
  }
}

export function nn_reduce_prod_f32(layer: nn_reduce_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outputs; i++) {
    const p = place<f32>(layer, x, i);
    store<f32>(y + (<usize>i << 2), total_of<f32, f32>(layer, p, 1, 1));
  }
}

export function nn_reduce_max_f32(layer: nn_reduce_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outputs; i++) {
    const p = place<f32>(layer, x, i);
    store<f32>(y + (<usize>i << 2), total_of<f32, f32>(layer, p, 2, <f32>load<f32>(p)));
  }
}

export function nn_reduce_min_f32(layer: nn_reduce_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outputs; i++) {
    const p = place<f32>(layer, x, i);
    store<f32>(y + (<usize>i << 2), total_of<f32, f32>(layer, p, 3, <f32>load<f32>(p)));
  }
}

export function nn_reduce_l1_f32(layer: nn_reduce_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outputs; i++) {
    const p = place<f32>(layer, x, i);
    store<f32>(y + (<usize>i << 2), total_of<f32, f32>(layer, p, 4, 0));
  }
}

export function nn_reduce_sum_square_f32(layer: nn_reduce_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outputs; i++) {
    const p = place<f32>(layer, x, i);
    store<f32>(y + (<usize>i << 2), total_of<f32, f32>(layer, p, 5, 0));
  }
}

export function nn_reduce_sum_s32(layer: nn_reduce_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outputs; i++) {
    const p = place<i32>(layer, x, i);
    store<i32>(y + (<usize>i << 2), total_of<i32, i32>(layer, p, 0, 0));
  }
}

export function nn_reduce_prod_s32(layer: nn_reduce_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outputs; i++) {
    const p = place<i32>(layer, x, i);
    store<i32>(y + (<usize>i << 2), total_of<i32, i32>(layer, p, 1, 1));
  }
}

export function nn_reduce_max_s32(layer: nn_reduce_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outputs; i++) {
    const p = place<i32>(layer, x, i);
    store<i32>(y + (<usize>i << 2), total_of<i32, i32>(layer, p, 2, <i32>load<i32>(p)));
  }
}

export function nn_reduce_min_s32(layer: nn_reduce_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outputs; i++) {
    const p = place<i32>(layer, x, i);
    store<i32>(y + (<usize>i << 2), total_of<i32, i32>(layer, p, 3, <i32>load<i32>(p)));
  }
}

export function nn_reduce_l1_s32(layer: nn_reduce_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outputs; i++) {
    const p = place<i32>(layer, x, i);
    store<i32>(y + (<usize>i << 2), total_of<i32, i32>(layer, p, 4, 0));
  }
}

export function nn_reduce_sum_square_s32(layer: nn_reduce_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outputs; i++) {
    const p = place<i32>(layer, x, i);
    store<i32>(y + (<usize>i << 2), total_of<i32, i32>(layer, p, 5, 0));
  }
}

export function nn_reduce_max_s8(layer: nn_reduce_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outputs; i++) {
    const p = place<i8>(layer, x, i);
    store<i8>(y + (<usize>i << 0), total_of<i8, i32>(layer, p, 2, <i32>load<i8>(p)));
  }
}

export function nn_reduce_min_s8(layer: nn_reduce_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outputs; i++) {
    const p = place<i8>(layer, x, i);
    store<i8>(y + (<usize>i << 0), total_of<i8, i32>(layer, p, 3, <i32>load<i8>(p)));
  }
}

export function nn_reduce_max_s16(layer: nn_reduce_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outputs; i++) {
    const p = place<i16>(layer, x, i);
    store<i16>(y + (<usize>i << 1), total_of<i16, i32>(layer, p, 2, <i32>load<i16>(p)));
  }
}

export function nn_reduce_min_s16(layer: nn_reduce_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outputs; i++) {
    const p = place<i16>(layer, x, i);
    store<i16>(y + (<usize>i << 1), total_of<i16, i32>(layer, p, 3, <i32>load<i16>(p)));
  }
}

export function nn_reduce_max_u8(layer: nn_reduce_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outputs; i++) {
    const p = place<u8>(layer, x, i);
    store<u8>(y + (<usize>i << 0), total_of<u8, i32>(layer, p, 2, <i32>load<u8>(p)));
  }
}

export function nn_reduce_min_u8(layer: nn_reduce_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outputs; i++) {
    const p = place<u8>(layer, x, i);
    store<u8>(y + (<usize>i << 0), total_of<u8, i32>(layer, p, 3, <i32>load<u8>(p)));
  }
}

/** Square root of the sum of squares. */
export function nn_reduce_l2_f32(layer: nn_reduce_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outputs; i++) {
    const total = total_of<f32, f32>(layer, place<f32>(layer, x, i), 5, 0);
    store<f32>(y + (<usize>i << 2), sqrt<f32>(total));
  }
}

/** Logarithm of the sum. */
export function nn_reduce_log_sum_f32(layer: nn_reduce_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outputs; i++) {
    const total = total_of<f32, f32>(layer, place<f32>(layer, x, i), 0, 0);
    store<f32>(y + (<usize>i << 2), Mathf.log(total));
  }
}

@unmanaged
export class nn_reduce_sum_s8_layer {
  kept: usize;
  reduced: usize;
  outputs: i32;
  zeros: i32;
  multiplier: i32;
  shift: i32;
  out_zero: i32;
}

/** Sums of stored values. TFLite's int8 SUM. */
export function nn_reduce_sum_s8(layer: nn_reduce_sum_s8_layer, x: usize, y: usize): void {
  const plain = changetype<nn_reduce_layer>(changetype<usize>(layer));
  for (let i: i32 = 0; i < layer.outputs; i++) {
    const sum = total_of<i8, i32>(plain, place<i8>(plain, x, i), 0, 0) - layer.zeros;
    const v = nn_requantize(sum, layer.multiplier, layer.shift) + layer.out_zero;
    store<i8>(y + <usize>i, nn_clamp(v, -128, 127));
  }
}
