/** Orders of axes: `perm[i]` is the axis of the source that axis i of the result is, as in `transpose`. */
import { elements, newData, type Shape, type TensorData } from '../../ir/graph.js';
import { offsets, stridesOf } from '../../ops/broadcast.js';

export type Perm = readonly number[];

export const identity = (rank: number): number[] => Array.from({ length: rank }, (_, i) => i);
export const isIdentity = (perm: Perm): boolean => perm.every((axis, i) => axis === i);
export const samePerm = (a: Perm, b: Perm): boolean => a.length === b.length && a.every((axis, i) => axis === b[i]);

export const permuted = <T>(list: readonly T[], perm: Perm): T[] => perm.map((axis) => list[axis]!);

/** `list` has a value per axis of the result: the same per axis of the source. */
export function unpermuted<T>(list: readonly T[], perm: Perm): T[] {
  const out = [...list];
  perm.forEach((axis, i) => {
    out[axis] = list[i]!;
  });
  return out;
}

/** Do the elements of a tensor of that shape keep their order? Axes of size 1 may go anywhere. */
export function keepsOrder(shape: Shape, perm: Perm): boolean {
  const real = perm.filter((axis) => shape[axis]! > 1);
  return real.every((axis, i) => i === 0 || axis > real[i - 1]!);
}

/** Values of a constant in another order of axes. */
export function permutedData(
  data: TensorData,
  shape: Shape,
  perm: Perm,
  type: Parameters<typeof newData>[0],
): TensorData {
  const from = offsets(permuted(shape, perm), permuted(stridesOf(shape), perm));
  const out = newData(type, elements(shape));
  for (let i = 0; i < out.length; i++) out[i] = data[from[i]!]!;
  return out;
}
