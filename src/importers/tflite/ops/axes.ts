import type { Operator } from '../operator.js';

/** Axes counted from the front; negative ones count from the back. @throws Problem `op-attribute` */
export function axes(op: Operator, values: ArrayLike<number>, rank: number): number[] {
  return Array.from(values, (axis) => {
    if (!Number.isInteger(axis) || axis < -rank || axis >= rank)
      throw op.problem('op-attribute', `axis ${axis} of a tensor with ${rank} dimensions`);
    return axis < 0 ? axis + rank : axis;
  });
}
