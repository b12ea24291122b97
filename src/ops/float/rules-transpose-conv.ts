import type { BatchData } from './batch.js';
import { outShape, type Slope, shapeOf } from './slope.js';

/** Gradients of input, weights and bias of a transposed convolution, tap by tap. */
export function transposeConv(s: Slope<'transpose_conv'>): BatchData[] {
  const { stride, dilation, pad, groups } = s.node.attr;
  const [, height, width, depth] = shapeOf(s, 0) as [number, number, number, number];
  const [count, kernelHeight, kernelWidth, perGroup] = shapeOf(s, 1) as [number, number, number, number];
  const [, outHeight, outWidth] = outShape(s) as [number, number, number, number];
  const [x, w] = s.inputs as [BatchData, BatchData];
  const [dx, dw, bias] = [new Float32Array(x.length), new Float64Array(w.length), new Float64Array(count)];
  const outputs = count / groups;
  const taps = kernelHeight * kernelWidth;
  const visit = (pixel: number, to: number, tap: number) => {
    for (let o = 0; o < count; o++) {
      const from = pixel * depth + Math.floor(o / outputs) * perGroup;
      const at = (o * taps + tap) * perGroup;
      const g = s.g[to + o]!;
      for (let c = 0; c < perGroup; c++) {
        dx[from + c]! += g * w[at + c]!;
        dw[at + c]! += g * x[from + c]!;
      }
    }
  };
  for (let pixel = 0; pixel * depth < x.length; pixel++) {
    const line = Math.floor(pixel / width);
    const image = Math.floor(line / height);
    for (let tap = 0; tap < taps; tap++) {
      const row = (line % height) * stride[0] - pad[0] + Math.floor(tap / kernelWidth) * dilation[0];
      const column = (pixel % width) * stride[1] - pad[2] + (tap % kernelWidth) * dilation[1];
      if (row < 0 || row >= outHeight || column < 0 || column >= outWidth) continue;
      visit(pixel, ((image * outHeight + row) * outWidth + column) * count, tap);
    }
  }
  s.g.forEach((v, i) => {
    bias[i % count]! += v;
  });
  return [dx, Float32Array.from(dw), Float32Array.from(bias)];
}
