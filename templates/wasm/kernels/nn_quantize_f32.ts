import { nn_clamp } from './nn_common';

@unmanaged
export class nn_quantize_f32_layer {
  scale: f32;
  zero: i32;
  count: i32;
}

/** x / scale, halves away from zero, plus the zero point, clamped. */
// @ts-ignore: decorator
@inline
function stored(layer: nn_quantize_f32_layer, x: f32, low: i32, high: i32): i32 {
  const steps = x / layer.scale;
  // Beyond any 8-bit value; keeps the conversion in range, whatever x is.
  const bounded: f32 = steps > -1024 ? (steps < 1024 ? steps : 1024) : -1024;
  const whole = <i32>bounded;
  const rest = bounded - <f32>whole;
  const away: i32 = rest >= 0.5 ? 1 : rest <= -0.5 ? -1 : 0;
  return nn_clamp(whole + away + layer.zero, low, high);
}

/** Real to stored values; y may be x. TFLite's QUANTIZE. */
export function nn_quantize_f32_s8(layer: nn_quantize_f32_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.count; i++) store<i8>(y + <usize>i, stored(layer, load<f32>(x + (<usize>i << 2)), -128, 127));
}

/** To unsigned bytes. */
export function nn_quantize_f32_u8(layer: nn_quantize_f32_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.count; i++) store<u8>(y + <usize>i, stored(layer, load<f32>(x + (<usize>i << 2)), 0, 255));
}
