@unmanaged
export class nn_dequantize_f32_layer {
  scale: f32;
  zero: i32;
  count: i32;
}

/** Stored to real values: scale * (x - zero). TFLite's DEQUANTIZE. */
export function nn_dequantize_s8_f32(layer: nn_dequantize_f32_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.count; i++)
    store<f32>(y + (<usize>i << 2), layer.scale * <f32>(<i32>load<i8>(x + <usize>i) - layer.zero));
}

/** From unsigned bytes. */
export function nn_dequantize_u8_f32(layer: nn_dequantize_f32_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.count; i++)
    store<f32>(y + (<usize>i << 2), layer.scale * <f32>(<i32>load<u8>(x + <usize>i) - layer.zero));
}
