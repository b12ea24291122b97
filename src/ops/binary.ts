/** What add, sub and mul share: two operands with broadcasting, one fused activation. */
import { elements, type NodeOf, newData, type Tensor, type TensorData } from '../ir/graph.js';
import { clamp, requantize } from '../support/fixed.js';
import { broadcastOffsets, broadcastShape } from './broadcast.js';
import type { OpDef, Value } from './op.js';
import { type AddParams, activationRange, activationRangeF32, zeroPoint } from './quantised.js';
import { demand, demandActivation, demandNumbers, unfit } from './validate.js';

type BinaryKind = 'add' | 'sub' | 'mul';
type Law = (a: number, b: number) => number;

export interface Binary {
  /** the real operation */
  readonly real: Law;
  /** on s32, modulo 2^32, where `real` is not exact */
  readonly whole?: Law;
  /** on stored s8 values less their zero points, giving the output less its zero point */
  readonly stored: (a: Tensor, b: Tensor, y: Tensor) => Law;
}

/** add and sub on stored values: operands brought to a common scale, combined, scaled to the output. */
export function storedSum({ leftShift, a, b, y }: AddParams, sign: 1 | -1): Law {
  return (p, q) => {
    const left = requantize(p << leftShift, a.multiplier, a.shift);
    const right = requantize(q << leftShift, b.multiplier, b.shift);
    return requantize(left + sign * right, y.multiplier, y.shift);
  };
}

/** Runs `law` over the broadcast operands, less their zero points, and clamps. */
function combine(a: Value, b: Value, y: Tensor, law: Law, range: readonly [number, number]): TensorData {
  const [zeroA, zeroB, zeroY] = [zeroPoint(a), zeroPoint(b), zeroPoint(y)];
  const [least, most] = range;
  const [fromA, fromB] = [broadcastOffsets(a.shape, y.shape), broadcastOffsets(b.shape, y.shape)];
  const out = newData(y.type, elements(y.shape));
  for (let i = 0; i < out.length; i++)
    out[i] = clamp(law(a.data[fromA[i]!]! - zeroA, b.data[fromB[i]!]! - zeroB) + zeroY, least, most);
  return out;
}

/** Whole numbers without parameters; typed arrays drop the upper bits. */
function wrapped(a: Value, b: Value, y: Tensor, law: Law): TensorData {
  const [fromA, fromB] = [broadcastOffsets(a.shape, y.shape), broadcastOffsets(b.shape, y.shape)];
  return newData(y.type, elements(y.shape)).map((_, i) => law(a.data[fromA[i]!]!, b.data[fromB[i]!]!));
}

function inferBinary(node: NodeOf<BinaryKind>, inputs: readonly Tensor[], y: Tensor) {
  const [a, b] = inputs as [Tensor, Tensor];
  demandActivation(node, node.attr.act);
  demandNumbers(node, inputs, y);
  demand(node, y.type !== 's32' || node.attr.act === 'none', 'op-type', `${node.attr.act} of s32`);
  const shape = broadcastShape(a.shape, b.shape);
  if (!shape) throw unfit(node, 'op-shape', `shapes [${a.shape}] and [${b.shape}] do not combine`);
  return shape;
}

/** The definition of a binary op from its law. */
export const binaryOp = <K extends BinaryKind>({ real, whole = real, stored }: Binary): OpDef<K> => ({
  inputs: [2, 2],
  infer: (node, inputs, outputs) => [inferBinary(node, inputs, outputs[0]!)],
  run(node, inputs, outputs) {
    const [a, b] = inputs as [Value, Value];
    const y = outputs[0]!;
    const act = node.attr.act;
    if (y.type === 's32') return [wrapped(a, b, y, whole)];
    return y.type === 'f32'
      ? [combine(a, b, y, real, activationRangeF32(act))]
      : [combine(a, b, y, stored(a, b, y), activationRange(act, y))];
  },
  macs: () => 0,
});
