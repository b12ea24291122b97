import type { Quant, Shape, TensorData } from '../ir/graph.js';

/**
 * Constants as real numbers: scale * (stored - zero), rounded once to float32 as TFLite's DEQUANTIZE does.
 * @param shape of the data; with `quant.axis` each slice along it has its own scale
 */
export function dequantise(data: TensorData, shape: Shape, quant: Quant): Float32Array {
  const { scale, zero, axis } = quant;
  const inner = axis === undefined ? data.length : shape.slice(axis + 1).reduce((n, d) => n * d, 1);
  const slice = (i: number): number => Math.floor(i / inner) % scale.length;
  return Float32Array.from(data, (v, i) => scale[slice(i)]! * (v - zero[slice(i)]!));
}
