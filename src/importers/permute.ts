import { elements, type Shape, type TensorData } from '../ir/graph.js';

/** Axes of `data` put into another order: axis i of the result is axis perm[i] of `shape`. */
export function permuted<T extends TensorData>(data: T, shape: Shape, perm: readonly number[]): T {
  const strides = shape.map((_, i) => elements(shape.slice(i + 1)));
  const out = data.slice() as T;
  const sizes = perm.map((axis) => shape[axis]!);
  const steps = perm.map((axis) => strides[axis]!);
  const at = new Array<number>(perm.length).fill(0);
  for (let i = 0, from = 0; i < out.length; i++) {
    out[i] = data[from]!;
    for (let axis = perm.length - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      if (++at[axis]! < sizes[axis]!) break;
      from -= steps[axis]! * sizes[axis]!;
      at[axis] = 0;
    }
  }
  return out;
}
