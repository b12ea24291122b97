/** Operators whose output is known when the model is read. */
import { elements, newData } from '../../../ir/graph.js';
import type { Operator, OpRow, OpRows } from '../operator.js';

/** An operator whose output is known when the model is read. */
const constant = (inputs: readonly [number, number], values: (op: Operator) => ArrayLike<number>): OpRow => ({
  inputs,
  build(op) {
    const { type, shape, quant, name } = op.result;
    const data = newData(type, elements(shape));
    data.set(values(op) as number[]);
    op.fold({ name, type, shape, ...(quant && { quant }), data });
  },
});

const filled = (op: Operator, value: number): number[] => Array(elements(op.result.shape)).fill(value);

function fromTo(op: Operator): number[] {
  const [start, , step] = [0, 1, 2].map((i) => op.constant(i, 'the range')[0]!);
  return Array.from({ length: elements(op.result.shape) }, (_, i) => start! + i * step!);
}

/** The shape that two shapes combine to. */
function broadcastArgs(op: Operator): number[] {
  const [a, b] = [0, 1].map((i) => Array.from(op.constant(i, 'a shape')));
  const rank = Math.max(a!.length, b!.length);
  const at = (s: number[], i: number) => s[i - rank + s.length] ?? 1;
  return Array.from({ length: rank }, (_, i) => Math.max(at(a!, i), at(b!, i)));
}

export const constants: OpRows = {
  SHAPE: constant([1, 1], (op) => op.given(0).shape),
  RANK: constant([1, 1], (op) => [op.given(0).shape.length]),
  ZEROS_LIKE: constant([1, 1], (op) => filled(op, op.result.quant?.zero[0] ?? 0)),
  FILL: constant([2, 2], (op) => filled(op, op.constant(1, 'the value')[0]!)),
  RANGE: constant([3, 3], fromTo),
  BROADCAST_ARGS: constant([2, 2], broadcastArgs),
};
