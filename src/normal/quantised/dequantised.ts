import type { Tensor } from '../../ir/graph.js';

/** Real values of a stored constant, each rounded once to float32. */
export function dequantised({ data, shape, quant }: Tensor): Float32Array {
  const { scale, zero, axis } = quant!;
  const inner = axis === undefined ? data!.length : shape.slice(axis + 1).reduce((n, d) => n * d, 1);
  return Float32Array.from(data!, (v, i) => {
    const slice = Math.floor(i / inner) % scale.length;
    return scale[slice]! * (v - zero[slice]!);
  });
}
