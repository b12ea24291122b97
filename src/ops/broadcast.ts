import { elements, type Shape } from '../ir/graph.js';

/**
 * The shape of a and b combined by numpy's rules: aligned at the last axis, sizes equal or 1.
 * @returns undefined when they do not combine
 */
export function broadcastShape(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const at = (shape: Shape, axis: number) => shape[axis - rank + shape.length] ?? 1;
  const sizes = Array.from({ length: rank }, (_, axis) => [at(a, axis), at(b, axis)] as const);
  if (!sizes.every(([p, q]) => p === q || p === 1 || q === 1)) return undefined;
  return sizes.map(([p, q]) => Math.max(p, q));
}

/** Elements between neighbours along each axis. */
export function stridesOf(shape: Shape): number[] {
  return shape.map((_, axis) => elements(shape.slice(axis + 1)));
}

/**
 * For every element of `shape` in raster order, the sum of index * stride over the axes: where the element is found (or
 * goes to) in a tensor that is laid out otherwise. Stride 0 repeats along an axis.
 */
export function offsets(shape: Shape, strides: readonly number[]): Int32Array {
  let all = new Int32Array(1);
  shape.forEach((size, axis) => {
    const next = new Int32Array(all.length * size);
    for (let i = 0; i < next.length; i++) next[i] = all[Math.floor(i / size)]! + (i % size) * strides[axis]!;
    all = next;
  });
  return all;
}

/** Offsets into a tensor of shape `from`, repeated along the axes where `to` is larger. */
export function broadcastOffsets(from: Shape, to: Shape): Int32Array {
  const strides = stridesOf(from);
  const skip = to.length - from.length;
  return offsets(
    to,
    to.map((_, axis) => (axis < skip || from[axis - skip] === 1 ? 0 : strides[axis - skip]!)),
  );
}

/** The shape with every reduced axis 1. */
export const keptShape = (shape: Shape, axes: readonly number[]): Shape =>
  shape.map((d, axis) => (axes.includes(axis) ? 1 : d));

/** For every element in raster order, the element of a reduction over `axes` that it belongs to. */
export function reductionTargets(shape: Shape, axes: readonly number[]): Int32Array {
  const strides = stridesOf(keptShape(shape, axes));
  return offsets(
    shape,
    strides.map((stride, axis) => (axes.includes(axis) ? 0 : stride)),
  );
}
