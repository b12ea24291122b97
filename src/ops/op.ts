import type { Graph, Node, NodeOf, OpKind, Shape, Tensor, TensorData } from '../ir/graph.js';

/** A tensor whose data are at hand: what the reference computes on. */
export type Value = Tensor & { readonly data: TensorData };

/** All the compiler knows of an op, in one record. A new op is one file with such a record and a line in ops/index.ts. */
export interface OpDef<K extends OpKind> {
  /** fewest and most inputs */
  readonly inputs: readonly [number, number];
  /** fewest and most outputs, where it is not one */
  readonly outputs?: readonly [number, number];
  /**
   * Output shapes from the input tensors. May read constant inputs.
   * @throws Problem when shapes, types or attributes do not fit the op
   */
  infer(node: NodeOf<K>, inputs: readonly Tensor[], outputs: readonly Tensor[]): readonly Shape[];
  /**
   * Reference semantics, the definition of right: every kernel equals these bytes.
   * `outputs` give shape, type and quantisation of the results.
   */
  run(node: NodeOf<K>, inputs: readonly Value[], outputs: readonly Tensor[]): readonly TensorData[];
  /** multiply-accumulates of one inference, padding taps counted as TFLite tools do (out pixels x window) */
  macs(node: NodeOf<K>, inputs: readonly Tensor[], outputs: readonly Tensor[]): number;
}

export type OpTable = { readonly [K in OpKind]: OpDef<K> };

/** The tensors a node reads and writes. */
export const inputsOf = (graph: Graph, node: Node): Tensor[] => node.in.map((id) => graph.tensors[id]!);
export const outputsOf = (graph: Graph, node: Node): Tensor[] => node.out.map((id) => graph.tensors[id]!);
