@unmanaged
export class nn_cast_layer {
  count: i32;
}

/** Cut off towards zero and kept within the bounds; no number becomes 0. */
// @ts-ignore: decorator
@inline
function cut(x: f32, low: f32, high: f32): i32 {
  if (!(x > low)) return x <= low ? <i32>low : 0;
  return x < high ? <i32>x : <i32>high;
}

/** The same numbers in another type: x, y [count]; no overlap. */
export function nn_cast_f32_s8(layer: nn_cast_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.count; i++) {
    const v = load<f32>(x + (<usize>i << 2));
    store<i8>(y + <usize>i, cut(v, -128, 127));
  }
}

export function nn_cast_f32_u8(layer: nn_cast_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.count; i++) {
    const v = load<f32>(x + (<usize>i << 2));
    store<u8>(y + <usize>i, cut(v, 0, 255));
  }
}

export function nn_cast_f32_s16(layer: nn_cast_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.count; i++) {
    const v = load<f32>(x + (<usize>i << 2));
    store<i16>(y + (<usize>i << 1), cut(v, -32768, 32767));
  }
}

export function nn_cast_f32_s32(layer: nn_cast_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.count; i++) {
    const v = load<f32>(x + (<usize>i << 2));
    store<i32>(y + (<usize>i << 2), v >= 2147483648 ? i32.MAX_VALUE : cut(v, -2147483648, 2147483520));
  }
}

export function nn_cast_f32_bool(layer: nn_cast_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.count; i++) {
    const v = load<f32>(x + (<usize>i << 2));
    store<u8>(y + <usize>i, v != 0 ? 1 : 0);
  }
}

export function nn_cast_s8_f32(layer: nn_cast_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.count; i++) {
    const v: i32 = load<i8>(x + <usize>i);
    store<f32>(y + (<usize>i << 2), <f32>v);
  }
}

export function nn_cast_s8_u8(layer: nn_cast_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.count; i++) {
    const v: i32 = load<i8>(x + <usize>i);
    store<u8>(y + <usize>i, <u8>v);
  }
}

export function nn_cast_s8_s16(layer: nn_cast_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.count; i++) {
    const v: i32 = load<i8>(x + <usize>i);
    store<i16>(y + (<usize>i << 1), <i16>v);
  }
}

export function nn_cast_s8_s32(layer: nn_cast_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.count; i++) {
    const v: i32 = load<i8>(x + <usize>i);
    store<i32>(y + (<usize>i << 2), <i32>v);
  }
}

export function nn_cast_s8_bool(layer: nn_cast_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.count; i++) {
    const v: i32 = load<i8>(x + <usize>i);
    store<u8>(y + <usize>i, v != 0 ? 1 : 0);
  }
}

export function nn_cast_u8_f32(layer: nn_cast_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.count; i++) {
    const v: i32 = load<u8>(x + <usize>i);
    store<f32>(y + (<usize>i << 2), <f32>v);
  }
}

export function nn_cast_u8_s8(layer: nn_cast_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.count; i++) {
    const v: i32 = load<u8>(x + <usize>i);
    store<i8>(y + <usize>i, <i8>v);
  }
}

export function nn_cast_u8_s16(layer: nn_cast_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.count; i++) {
    const v: i32 = load<u8>(x + <usize>i);
    store<i16>(y + (<usize>i << 1), <i16>v);
  }
}

export function nn_cast_u8_s32(layer: nn_cast_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.count; i++) {
    const v: i32 = load<u8>(x + <usize>i);
    store<i32>(y + (<usize>i << 2), <i32>v);
  }
}

export function nn_cast_u8_bool(layer: nn_cast_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.count; i++) {
    const v: i32 = load<u8>(x + <usize>i);
    store<u8>(y + <usize>i, v != 0 ? 1 : 0);
  }
}

export function nn_cast_s16_f32(layer: nn_cast_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.count; i++) {
    const v: i32 = load<i16>(x + (<usize>i << 1));
    store<f32>(y + (<usize>i << 2), <f32>v);
  }
}

export function nn_cast_s16_s8(layer: nn_cast_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.count; i++) {
    const v: i32 = load<i16>(x + (<usize>i << 1));
    store<i8>(y + <usize>i, <i8>v);
  }
}

export function nn_cast_s16_u8(layer: nn_cast_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.count; i++) {
    const v: i32 = load<i16>(x + (<usize>i << 1));
    store<u8>(y + <usize>i, <u8>v);
  }
}

export function nn_cast_s16_s32(layer: nn_cast_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.count; i++) {
    const v: i32 = load<i16>(x + (<usize>i << 1));
    store<i32>(y + (<usize>i << 2), <i32>v);
  }
}

export function nn_cast_s16_bool(layer: nn_cast_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.count; i++) {
    const v: i32 = load<i16>(x + (<usize>i << 1));
    store<u8>(y + <usize>i, v != 0 ? 1 : 0);
  }
}

export function nn_cast_s32_f32(layer: nn_cast_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.count; i++) {
    const v: i32 = load<i32>(x + (<usize>i << 2));
    store<f32>(y + (<usize>i << 2), <f32>v);
  }
}

export function nn_cast_s32_s8(layer: nn_cast_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.count; i++) {
    const v: i32 = load<i32>(x + (<usize>i << 2));
    store<i8>(y + <usize>i, <i8>v);
  }
}

export function nn_cast_s32_u8(layer: nn_cast_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.count; i++) {
    const v: i32 = load<i32>(x + (<usize>i << 2));
    store<u8>(y + <usize>i, <u8>v);
  }
}

export function nn_cast_s32_s16(layer: nn_cast_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.count; i++) {
    const v: i32 = load<i32>(x + (<usize>i << 2));
    store<i16>(y + (<usize>i << 1), <i16>v);
  }
}

export function nn_cast_s32_bool(layer: nn_cast_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.count; i++) {
    const v: i32 = load<i32>(x + (<usize>i << 2));
    store<u8>(y + <usize>i, v != 0 ? 1 : 0);
  }
}
