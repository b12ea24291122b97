@unmanaged
export class nn_pad_layer {
  axes: usize;
  value: usize;
  width: i32;
}

/** Size of an axis: before, of x, after; the last in bytes. */
// @ts-ignore: decorator
@inline
function size(layer: nn_pad_layer, axis: i32, part: i32): i32 {
  return load<i32>(layer.axes + <usize>(12 * axis + 4 * part));
}

/** Fills `bytes` bytes, a whole number of elements; returns their end. */
function fill(layer: nn_pad_layer, y: usize, bytes: i32): usize {
  if (layer.width == 1) memory.fill(y, load<u8>(layer.value), bytes);
  else for (let i: i32 = 0; i < bytes; i++) store<u8>(y + <usize>i, load<u8>(layer.value + <usize>(i % layer.width)));
  return y + <usize>bytes;
}

/** Bytes of y in one step along an axis. */
function step(layer: nn_pad_layer, axis: i32): i32 {
  let bytes: i32 = 1;
  for (let i = axis + 1; i < 5; i++) bytes *= size(layer, i, 0) + size(layer, i, 1) + size(layer, i, 2);
  return bytes;
}

/** x inside a border of one value; elements of any width. */
export function nn_pad(layer: nn_pad_layer, x: usize, y: usize): void {
  const row = size(layer, 4, 1);
  const before = size(layer, 4, 0);
  y = fill(layer, y, size(layer, 0, 0) * step(layer, 0));
  for (let a: i32 = 0; a < size(layer, 0, 1); a++) {
    y = fill(layer, y, size(layer, 1, 0) * step(layer, 1));
    for (let b: i32 = 0; b < size(layer, 1, 1); b++) {
      y = fill(layer, y, size(layer, 2, 0) * step(layer, 2));
      for (let c: i32 = 0; c < size(layer, 2, 1); c++) {
        y = fill(layer, y, size(layer, 3, 0) * step(layer, 3));
        for (let d: i32 = 0; d < size(layer, 3, 1); d++) {
          // The row first: what is in front of it may lie on top of it.
          memory.copy(y + <usize>before, x, row);
          fill(layer, y, before);
          y = fill(layer, y + <usize>(before + row), size(layer, 4, 2));
          x += <usize>row;
        }
        y = fill(layer, y, size(layer, 3, 2) * step(layer, 3));
      }
      y = fill(layer, y, size(layer, 2, 2) * step(layer, 2));
    }
    y = fill(layer, y, size(layer, 1, 2) * step(layer, 1));
  }
  fill(layer, y, size(layer, 0, 2) * step(layer, 0));
}
