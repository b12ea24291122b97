import { nn_clamp_f32 } from './nn_common';

@unmanaged
export class nn_unary_f32_layer {
  count: i32;
}

@unmanaged
export class nn_relu_f32_layer {
  count: i32;
  out_min: f32;
  out_max: f32;
}

/** 1 / (1 + exp(-x)); y may be x. */
export function nn_logistic_f32(layer: nn_unary_f32_layer, x: usize, y: usize): void {
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) store<f32>(y + i, 1 / (1 + Mathf.exp(-load<f32>(x + i))));
}

/** Hyperbolic tangent; y may be x. */
export function nn_tanh_f32(layer: nn_unary_f32_layer, x: usize, y: usize): void {
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) store<f32>(y + i, Mathf.tanh(load<f32>(x + i)));
}

/** x within bounds; y may be x. */
export function nn_relu_f32(layer: nn_relu_f32_layer, x: usize, y: usize): void {
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) store<f32>(y + i, nn_clamp_f32(load<f32>(x + i), layer.out_min, layer.out_max));
}
