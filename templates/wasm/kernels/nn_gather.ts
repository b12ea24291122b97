import { nn_clamp } from './nn_common';

/** Index i on an axis: negative ones count from the end, what lies beyond is kept at the border. */
// @ts-ignore: decorator
@inline
export function nn_on_axis(i: i32, size: i32): i32 {
  return nn_clamp(i < 0 ? i + size : i, 0, size - 1);
}

@unmanaged
export class nn_gather_layer {
  batches: i32;
  outer: i32;
  size: i32;
  picks: i32;
  run: i32;
}

/** Slices along an axis: x [batches][outer][size][run bytes], indices [batches][picks]; no overlap. */
export function nn_gather(layer: nn_gather_layer, x: usize, indices: usize, y: usize): void {
  const run = layer.run;
  for (let b: i32 = 0; b < layer.batches; b++) {
    for (let o: i32 = 0; o < layer.outer; o++) {
      for (let i: i32 = 0; i < layer.picks; i++) {
        const index = nn_on_axis(load<i32>(indices + (<usize>i << 2)), layer.size);
        memory.copy(y, x + <usize>(index * run), run);
        y += <usize>run;
      }
      x += <usize>(layer.size * run);
    }
    indices += <usize>layer.picks << 2;
  }
}

@unmanaged
export class nn_gather_nd_layer {
  batches: i32;
  batch: i32;
  picks: i32;
  depth: i32;
  run: i32;
  axes: usize;
}

/** Slices named by tuples: indices [batches][picks][depth]; no overlap. */
export function nn_gather_nd(layer: nn_gather_nd_layer, x: usize, indices: usize, y: usize): void {
  for (let b: i32 = 0; b < layer.batches; b++) {
    for (let i: i32 = 0; i < layer.picks; i++) {
      let offset: i32 = 0;
      for (let c: i32 = 0; c < layer.depth; c++, indices += 4) {
        const axis = layer.axes + (<usize>c << 3);
        offset += nn_on_axis(load<i32>(indices), load<i32>(axis)) * load<i32>(axis, 4);
      }
      memory.copy(y, x + <usize>offset, layer.run);
      y += <usize>layer.run;
    }
    x += <usize>layer.batch;
  }
}

@unmanaged
export class nn_gather_elements_layer {
  axes: usize;
  count: i32;
  size: i32;
  step: i32;
  width: i32;
}

/** Elements along an axis: indices and y [count]; no overlap. */
export function nn_gather_elements(layer: nn_gather_elements_layer, x: usize, indices: usize, y: usize): void {
  for (let i: i32 = 0; i < layer.count; i++) {
    let offset = nn_on_axis(load<i32>(indices + (<usize>i << 2)), layer.size) * layer.step;
    let rest = i;
    for (let axis: i32 = 7; axis >= 0 && rest > 0; axis--) {
      const at = layer.axes + (<usize>axis << 3);
      const size = load<i32>(at);
      offset += (rest % size) * load<i32>(at, 4);
      rest /= size;
    }
    memory.copy(y, x + <usize>(offset * layer.width), layer.width);
    y += <usize>layer.width;
  }
}
