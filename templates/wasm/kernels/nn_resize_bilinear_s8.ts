@unmanaged
export class nn_resize_bilinear_s8_layer {
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

/** Another height and width; no overlap. TFLite's int8 RESIZE_BILINEAR. */
export function nn_resize_bilinear_s8(layer: nn_resize_bilinear_s8_layer, x: usize, y: usize): void {
  for (let n: i32 = 0; n < layer.batches; n++) {
    for (let i: i32 = 0; i < layer.height; i++) {
      const row = layer.rows + (<usize>i << 3);
      const top = x + <usize>load<i32>(row);
      const bottom = x + <usize>load<i32>(row, 4);
      const down = <i32>load<i16>(layer.rows_at + (<usize>i << 1));
      for (let j: i32 = 0; j < layer.width; j++) {
        const column = layer.columns + (<usize>j << 3);
        const left = <usize>load<i32>(column);
        const right = <usize>load<i32>(column, 4);
        const along = <i32>load<i16>(layer.columns_at + (<usize>j << 1));
        // Weights in units of 2^-20.
        const w00 = (1024 - down) * (1024 - along);
        const w10 = down * (1024 - along);
        const w01 = (1024 - down) * along;
        const w11 = down * along;
        for (let c: usize = 0; c < <usize>layer.channels; c++) {
          const upper = <i32>load<i8>(top + left + c) * w00 + <i32>load<i8>(top + right + c) * w01;
          const sum = upper + <i32>load<i8>(bottom + left + c) * w10 + <i32>load<i8>(bottom + right + c) * w11;
          store<i8>(y++, (sum + (sum > 0 ? 524288 : -524288)) / 1048576);
        }
      }
    }
    x += <usize>layer.image;
  }
}
