import { nn_clamp_f32 } from './nn_common';

@unmanaged
export class nn_function_f32_layer {
  count: i32;
  alpha: f32;
  beta: f32;
}

/** log(1 + exp(x)) */
function softplus(x: f32): f32 {
  return max<f32>(x, 0) + Mathf.log1p(Mathf.exp(-abs(x)));
}

/** Error function, within 1.5e-7: Abramowitz and Stegun 7.1.26. */
function erf(x: f32): f32 {
  const a = <f64>abs(x);
  const t = 1 / (1 + 0.3275911 * a);
  const sum = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  const y = 1 - sum * Math.exp(-a * a);
  return <f32>(x < 0 ? -y : y);
}

/** Functions of one operand, element by element; y may be x. */
export function nn_abs_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, abs(x));
  }
}

export function nn_neg_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, -x);
  }
}

export function nn_sign_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, x > 0 ? 1 : x < 0 ? -1 : 0);
  }
}

export function nn_square_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, x * x);
  }
}

export function nn_exp_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, Mathf.exp(x));
  }
}

export function nn_log_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, Mathf.log(x));
  }
}

export function nn_sqrt_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, sqrt(x));
  }
}

export function nn_rsqrt_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, 1 / sqrt(x));
  }
}

export function nn_reciprocal_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, 1 / x);
  }
}

export function nn_floor_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, floor(x));
  }
}

export function nn_ceil_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, ceil(x));
  }
}

export function nn_trunc_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, trunc(x));
  }
}

export function nn_round_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, nearest(x));
  }
}

export function nn_sin_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, Mathf.sin(x));
  }
}

export function nn_cos_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, Mathf.cos(x));
  }
}

export function nn_tan_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, Mathf.tan(x));
  }
}

export function nn_asin_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, Mathf.asin(x));
  }
}

export function nn_acos_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, Mathf.acos(x));
  }
}

export function nn_atan_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, Mathf.atan(x));
  }
}

export function nn_sinh_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, Mathf.sinh(x));
  }
}

export function nn_cosh_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, Mathf.cosh(x));
  }
}

export function nn_asinh_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, Mathf.asinh(x));
  }
}

export function nn_acosh_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, Mathf.acosh(x));
  }
}

export function nn_atanh_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, Mathf.atanh(x));
  }
}

export function nn_erf_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, erf(x));
  }
}

export function nn_softplus_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, softplus(x));
  }
}

export function nn_softsign_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, x / (1 + abs(x)));
  }
}

export function nn_mish_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, x * Mathf.tanh(softplus(x)));
  }
}

export function nn_swish_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, x / (1 + Mathf.exp(-x)));
  }
}

export function nn_hard_swish_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, (x * nn_clamp_f32(x + 3, 0, 6)) / 6);
  }
}

export function nn_gelu_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, <f32>0.5 * x * (1 + erf(x * 0.70710678)));
  }
}

export function nn_gelu_tanh_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, <f32>0.5 * x * (1 + Mathf.tanh(<f32>0.79788456 * (x + <f32>0.044715 * x * x * x))));
  }
}

export function nn_hard_sigmoid_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const alpha = layer.alpha;
  const beta = layer.beta;
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, nn_clamp_f32(alpha * x + beta, 0, 1));
  }
}

export function nn_elu_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const alpha = layer.alpha;
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, x >= 0 ? x : alpha * Mathf.expm1(x));
  }
}

export function nn_selu_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const alpha = layer.alpha;
  const beta = layer.beta;
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, beta * (x >= 0 ? x : alpha * Mathf.expm1(x)));
  }
}

export function nn_celu_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const alpha = layer.alpha;
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, x >= 0 ? x : alpha * Mathf.expm1(x / alpha));
  }
}

export function nn_thresholded_relu_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const alpha = layer.alpha;
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, x > alpha ? x : 0);
  }
}

export function nn_leaky_relu_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const alpha = layer.alpha;
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, x >= 0 ? x : alpha * x);
  }
}

export function nn_clip_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const alpha = layer.alpha;
  const beta = layer.beta;
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, nn_clamp_f32(x, alpha, beta));
  }
}

export function nn_shrink_f32(layer: nn_function_f32_layer, from: usize, y: usize): void {
  const alpha = layer.alpha;
  const beta = layer.beta;
  const end = <usize>layer.count << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = load<f32>(from + i);
    store<f32>(y + i, x < -alpha ? x + beta : x > alpha ? x - beta : 0);
  }
}

/** Is it no number? y [count] of 0 and 1; may be x. */
export function nn_is_nan_f32(layer: nn_function_f32_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.count; i++) {
    const v = load<f32>(x + (<usize>i << 2));
    store<u8>(y + <usize>i, v != v ? 1 : 0);
  }
}

/** Is it infinite, below 0 if alpha, above if beta? */
export function nn_is_inf_f32(layer: nn_function_f32_layer, x: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.count; i++) {
    const v = load<f32>(x + (<usize>i << 2));
    const wanted = v < 0 ? layer.alpha : layer.beta;
    store<u8>(y + <usize>i, abs(v) == f32.POSITIVE_INFINITY && wanted > 0 ? 1 : 0);
  }
}
