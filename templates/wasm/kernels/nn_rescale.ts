import { nn_clamp, nn_requantize } from './nn_common';

@unmanaged
export class nn_rescale_layer {
  count: i32;
  in_zero: i32;
  multiplier: i32;
  shift: i32;
  negative_multiplier: i32;
  negative_shift: i32;
  out_zero: i32;
  out_min: i32;
  out_max: i32;
}

/** Stored value to stored value. */
function rescaled(layer: nn_rescale_layer, stored: i32): i32 {
  const x = stored - layer.in_zero;
  const v =
    x >= 0
      ? nn_requantize(x, layer.multiplier, layer.shift)
      : nn_requantize(x, layer.negative_multiplier, layer.negative_shift);
  return nn_clamp(v + layer.out_zero, layer.out_min, layer.out_max);
}

/** Stored values with other parameters, two slopes and bounds; y may be x where both have the same type. */
export function nn_rescale_s16_s16(layer: nn_rescale_layer, x: usize, y: usize): void {
  for (let i: usize = 0; i < <usize>layer.count; i++)
    store<i16>(y + (i << 1), rescaled(layer, load<i16>(x + (i << 1))));
}

export function nn_rescale_s16_s8(layer: nn_rescale_layer, x: usize, y: usize): void {
  for (let i: usize = 0; i < <usize>layer.count; i++)
    store<i8>(y + (i << 0), rescaled(layer, load<i16>(x + (i << 1))));
}

export function nn_rescale_s8_s16(layer: nn_rescale_layer, x: usize, y: usize): void {
  for (let i: usize = 0; i < <usize>layer.count; i++)
    store<i16>(y + (i << 1), rescaled(layer, load<i8>(x + (i << 0))));
}

export function nn_rescale_s16_s32(layer: nn_rescale_layer, x: usize, y: usize): void {
  for (let i: usize = 0; i < <usize>layer.count; i++)
    store<i32>(y + (i << 2), rescaled(layer, load<i16>(x + (i << 1))));
}

export function nn_rescale_s8_s32(layer: nn_rescale_layer, x: usize, y: usize): void {
  for (let i: usize = 0; i < <usize>layer.count; i++)
    store<i32>(y + (i << 2), rescaled(layer, load<i8>(x + (i << 0))));
}

export function nn_rescale_s32_s16(layer: nn_rescale_layer, x: usize, y: usize): void {
  for (let i: usize = 0; i < <usize>layer.count; i++)
    store<i16>(y + (i << 1), rescaled(layer, load<i32>(x + (i << 2))));
}

export function nn_rescale_s32_s8(layer: nn_rescale_layer, x: usize, y: usize): void {
  for (let i: usize = 0; i < <usize>layer.count; i++)
    store<i8>(y + (i << 0), rescaled(layer, load<i32>(x + (i << 2))));
}

@unmanaged
export class nn_real_s16_layer {
  scale: f32;
  zero: i32;
  count: i32;
}

/** Real to stored values, halves away from zero. TFLite's QUANTIZE from float. */
export function nn_quantize_f32_s16(layer: nn_real_s16_layer, x: usize, y: usize): void {
  for (let i: usize = 0; i < <usize>layer.count; i++) {
    const steps = load<f32>(x + (i << 2)) / layer.scale;
    const bounded: f32 = steps > -70000 ? (steps < 70000 ? steps : 70000) : -70000;
    const whole = <i32>bounded;
    const rest = bounded - <f32>whole;
    const away: i32 = rest >= 0.5 ? 1 : rest <= -0.5 ? -1 : 0;
    store<i16>(y + (i << 1), nn_clamp(whole + away + layer.zero, -32768, 32767));
  }
}

/** Stored values to real ones. */
export function nn_dequantize_s16_f32(layer: nn_real_s16_layer, x: usize, y: usize): void {
  for (let i: usize = 0; i < <usize>layer.count; i++)
    store<f32>(y + (i << 2), layer.scale * <f32>(<i32>load<i16>(x + (i << 1)) - layer.zero));
}

/** The same of 32 bits. */
export function nn_dequantize_s32_f32(layer: nn_real_s16_layer, x: usize, y: usize): void {
  for (let i: usize = 0; i < <usize>layer.count; i++)
    store<f32>(y + (i << 2), layer.scale * <f32>(load<i32>(x + (i << 2)) - layer.zero));
}
