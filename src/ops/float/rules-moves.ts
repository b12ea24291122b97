/** Gradients of ops that only move values: each element of the result is one of an operand, or a constant. */
import { elements, type Node } from '../../ir/graph.js';
import { opDef } from '../index.js';
import { outputsOf, type Value } from '../op.js';
import type { BatchData } from './batch.js';
import { isConstant, outShape, type Slope, shapeOf } from './slope.js';

/** A place that is nowhere. */
const none = -1;

/**
 * Where every element of the result comes from in one operand, found by moving places instead of values: the reference is
 * run with the numbers 0, 1, ... in that operand and -1 in the other moved ones.
 * @param sample operands that are not moved (indices, conditions) have its values
 */
function sources(s: Slope, moved: readonly number[], input: number, sample: number): ArrayLike<number> {
  const { graph, node } = s;
  const values = node.in.map((id, k): Value => {
    const t = graph.tensors[id]!;
    const size = elements(t.shape);
    const data = isConstant(s, k) ? s.inputs[k]! : s.inputs[k]!.subarray(sample * size, (sample + 1) * size);
    if (!moved.includes(k)) return { ...t, data };
    return { ...t, type: 's32', data: new Int32Array(size).map((_, i) => (k === input ? i : none)) };
  });
  const outputs = outputsOf(graph, node as Node).map((y) => ({ ...y, type: 's32' as const }));
  return opDef(node as Node).run(node, values, outputs)[0]!;
}

/** Do the places hang on values of the sample? */
const isFixed = (s: Slope, moved: readonly number[]): boolean =>
  s.node.in.every((_, k) => moved.includes(k) || isConstant(s, k));

/** @param moved operands that are moved; the others say how */
function moves(moved: readonly number[]) {
  return (s: Slope): (BatchData | undefined)[] => {
    const fixed = isFixed(s, moved);
    const size = elements(outShape(s));
    return s.node.in.map((_, input): BatchData | undefined => {
      if (!moved.includes(input) || isConstant(s, input)) return undefined;
      const each = elements(shapeOf(s, input));
      const dx = new Float32Array(s.count * each);
      let from = sources(s, moved, input, 0);
      for (let k = 0; k < s.count; k++) {
        if (k && !fixed) from = sources(s, moved, input, k);
        for (let i = 0; i < size; i++) if (from[i]! >= 0) dx[k * each + from[i]!]! += s.g[k * size + i]!;
      }
      return dx;
    });
  };
}

/** The places of the chosen values, by the op that tells them. */
function topK(s: Slope<'top_k'>): BatchData[] {
  const { axis, result } = s.node.attr;
  const dx = new Float32Array(s.inputs[0]!.length);
  if (result === 'indices') return [dx];
  const shape = shapeOf(s, 0);
  const [inner, length] = [elements(shape.slice(axis + 1)), shape[axis]!];
  const each = elements(shape);
  const kept = outShape(s)[axis]!;
  const size = elements(outShape(s));
  for (let k = 0; k < s.count; k++) {
    const x: Value = { ...s.graph.tensors[s.node.in[0]!]!, data: s.inputs[0]!.subarray(k * each, (k + 1) * each) };
    const node = { ...s.node, attr: { ...s.node.attr, result: 'indices' as const } };
    const [places] = opDef(node).run(node, [x], [{ ...s.graph.tensors[s.node.out[0]!]!, type: 's32' }]);
    for (let i = 0; i < size; i++) {
      const outer = Math.floor(i / (kept * inner));
      dx[k * each + (outer * length + places![i]!) * inner + (i % inner)]! += s.g[k * size + i]!;
    }
  }
  return [dx];
}

const first = moves([0]);

export const moveRules = {
  gather: first,
  gather_elements: first,
  gather_nd: first,
  strided_slice: first,
  tile: first,
  broadcast_to: first,
  resize_nearest: first,
  select: moves([1, 2]),
  /** where nothing is combined */
  scatter_elements: moves([0, 2]),
  scatter_nd: moves([0, 2]),
  top_k: topK,
} as const;
