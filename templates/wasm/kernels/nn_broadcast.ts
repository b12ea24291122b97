/** Two operands combined by numpy's rules: runs of neighbours over up to 4 outer axes. */
@unmanaged
export class nn_broadcast_layer {
  axes: usize;
  outer: i32;
  run: i32;
  a_step: i32;
  b_step: i32;
}

/**
 * Offset of an operand for outer index i, in elements.
 * @param axes [4][size, stride of a, stride of b], outermost first
 * @param operand 1 = a, 2 = b
 */
export function nn_broadcast_offset(axes: usize, i: i32, operand: usize): i32 {
  let offset: i32 = 0;
  for (let axis: i32 = 3; axis >= 0; axis--) {
    const at = axes + <usize>(12 * axis);
    const size = load<i32>(at);
    if (size > 1) {
      offset += (i % size) * load<i32>(at + (operand << 2));
      i /= size;
    }
  }
  return offset;
}
