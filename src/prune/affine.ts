import type { Graph, Node } from '../ir/graph.js';
import { depthwiseAffine, matrixAffine } from '../ops/float/affine.js';
import type { BatchData } from '../ops/float/batch.js';
import type { MatrixNode } from '../ops/float/patches.js';
import type { Linear } from '../support/linear.js';
import type { Layer } from './layers.js';

/** A node with weights. */
export type Weighted = Extract<Node, { op: Layer['op'] }>;

/** Pre-activations of a weighted node, with its own weights (in its own layout) and bias or others. */
export const affine = (
  linear: Linear,
  graph: Graph,
  node: Weighted,
  x: BatchData,
  count: number,
  weights?: Float32Array,
  bias?: ArrayLike<number>,
): BatchData =>
  node.op === 'depthwise_conv2d'
    ? depthwiseAffine(linear, graph, node, x, count, weights, bias)
    : matrixAffine(linear, graph, node as MatrixNode, x, count, weights, bias);

/** Bias rows that depend on the border, if the node has any. */
export const borderOf = (node: Weighted) => (node.op === 'fully_connected' ? undefined : node.attr.border);
