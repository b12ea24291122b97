@unmanaged
export class nn_strided_layer {
  axes: usize;
  start: i32;
  runs: i32;
  run: i32;
}

/** Bytes from the start of x to run i. @param axes [8][size, bytes from one to the next in x], outermost first */
function offset_of(axes: usize, i: i32): i32 {
  let offset: i32 = 0;
  for (let axis: i32 = 7; axis >= 0 && i > 0; axis--) {
    const size = load<i32>(axes + <usize>(8 * axis));
    if (size > 1) {
      offset += (i % size) * load<i32>(axes + <usize>(8 * axis), 4);
      i /= size;
    }
  }
  return offset;
}

/** A tensor read with other strides: slices, repetitions, reversals, broadcasting; elements of any type; no overlap. */
export function nn_strided(layer: nn_strided_layer, x: usize, y: usize): void {
  const run = layer.run;
  x += <usize>layer.start;
  for (let i: i32 = 0; i < layer.runs; i++) {
    const from = x + <usize>offset_of(layer.axes, i);
    if (run == 1) store<u8>(y, load<u8>(from));
    else if (run == 4) store<u32>(y, load<u32>(from));
    else memory.copy(y, from, run);
    y += <usize>run;
  }
}
