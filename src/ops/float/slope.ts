/** What a rule for a gradient is given, and what rules share. */
import { elements, type Graph, type NodeOf, type OpKind, type Shape } from '../../ir/graph.js';
import { broadcastOffsets } from '../broadcast.js';
import type { BatchData } from './batch.js';

/** A node that was run over a batch, and the gradient of what it gave. */
export interface Slope<K extends OpKind = OpKind> {
  readonly graph: Graph;
  readonly node: NodeOf<K>;
  /** per input [count, ...shape]; of a constant its own values, [...shape] */
  readonly inputs: readonly BatchData[];
  readonly y: BatchData;
  /** gradient of y before its activation */
  readonly g: BatchData;
  readonly count: number;
}

/** Gradients of the inputs, [count, ...shape]; undefined for constants. May be g itself. */
export type Rule<K extends OpKind> = (slope: Slope<K>) => (BatchData | undefined)[];

export const shapeOf = ({ graph, node }: Slope, input: number): Shape => graph.tensors[node.in[input]!]!.shape;
export const outShape = ({ graph, node }: Slope): Shape => graph.tensors[node.out[0]!]!.shape;
export const isConstant = ({ graph, node }: Slope, input: number): boolean =>
  graph.tensors[node.in[input]!]!.data !== undefined;

/** Adds terms of every sample to the places that `to` names; undefined for a constant. */
export function gathered(s: Slope, input: number, to: Int32Array, term: (at: number, sample: number) => number) {
  if (isConstant(s, input)) return undefined;
  const size = elements(shapeOf(s, input));
  const dx = new Float32Array(s.count * size);
  for (let k = 0; k < s.count; k++)
    for (let i = 0; i < to.length; i++) dx[k * size + to[i]!]! += term(k * to.length + i, k);
  return dx;
}

/** The derivative by one operand, given its value and that of the other. */
export type Derivative = (own: number, other: number) => number;

/** Both operands of a broadcasting op. */
export function operands(s: Slope, derivatives: readonly [Derivative, Derivative]): (BatchData | undefined)[] {
  const from = [0, 1].map((k) => broadcastOffsets(shapeOf(s, k), outShape(s)));
  const size = from[0]!.length;
  const value = (k: number) => {
    const [data, places] = [s.inputs[k]!, from[k]!];
    const each = isConstant(s, k) ? 0 : elements(shapeOf(s, k));
    return (at: number, sample: number) => data[sample * each + places[at % size]!]!;
  };
  const values = [value(0), value(1)];
  return [0, 1].map((k) => {
    const [own, other, step] = [values[k]!, values[1 - k]!, derivatives[k]!];
    return gathered(s, k, from[k]!, (at, sample) => s.g[at]! * step(own(at, sample), other(at, sample)));
  });
}
