import type { TensorId } from '../../../ir/graph.js';
import { permuted } from '../../permute.js';
import type { NodeRow, NodeRows } from '../node.js';
import { fused } from './fused.js';

/** x [rows, K] times constant weights. */
const matMul: NodeRow = (node) => {
  const weights = node.shape(1);
  const x = node.shape(0);
  if (node.flag('transpose_a')) throw node.problem('op-attribute', 'turns its input, which is not supported');
  if (weights.length !== 2 || x.length !== 2) throw node.problem('op-shape', `[${x}] times [${weights}]`);
  const turned = node.flag('transpose_b');
  const [depth, units] = (turned ? [weights[1]!, weights[0]!] : weights) as [number, number];
  if (x[1] !== depth) throw node.problem('op-shape', `[${x}] times [${weights}]`);
  const data = node.constant(1, 'its second operand');
  const kernel = node.weights('kernel', [units, depth], turned ? data : permuted(data, weights, [1, 0]));
  const after = fused(node);
  const rest: TensorId[] = after.bias === undefined ? [] : [after.bias];
  return after.finish(node.node('fully_connected', { act: 'none' }, [node.input(0), kernel, ...rest], [x[0]!, units]));
};

/** Products of two computed tensors. */
const batchMatMul: NodeRow = (node) =>
  node.node('batch_matmul', { transposeA: node.flag('adj_x'), transposeB: node.flag('adj_y') }, [
    node.input(0),
    node.input(1),
  ]);

export const products: NodeRows = {
  MatMul: matMul,
  _FusedMatMul: matMul,
  BatchMatMul: batchMatMul,
  BatchMatMulV2: batchMatMul,
};
