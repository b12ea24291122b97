import { nn_broadcast_layer, nn_broadcast_offset } from './nn_broadcast';

/** Remainder with the sign of a. */
function fmod(a: f32, b: f32): f32 {
  return Mathf.mod(a, b);
}

/** Remainder with the sign of b. */
function modulo(a: f32, b: f32): f32 {
  const rest = fmod(a, b);
  return rest != 0 && rest < 0 != b < 0 ? rest + b : rest;
}

export function nn_div_f32(layer: nn_broadcast_layer, x0: usize, x1: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outer; i++) {
    let p = x0 + (<usize>nn_broadcast_offset(layer.axes, i, 1) << 2);
    let q = x1 + (<usize>nn_broadcast_offset(layer.axes, i, 2) << 2);
    for (let j: i32 = 0; j < layer.run; j++) {
      const a = load<f32>(p);
      const b = load<f32>(q);
      store<f32>(y, a / b);
      y += 4;
      p += <usize>layer.a_step << 2;
      q += <usize>layer.b_step << 2;
    }
  }
}

export function nn_floor_div_f32(layer: nn_broadcast_layer, x0: usize, x1: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outer; i++) {
    let p = x0 + (<usize>nn_broadcast_offset(layer.axes, i, 1) << 2);
    let q = x1 + (<usize>nn_broadcast_offset(layer.axes, i, 2) << 2);
    for (let j: i32 = 0; j < layer.run; j++) {
      const a = load<f32>(p);
      const b = load<f32>(q);
      store<f32>(y, floor(a / b));
      y += 4;
      p += <usize>layer.a_step << 2;
      q += <usize>layer.b_step << 2;
    }
  }
}

export function nn_mod_f32(layer: nn_broadcast_layer, x0: usize, x1: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outer; i++) {
    let p = x0 + (<usize>nn_broadcast_offset(layer.axes, i, 1) << 2);
    let q = x1 + (<usize>nn_broadcast_offset(layer.axes, i, 2) << 2);
    for (let j: i32 = 0; j < layer.run; j++) {
      const a = load<f32>(p);
      const b = load<f32>(q);
      store<f32>(y, modulo(a, b));
      y += 4;
      p += <usize>layer.a_step << 2;
      q += <usize>layer.b_step << 2;
    }
  }
}

export function nn_fmod_f32(layer: nn_broadcast_layer, x0: usize, x1: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outer; i++) {
    let p = x0 + (<usize>nn_broadcast_offset(layer.axes, i, 1) << 2);
    let q = x1 + (<usize>nn_broadcast_offset(layer.axes, i, 2) << 2);
    for (let j: i32 = 0; j < layer.run; j++) {
      const a = load<f32>(p);
      const b = load<f32>(q);
      store<f32>(y, fmod(a, b));
      y += 4;
      p += <usize>layer.a_step << 2;
      q += <usize>layer.b_step << 2;
    }
  }
}

export function nn_pow_f32(layer: nn_broadcast_layer, x0: usize, x1: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outer; i++) {
    let p = x0 + (<usize>nn_broadcast_offset(layer.axes, i, 1) << 2);
    let q = x1 + (<usize>nn_broadcast_offset(layer.axes, i, 2) << 2);
    for (let j: i32 = 0; j < layer.run; j++) {
      const a = load<f32>(p);
      const b = load<f32>(q);
      store<f32>(y, Mathf.pow(a, b));
      y += 4;
      p += <usize>layer.a_step << 2;
      q += <usize>layer.b_step << 2;
    }
  }
}

export function nn_maximum_f32(layer: nn_broadcast_layer, x0: usize, x1: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outer; i++) {
    let p = x0 + (<usize>nn_broadcast_offset(layer.axes, i, 1) << 2);
    let q = x1 + (<usize>nn_broadcast_offset(layer.axes, i, 2) << 2);
    for (let j: i32 = 0; j < layer.run; j++) {
      const a = load<f32>(p);
      const b = load<f32>(q);
      store<f32>(y, a > b ? a : b);
      y += 4;
      p += <usize>layer.a_step << 2;
      q += <usize>layer.b_step << 2;
    }
  }
}

export function nn_minimum_f32(layer: nn_broadcast_layer, x0: usize, x1: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outer; i++) {
    let p = x0 + (<usize>nn_broadcast_offset(layer.axes, i, 1) << 2);
    let q = x1 + (<usize>nn_broadcast_offset(layer.axes, i, 2) << 2);
    for (let j: i32 = 0; j < layer.run; j++) {
      const a = load<f32>(p);
      const b = load<f32>(q);
      store<f32>(y, a < b ? a : b);
      y += 4;
      p += <usize>layer.a_step << 2;
      q += <usize>layer.b_step << 2;
    }
  }
}

export function nn_squared_difference_f32(layer: nn_broadcast_layer, x0: usize, x1: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outer; i++) {
    let p = x0 + (<usize>nn_broadcast_offset(layer.axes, i, 1) << 2);
    let q = x1 + (<usize>nn_broadcast_offset(layer.axes, i, 2) << 2);
    for (let j: i32 = 0; j < layer.run; j++) {
      const a = load<f32>(p);
      const b = load<f32>(q);
      store<f32>(y, (a - b) * (a - b));
      y += 4;
      p += <usize>layer.a_step << 2;
      q += <usize>layer.b_step << 2;
    }
  }
}

