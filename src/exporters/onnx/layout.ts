import { elements, type Shape } from '../../ir/graph.js';

/** How a tensor lies: as in the graph (images NHWC), or with channels before height and width, as ONNX has images. */
export type Layout = 'plain' | 'channels-first';

/** Axes of a channels-first image in terms of a plain one, and back. */
export const toChannelsFirst = [0, 3, 1, 2] as const;
export const toPlain = [0, 2, 3, 1] as const;

/** Where an axis of a plain tensor lies. */
export const axisIn = (layout: Layout, axis: number): number =>
  layout === 'plain' ? axis : toChannelsFirst.indexOf(axis as 0 | 1 | 2 | 3);

/** A list with an entry per axis of a plain tensor, in the order of the layout. */
export const orderIn = <T>(layout: Layout, list: readonly T[]): T[] =>
  layout === 'plain' ? [...list] : toChannelsFirst.map((axis) => list[axis]!);

/** Do the elements lie in the same order in both layouts: one channel, or one pixel? */
export const isSameOrder = ([, height, width, channels]: Shape): boolean => channels === 1 || height! * width! === 1;

/** The elements of a tensor after its axes were put in the order of `perm`. */
export function permuted(data: ArrayLike<number>, shape: Shape, perm: readonly number[]): Float32Array {
  const out = new Float32Array(data.length);
  const steps = shape.map((_, axis) => elements(shape.slice(axis + 1)));
  const sizes = perm.map((axis) => shape[axis]!);
  const strides = perm.map((axis) => steps[axis]!);
  const at = sizes.map(() => 0);
  for (let i = 0, from = 0; i < out.length; i++) {
    out[i] = data[from]!;
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++at[axis]! < sizes[axis]!) break;
      from -= strides[axis]! * sizes[axis]!;
      at[axis] = 0;
    }
  }
  return out;
}
