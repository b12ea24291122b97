import { elements } from '../../ir/graph.js';
import { productOf } from '../batch-matmul.js';
import { broadcastOffsets } from '../broadcast.js';
import type { BatchData } from './batch.js';
import { isConstant, type Slope, shapeOf } from './slope.js';

/** Steps of an operand from row to row and from column to column. */
const stepsOf = (rows: number, columns: number, isTurned: boolean): readonly [number, number] =>
  isTurned ? [1, rows] : [columns, 1];

/** Gradients of both operands of a product of matrices: g b' and a' g, summed over repeated batches. */
export function batchMatmul(s: Slope<'batch_matmul'>): (BatchData | undefined)[] {
  const tensors = s.node.in.map((id) => s.graph.tensors[id]!);
  const { batch, n, k, m } = productOf(s.node, tensors[0]!, tensors[1]!);
  const { transposeA, transposeB } = s.node.attr;
  const [rowA, stepA] = stepsOf(n, k, transposeA);
  const [stepB, columnB] = stepsOf(k, m, transposeB);
  const from = [0, 1].map((input) => matrices(shapeOf(s, input), batch));
  const sizes = [0, 1].map((input) => (isConstant(s, input) ? 0 : elements(shapeOf(s, input))));
  const slopes = [0, 1].map((input) => (isConstant(s, input) ? undefined : new Float32Array(s.inputs[input]!.length)));
  const [a, b] = s.inputs as [BatchData, BatchData];
  const [da, db] = slopes;
  for (let sample = 0; sample < s.count; sample++)
    for (let p = 0; p < from[0]!.length; p++) {
      const [atA, atB] = [0, 1].map((input) => sample * sizes[input]! + from[input]![p]!) as [number, number];
      const g = (sample * from[0]!.length + p) * n * m;
      for (let i = 0; i < n; i++)
        for (let j = 0; j < m; j++)
          for (let d = 0; d < k; d++) {
            const [x, w, slope] = [atA + i * rowA + d * stepA, atB + d * stepB + j * columnB, s.g[g + i * m + j]!];
            if (da) da[x]! += slope * b[w]!;
            if (db) db[w]! += slope * a[x]!;
          }
    }
  return slopes;
}

/** Where the matrix of every batch of the result begins in an operand. */
function matrices(shape: readonly number[], batch: readonly number[]): Int32Array {
  const outer = shape.slice(0, -2);
  const size = elements(shape.slice(-2));
  return batch.length ? broadcastOffsets(outer, batch).map((v) => v * size) : new Int32Array([0]);
}
