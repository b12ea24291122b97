@unmanaged
export class nn_one_hot_layer {
  outer: i32;
  depth: i32;
  inner: i32;
  on: usize;
  off: usize;
  width: i32;
}

/** `on` at the place that an index names, `off` elsewhere: y [outer][depth][inner]; no overlap. */
export function nn_one_hot(layer: nn_one_hot_layer, indices: usize, y: usize): void {
  for (let o: i32 = 0; o < layer.outer; o++)
    for (let d: i32 = 0; d < layer.depth; d++)
      for (let i: i32 = 0; i < layer.inner; i++) {
        const index = load<i32>(indices + (<usize>(o * layer.inner + i) << 2));
        const at = index < 0 ? index + layer.depth : index;
        memory.copy(y, at == d ? layer.on : layer.off, layer.width);
        y += <usize>layer.width;
      }
}
