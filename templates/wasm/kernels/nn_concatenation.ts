@unmanaged
export class nn_concatenation_layer {
  rows: i32;
  width: i32;
  parts: usize;
}

/** Operand x of a row: moved to y, whose end is returned. */
function part(layer: nn_concatenation_layer, row: i32, operand: usize, x: usize, y: usize): usize {
  const bytes = load<i32>(layer.parts + (operand << 2));
  memory.copy(y, x + <usize>(row * bytes), bytes);
  return y + <usize>bytes;
}

/** 2 operands side by side along an axis; elements of any width. */
export function nn_concatenation_2(layer: nn_concatenation_layer, x0: usize, x1: usize, y: usize): void {
  for (let row: i32 = 0; row < layer.rows; row++) {
    y = part(layer, row, 0, x0, y);
    y = part(layer, row, 1, x1, y);
  }
}

/** 3 operands side by side along an axis; elements of any width. */
export function nn_concatenation_3(layer: nn_concatenation_layer, x0: usize, x1: usize, x2: usize, y: usize): void {
  for (let row: i32 = 0; row < layer.rows; row++) {
    y = part(layer, row, 0, x0, y);
    y = part(layer, row, 1, x1, y);
    y = part(layer, row, 2, x2, y);
  }
}

/** 4 operands side by side along an axis; elements of any width. */
export function nn_concatenation_4(
  layer: nn_concatenation_layer,
  x0: usize,
  x1: usize,
  x2: usize,
  x3: usize,
  y: usize,
): void {
  for (let row: i32 = 0; row < layer.rows; row++) {
    y = part(layer, row, 0, x0, y);
    y = part(layer, row, 1, x1, y);
    y = part(layer, row, 2, x2, y);
    y = part(layer, row, 3, x3, y);
  }
}

/** 5 operands side by side along an axis; elements of any width. */
export function nn_concatenation_5(
  layer: nn_concatenation_layer,
  x0: usize,
  x1: usize,
  x2: usize,
  x3: usize,
  x4: usize,
  y: usize,
): void {
  for (let row: i32 = 0; row < layer.rows; row++) {
    y = part(layer, row, 0, x0, y);
    y = part(layer, row, 1, x1, y);
    y = part(layer, row, 2, x2, y);
    y = part(layer, row, 3, x3, y);
    y = part(layer, row, 4, x4, y);
  }
}

/** 6 operands side by side along an axis; elements of any width. */
export function nn_concatenation_6(
  layer: nn_concatenation_layer,
  x0: usize,
  x1: usize,
  x2: usize,
  x3: usize,
  x4: usize,
  x5: usize,
  y: usize,
): void {
  for (let row: i32 = 0; row < layer.rows; row++) {
    y = part(layer, row, 0, x0, y);
    y = part(layer, row, 1, x1, y);
    y = part(layer, row, 2, x2, y);
    y = part(layer, row, 3, x3, y);
    y = part(layer, row, 4, x4, y);
    y = part(layer, row, 5, x5, y);
  }
}

/** 7 operands side by side along an axis; elements of any width. */
export function nn_concatenation_7(
  layer: nn_concatenation_layer,
  x0: usize,
  x1: usize,
  x2: usize,
  x3: usize,
  x4: usize,
  x5: usize,
  x6: usize,
  y: usize,
): void {
  for (let row: i32 = 0; row < layer.rows; row++) {
    y = part(layer, row, 0, x0, y);
    y = part(layer, row, 1, x1, y);
    y = part(layer, row, 2, x2, y);
    y = part(layer, row, 3, x3, y);
    y = part(layer, row, 4, x4, y);
    y = part(layer, row, 5, x5, y);
    y = part(layer, row, 6, x6, y);
  }
}

/** 8 operands side by side along an axis; elements of any width. */
export function nn_concatenation_8(
  layer: nn_concatenation_layer,
  x0: usize,
  x1: usize,
  x2: usize,
  x3: usize,
  x4: usize,
  x5: usize,
  x6: usize,
  x7: usize,
  y: usize,
): void {
  for (let row: i32 = 0; row < layer.rows; row++) {
    y = part(layer, row, 0, x0, y);
    y = part(layer, row, 1, x1, y);
    y = part(layer, row, 2, x2, y);
    y = part(layer, row, 3, x3, y);
    y = part(layer, row, 4, x4, y);
    y = part(layer, row, 5, x5, y);
    y = part(layer, row, 6, x6, y);
    y = part(layer, row, 7, x7, y);
  }
}
