@unmanaged
export class nn_lut_s8_layer {
  table: usize;
  count: i32;
}

/** Any elementwise function between 8-bit types, by table [256]; y may be x. */
export function nn_lut_s8(layer: nn_lut_s8_layer, x: usize, y: usize): void {
  for (let i: usize = 0; i < <usize>layer.count; i++) store<u8>(y + i, load<u8>(layer.table + <usize>load<u8>(x + i)));
}