export function nn_prelu_f32(layer: nn_broadcast_layer, x0: usize, x1: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outer; i++) {
    let p = x0 + (<usize>nn_broadcast_offset(layer.axes, i, 1) << 2);
    let q = x1 + (<usize>nn_broadcast_offset(layer.axes, i, 2) << 2);
    for (let j: i32 = 0; j < layer.run; j++) {
      const a = load<f32>(p);
      const b = load<f32>(q);
      store<f32>(y, a >= 0 ? a : a * b);
      y += 4;
      p += <usize>layer.a_step << 2;
      q += <usize>layer.b_step << 2;
    }
  }
}

export function nn_atan2_f32(layer: nn_broadcast_layer, x0: usize, x1: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outer; i++) {
    let p = x0 + (<usize>nn_broadcast_offset(layer.axes, i, 1) << 2);
    let q = x1 + (<usize>nn_broadcast_offset(layer.axes, i, 2) << 2);
    for (let j: i32 = 0; j < layer.run; j++) {
      const a = load<f32>(p);
      const b = load<f32>(q);
      store<f32>(y, Mathf.atan2(a, b));
      y += 4;
      p += <usize>layer.a_step << 2;
      q += <usize>layer.b_step << 2;
    }
  }
}

export function nn_equal_f32(layer: nn_broadcast_layer, x0: usize, x1: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outer; i++) {
    let p = x0 + (<usize>nn_broadcast_offset(layer.axes, i, 1) << 2);
    let q = x1 + (<usize>nn_broadcast_offset(layer.axes, i, 2) << 2);
    for (let j: i32 = 0; j < layer.run; j++) {
      const a = load<f32>(p);
      const b = load<f32>(q);
      store<u8>(y, a == b ? 1 : 0);
      y += 1;
      p += <usize>layer.a_step << 2;
      q += <usize>layer.b_step << 2;
    }
  }
}

export function nn_not_equal_f32(layer: nn_broadcast_layer, x0: usize, x1: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outer; i++) {
    let p = x0 + (<usize>nn_broadcast_offset(layer.axes, i, 1) << 2);
    let q = x1 + (<usize>nn_broadcast_offset(layer.axes, i, 2) << 2);
    for (let j: i32 = 0; j < layer.run; j++) {
      const a = load<f32>(p);
      const b = load<f32>(q);
      store<u8>(y, a != b ? 1 : 0);
      y += 1;
      p += <usize>layer.a_step << 2;
      q += <usize>layer.b_step << 2;
    }
  }
}

export function nn_less_f32(layer: nn_broadcast_layer, x0: usize, x1: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outer; i++) {
    let p = x0 + (<usize>nn_broadcast_offset(layer.axes, i, 1) << 2);
    let q = x1 + (<usize>nn_broadcast_offset(layer.axes, i, 2) << 2);
    for (let j: i32 = 0; j < layer.run; j++) {
      const a = load<f32>(p);
      const b = load<f32>(q);
      store<u8>(y, a < b ? 1 : 0);
      y += 1;
      p += <usize>layer.a_step << 2;
      q += <usize>layer.b_step << 2;
    }
  }
}

export function nn_less_equal_f32(layer: nn_broadcast_layer, x0: usize, x1: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outer; i++) {
    let p = x0 + (<usize>nn_broadcast_offset(layer.axes, i, 1) << 2);
    let q = x1 + (<usize>nn_broadcast_offset(layer.axes, i, 2) << 2);
    for (let j: i32 = 0; j < layer.run; j++) {
      const a = load<f32>(p);
      const b = load<f32>(q);
      store<u8>(y, a <= b ? 1 : 0);
      y += 1;
      p += <usize>layer.a_step << 2;
      q += <usize>layer.b_step << 2;
    }
  }
}

export function nn_greater_f32(layer: nn_broadcast_layer, x0: usize, x1: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outer; i++) {
    let p = x0 + (<usize>nn_broadcast_offset(layer.axes, i, 1) << 2);
    let q = x1 + (<usize>nn_broadcast_offset(layer.axes, i, 2) << 2);
    for (let j: i32 = 0; j < layer.run; j++) {
      const a = load<f32>(p);
      const b = load<f32>(q);
      store<u8>(y, a > b ? 1 : 0);
      y += 1;
      p += <usize>layer.a_step << 2;
      q += <usize>layer.b_step << 2;
    }
  }
}

export function nn_greater_equal_f32(layer: nn_broadcast_layer, x0: usize, x1: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.outer; i++) {
    let p = x0 + (<usize>nn_broadcast_offset(layer.axes, i, 1) << 2);
    let q = x1 + (<usize>nn_broadcast_offset(layer.axes, i, 2) << 2);
    for (let j: i32 = 0; j < layer.run; j++) {
      const a = load<f32>(p);
      const b = load<f32>(q);
      store<u8>(y, a >= b ? 1 : 0);
      y += 1;
      p += <usize>layer.a_step << 2;
      q += <usize>layer.b_step << 2;
    }
  }
}
