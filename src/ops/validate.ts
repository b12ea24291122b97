import type { Activation, DType, Node, OpKind, Pair, Shape, Tensor } from '../ir/graph.js';
import { Problem } from '../support/problem.js';

/** What every check needs of a node: its op for the message, its place in the user's file. */
type Place = Pick<Node, 'from'> & { readonly op: OpKind };

/** A Problem at a node. Codes: op-type, op-shape, op-quant, op-attribute. */
export const unfit = (node: Place, code: string, message: string, hint?: string): Problem =>
  new Problem(code, `${node.op}: ${message}`, node.from, hint);

/** Throws unless `holds`. */
export function demand(node: Place, holds: boolean, code: string, message: string, hint?: string): asserts holds {
  if (!holds) throw unfit(node, code, message, hint);
}

/** The tensor's type is one of `types`. */
export function demandType(node: Place, what: string, t: Tensor, types: readonly DType[]): void {
  if (!types.includes(t.type)) throw unfit(node, 'op-type', `${what} is ${t.type}; supported: ${types.join(', ')}`);
}

/** All tensors have the type of the first. */
export function demandSameType(node: Place, tensors: readonly Tensor[]): void {
  const types = new Set(tensors.map((t) => t.type));
  if (types.size > 1) throw unfit(node, 'op-type', `its tensors have different types: ${[...types].join(', ')}`);
}

/** The tensor has `rank` dimensions. */
export function demandRank(node: Place, what: string, t: Tensor, rank: number): void {
  if (t.shape.length !== rank)
    throw unfit(node, 'op-shape', `${what} [${t.shape}] should have ${rank} dimensions, not ${t.shape.length}`);
}

/** Integer activations carry one scale and zero point for the whole tensor. */
export function demandPerTensor(node: Place, what: string, t: Tensor): void {
  if (t.type === 'f32') return;
  if (t.quant?.scale.length !== 1)
    throw unfit(
      node,
      'op-quant',
      `${what} is ${t.type} with ${t.quant?.scale.length ?? 'no'} scales instead of one`,
      'quantise activations per tensor',
    );
}

/** x and y are all of one type, s8 (with one scale each) or f32 unless told: what arithmetic ops take. */
export function demandActivations(
  node: Place,
  inputs: readonly Tensor[],
  y: Tensor,
  types: readonly DType[] = ['s8', 'f32'],
): void {
  const all = [...inputs, y];
  demandSameType(node, all);
  inputs.forEach((t, i) => {
    demandType(node, `input ${i}`, t, types);
    demandPerTensor(node, `input ${i}`, t);
  });
  demandPerTensor(node, 'the output', y);
}

/** All tensors are f32, s8, s16 (with one scale each) or s32 (plain whole numbers): what sums and products take. */
export function demandNumbers(node: Place, inputs: readonly Tensor[], y: Tensor): void {
  demandSameType(node, [...inputs, y]);
  for (const t of [...inputs, y]) {
    demandType(node, `"${t.name}"`, t, ['f32', 's8', 's16', 's32']);
    if (t.type !== 's32') demandPerTensor(node, `"${t.name}"`, t);
  }
}

/** The fixed output parameters that TFLite prescribes for softmax, logistic and tanh. */
export function demandOutputQuant(node: Place, y: Tensor, scale: number, zero: number): void {
  if (y.type === 'f32') return;
  if (y.quant?.scale[0] !== scale || y.quant.zero[0] !== zero)
    throw unfit(
      node,
      'op-quant',
      `the output has scale ${y.quant?.scale[0]} and zero point ${y.quant?.zero[0]}; TFLite prescribes ${scale} and ${zero}`,
    );
}

/** Both members are whole numbers >= 1. */
export function demandPair(node: Place, what: string, pair: Pair): void {
  if (pair.length !== 2 || !pair.every((v) => Number.isInteger(v) && v >= 1))
    throw unfit(node, 'op-attribute', `${what} [${pair}] should be two whole numbers >= 1`);
}

/** `axis` names a dimension of `shape`. */
export function demandAxis(node: Place, axis: number, shape: Shape): void {
  if (!Number.isInteger(axis) || axis < 0 || axis >= shape.length)
    throw unfit(node, 'op-attribute', `axis ${axis} is outside a tensor with ${shape.length} dimensions`);
}

const activations: readonly Activation[] = ['none', 'relu', 'relu6', 'relu_n1_to_1'];

/** The fused activation is a known one. */
export function demandActivation(node: Place, act: Activation): void {
  if (!activations.includes(act)) throw unfit(node, 'op-attribute', `unknown activation "${act}"`);
}
