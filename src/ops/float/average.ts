import type { NodeOf, Shape } from '../../ir/graph.js';
import { windowOver } from '../window.js';

type Pool = NodeOf<'average_pool2d'>['attr'];

/** Calls `visit` with the place of each output pixel, and the first and last pixel of each row that its window sees. */
function eachRow(
  { filter, ...attr }: Pool,
  shape: Shape,
  visit: (out: number, from: number, to: number, share: number) => void,
): void {
  const w = windowOver(shape, filter, attr);
  const [top, left] = [w.pad[0], w.pad[2]];
  for (let p = 0; p < w.batch * w.outHeight * w.outWidth; p++) {
    const [image, row] = [Math.floor(p / (w.outHeight * w.outWidth)), Math.floor(p / w.outWidth) % w.outHeight];
    const [y, x] = [row * w.stride[0] - top, (p % w.outWidth) * w.stride[1] - left];
    const [y0, y1] = [Math.max(0, y), Math.min(w.inHeight, y + filter[0])];
    const [x0, x1] = [Math.max(0, x), Math.min(w.inWidth, x + filter[1])];
    const share = 1 / ((y1 - y0) * (x1 - x0));
    for (let i = y0; i < y1; i++) {
      const line = (image * w.inHeight + i) * w.inWidth;
      visit(p, line + x0, line + x1, share);
    }
  }
}

/** Average pool of x [count * N, H, W, C]; `shape` is that of x. */
export function averagePool(x: Float32Array, attr: Pool, shape: Shape, length: number): Float32Array {
  const channels = shape[3]!;
  const y = new Float32Array(length);
  eachRow(attr, shape, (out, from, to, share) => {
    for (let p = from * channels; p < to * channels; p += channels)
      for (let c = 0; c < channels; c++) y[out * channels + c]! += x[p + c]! * share;
  });
  return y;
}

/** Gradient of x from that of the output. */
export function averagePoolGradient(g: Float32Array, attr: Pool, shape: Shape, length: number): Float32Array {
  const channels = shape[3]!;
  const dx = new Float32Array(length);
  eachRow(attr, shape, (out, from, to, share) => {
    for (let p = from * channels; p < to * channels; p += channels)
      for (let c = 0; c < channels; c++) dx[p + c]! += g[out * channels + c]! * share;
  });
  return dx;
}
