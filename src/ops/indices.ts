import type { OpKind, Tensor, TensorData } from '../ir/graph.js';
import { demandType } from './validate.js';

/** Indices are s32; constant ones must lie on the axis, computed ones are kept on it. */
export const demandIndices = (node: { readonly op: OpKind; readonly from: string }, t: Tensor): void =>
  demandType(node, 'the indices', t, ['s32']);

/** Index `i` on an axis of `size`: negative ones count from the end, what lies beyond is kept at the border. */
export function onAxis(i: number, size: number): number {
  const at = i < 0 ? i + size : i;
  return Math.min(size - 1, Math.max(0, at));
}

/** Offset of the slice that `count` coordinates from `from` on name in a tensor with these sizes and strides. */
export function sliceOffset(
  indices: TensorData,
  from: number,
  count: number,
  sizes: readonly number[],
  strides: readonly number[],
): number {
  let offset = 0;
  for (let c = 0; c < count; c++) offset += onAxis(indices[from + c]!, sizes[c]!) * strides[c]!;
  return offset;
}
