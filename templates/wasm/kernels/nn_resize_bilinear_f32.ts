@unmanaged
export class nn_resize_bilinear_f32_layer {
  batches: i32;
  height: i32;
  width: i32;
  channels: i32;
  image: i32;
  rows: usize;
  rows_at: usize;
  columns: usize;
  columns_at: usize;
}

/** Another height and width; no overlap. */
export function nn_resize_bilinear_f32(layer: nn_resize_bilinear_f32_layer, x: usize, y: usize): void {
  const bytes = <usize>layer.channels << 2;
  for (let n: i32 = 0; n < layer.batches; n++) {
    for (let i: i32 = 0; i < layer.height; i++) {
      const row = layer.rows + (<usize>i << 3);
      const top = x + (<usize>load<i32>(row) << 2);
      const bottom = x + (<usize>load<i32>(row, 4) << 2);
      const down = load<f32>(layer.rows_at + (<usize>i << 2));
      for (let j: i32 = 0; j < layer.width; j++) {
        const column = layer.columns + (<usize>j << 3);
        const left = <usize>load<i32>(column) << 2;
        const right = <usize>load<i32>(column, 4) << 2;
        const along = load<f32>(layer.columns_at + (<usize>j << 2));
        const w00 = (<f32>1 - down) * (<f32>1 - along);
        const w10 = down * (<f32>1 - along);
        const w01 = (<f32>1 - down) * along;
        const w11 = down * along;
        for (let c: usize = 0; c < bytes; c += 4) {
          const upper = load<f32>(top + left + c) * w00 + load<f32>(top + right + c) * w01;
          store<f32>(y + c, upper + load<f32>(bottom + left + c) * w10 + load<f32>(bottom + right + c) * w11);
        }
        y += bytes;
      }
    }
    x += <usize>layer.image << 2;
  }
}
