@unmanaged
export class nn_select_layer {
  axes: usize;
  count: i32;
  width: i32;
}

/** condition ? a : b, with broadcasting; elements of any type; no overlap. */
export function nn_select(layer: nn_select_layer, condition: usize, a: usize, b: usize, y: usize): void {
  const width = layer.width;
  for (let i: i32 = 0; i < layer.count; i++) {
    let c: i32 = 0;
    let p: i32 = 0;
    let q: i32 = 0;
    let rest = i;
    for (let axis: i32 = 4; axis >= 0; axis--) {
      const line = layer.axes + (<usize>axis << 4);
      const size = load<i32>(line);
      const at = rest % size;
      c += at * load<i32>(line, 4);
      p += at * load<i32>(line, 8);
      q += at * load<i32>(line, 12);
      rest /= size;
    }
    memory.copy(y, load<u8>(condition + <usize>c) ? a + <usize>(p * width) : b + <usize>(q * width), width);
    y += <usize>width;
  }
}
