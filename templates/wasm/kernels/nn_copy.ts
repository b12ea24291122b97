@unmanaged
export class nn_copy_layer {
  bytes: i32;
}

/** The same bytes elsewhere, in any position to each other. */
export function nn_copy(layer: nn_copy_layer, x: usize, y: usize): void {
  memory.copy(y, x, layer.bytes);
}
