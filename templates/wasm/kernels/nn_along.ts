@unmanaged
export class nn_along_layer {
  outer: i32;
  size: i32;
  inner: i32;
  sign: i32;
  last: i32;
  k: i32;
}

/** Does a come before b, greatest first (or least first)? */
// @ts-ignore: decorator
@inline
function before<T>(a: T, b: T, sign: i32): bool {
  return sign > 0 ? a > b : a < b;
}

/** Position of the greatest (least) value along an axis: x [outer][size][inner], y [outer][inner]; no overlap. */
function arg<T>(layer: nn_along_layer, x: usize, y: usize): void {
  const step = <usize>layer.inner * sizeof<T>();
  for (let o: i32 = 0; o < layer.outer; o++) {
    for (let i: usize = 0; i < step; i += sizeof<T>()) {
      let best: i32 = 0;
      for (let k: i32 = 1; k < layer.size; k++) {
        const a = load<T>(x + <usize>k * step + i);
        const b = load<T>(x + <usize>best * step + i);
        if (before<T>(a, b, layer.sign) || (layer.last != 0 && !before<T>(b, a, layer.sign))) best = k;
      }
      store<i32>(y, best);
      y += 4;
    }
    x += <usize>layer.size * step;
  }
}

/** Positions of the k greatest (least) values along an axis, in order: y [outer][k][inner]; no overlap. */
function positions<T>(layer: nn_along_layer, x: usize, y: usize): void {
  const inner = layer.inner;
  for (let o: i32 = 0; o < layer.outer; o++) {
    for (let i: i32 = 0; i < inner; i++)
      for (let n: i32 = 0; n < layer.size; n++) {
        const v = load<T>(x + <usize>(n * inner + i) * sizeof<T>());
        let at = min(n, layer.k);
        while (at > 0) {
          const place = y + (<usize>((at - 1) * inner + i) << 2);
          const known = load<i32>(place);
          if (!before<T>(v, load<T>(x + <usize>(known * inner + i) * sizeof<T>()), layer.sign)) break;
          if (at < layer.k) store<i32>(y + (<usize>(at * inner + i) << 2), known);
          at--;
        }
        if (at < layer.k) store<i32>(y + (<usize>(at * inner + i) << 2), n);
      }
    x += <usize>(layer.size * inner) * sizeof<T>();
    y += <usize>(layer.k * inner) << 2;
  }
}

/** The values themselves. */
function values<T>(layer: nn_along_layer, x: usize, y: usize): void {
  const inner = layer.inner;
  for (let o: i32 = 0; o < layer.outer; o++) {
    for (let i: i32 = 0; i < inner; i++)
      for (let n: i32 = 0; n < layer.size; n++) {
        const v = load<T>(x + <usize>(n * inner + i) * sizeof<T>());
        let at = min(n, layer.k);
        while (at > 0) {
          const known = load<T>(y + <usize>((at - 1) * inner + i) * sizeof<T>());
          if (!before<T>(v, known, layer.sign)) break;
          if (at < layer.k) store<T>(y + <usize>(at * inner + i) * sizeof<T>(), known);
          at--;
        }
        if (at < layer.k) store<T>(y + <usize>(at * inner + i) * sizeof<T>(), v);
      }
    x += <usize>(layer.size * inner) * sizeof<T>();
    y += <usize>(layer.k * inner) * sizeof<T>();
  }
}

export function nn_arg_f32(layer: nn_along_layer, x: usize, y: usize): void {
  arg<f32>(layer, x, y);
}

export function nn_top_k_indices_f32(layer: nn_along_layer, x: usize, y: usize): void {
  positions<f32>(layer, x, y);
}

export function nn_top_k_values_f32(layer: nn_along_layer, x: usize, y: usize): void {
  values<f32>(layer, x, y);
}

export function nn_arg_s8(layer: nn_along_layer, x: usize, y: usize): void {
  arg<i8>(layer, x, y);
}

export function nn_top_k_indices_s8(layer: nn_along_layer, x: usize, y: usize): void {
  positions<i8>(layer, x, y);
}

export function nn_top_k_values_s8(layer: nn_along_layer, x: usize, y: usize): void {
  values<i8>(layer, x, y);
}

export function nn_arg_s16(layer: nn_along_layer, x: usize, y: usize): void {
  arg<i16>(layer, x, y);
}

export function nn_top_k_indices_s16(layer: nn_along_layer, x: usize, y: usize): void {
  positions<i16>(layer, x, y);
}

export function nn_top_k_values_s16(layer: nn_along_layer, x: usize, y: usize): void {
  values<i16>(layer, x, y);
}

export function nn_arg_s32(layer: nn_along_layer, x: usize, y: usize): void {
  arg<i32>(layer, x, y);
}

export function nn_top_k_indices_s32(layer: nn_along_layer, x: usize, y: usize): void {
  positions<i32>(layer, x, y);
}

export function nn_top_k_values_s32(layer: nn_along_layer, x: usize, y: usize): void {
  values<i32>(layer, x, y);
}

@unmanaged
export class nn_cumsum_layer {
  outer: i32;
  size: i32;
  inner: i32;
  exclusive: i32;
  reverse: i32;
}

/** Running sums along an axis; y may be x. */
function cumsum<T>(layer: nn_cumsum_layer, x: usize, y: usize): void {
  const step = <usize>layer.inner << 2;
  for (let o: i32 = 0; o < layer.outer; o++) {
    for (let i: usize = 0; i < step; i += 4) {
      let sum: T = 0;
      for (let n: i32 = 0; n < layer.size; n++) {
        const at = <usize>(layer.reverse ? layer.size - 1 - n : n) * step + i;
        const next = sum + load<T>(x + at);
        store<T>(y + at, layer.exclusive ? sum : next);
        sum = next;
      }
    }
    x += <usize>layer.size * step;
    y += <usize>layer.size * step;
  }
}

export function nn_cumsum_f32(layer: nn_cumsum_layer, x: usize, y: usize): void {
  cumsum<f32>(layer, x, y);
}

export function nn_cumsum_s32(layer: nn_cumsum_layer, x: usize, y: usize): void {
  cumsum<i32>(layer, x, y);
}
