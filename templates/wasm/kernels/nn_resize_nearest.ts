@unmanaged
export class nn_resize_nearest_layer {
  a_size: i32;
  b_size: i32;
  c_size: i32;
  d_size: i32;
  a: usize;
  b: usize;
  c: usize;
  d: usize;
  run: i32;
}

// @ts-ignore: decorator
@inline
function at(table: usize, i: i32): usize {
  return <usize>load<i32>(table + (<usize>i << 2));
}

/** Elements repeated or left out, of any type; no overlap. */
export function nn_resize_nearest(layer: nn_resize_nearest_layer, x: usize, y: usize): void {
  for (let a: i32 = 0; a < layer.a_size; a++)
    for (let b: i32 = 0; b < layer.b_size; b++)
      for (let c: i32 = 0; c < layer.c_size; c++) {
        const p = x + at(layer.a, a) + at(layer.b, b) + at(layer.c, c);
        for (let d: i32 = 0; d < layer.d_size; d++) {
          memory.copy(y, p + at(layer.d, d), layer.run);
          y += <usize>layer.run;
        }
      }
}
