@unmanaged
export class nn_transpose_layer {
  axes: usize;
  width: i32;
}

/** Axes in another order; elements of any width; x and y may not overlap. */
export function nn_transpose(layer: nn_transpose_layer, x: usize, y: usize): void {
  const axes = layer.axes;
  const width = <usize>layer.width;
  for (let a: i32 = 0; a < load<i32>(axes); a++)
    for (let b: i32 = 0; b < load<i32>(axes, 8); b++)
      for (let c: i32 = 0; c < load<i32>(axes, 16); c++)
        for (let d: i32 = 0; d < load<i32>(axes, 24); d++) {
          const at = a * load<i32>(axes, 4) + b * load<i32>(axes, 12) + c * load<i32>(axes, 20) + d * load<i32>(axes, 28);
          y = line(x + <usize>at, y, load<i32>(axes, 32), <usize>load<i32>(axes, 36), width);
        }
}

/** `count` elements, `step` bytes apart; returns the end of y. */
function line(x: usize, y: usize, count: i32, step: usize, width: usize): usize {
  for (let i: i32 = 0; i < count; i++) {
    if (width == 1) store<u8>(y, load<u8>(x));
    else if (width == 4) store<u32>(y, load<u32>(x));
    else memory.copy(y, x, width);
    y += width;
    x += step;
  }
  return y;
}
