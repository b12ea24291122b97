/** Which operands of an op are trained. */
import type { Graph, Node, OpKind } from '../../ir/graph.js';
import { isAffine } from './batch.js';

export interface TrainedInput {
  readonly input: number;
  readonly kind: 'weights' | 'bias';
}

const layer: readonly TrainedInput[] = [
  { input: 1, kind: 'weights' },
  { input: 2, kind: 'bias' },
];
const cell: readonly TrainedInput[] = [
  { input: 1, kind: 'weights' },
  { input: 2, kind: 'weights' },
  { input: 3, kind: 'bias' },
];

/** Ops other than the affine ones whose weights are constants of the graph. */
const others: { readonly [K in OpKind]?: readonly TrainedInput[] } = { transpose_conv: layer, lstm: cell, gru: cell };

/** Operands of a node that are trained: constants all, a bias that is not there left out. */
export const trainedInputs = (graph: Graph, node: Node): readonly TrainedInput[] =>
  (isAffine(graph, node) ? layer : (others[node.op] ?? [])).filter(
    ({ input }) => node.in[input] !== undefined && graph.tensors[node.in[input]!]!.data !== undefined,
  );
