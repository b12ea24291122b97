import type { Quant, Shape, TensorData } from '../ir/graph.js';

/**
 * Constants as real numbers: scale * (stored - zero), rounded once to float32 as TFLite's DEQUANTIZE does.
 * @param shape of the data; with `quant.axis` each slice along it has its own scale
 */
export function dequantise(data: TensorData, shape: Shape, quant: Quant): Float32Array {
  const { scale, zero, axis } = quant;
  const inner = axis === undefined ? data.length : shape.slice(axis + 1).reduce((n, d) => n * d, 1);
  const out = new Float32Array(data.length);
  for (let start = 0, slice = 0; start < data.length; start += inner, slice = (slice + 1) % scale.length) {
    const s = scale[slice]!;
    const z = zero[slice]!;
    for (let i = start; i < start + inner; i++) out[i] = s * (data[i]! - z);
  }
  return out;
}
