import { elements, type NodeOf, type Shape, type Tensor } from '../ir/graph.js';
import { quantizeMultiplier } from '../support/fixed.js';
import { broadcastOffsets, broadcastShape } from './broadcast.js';
import type { OpDef, Value } from './op.js';
import { type ChannelMultipliers, scaleOf } from './quantised.js';
import { demand, demandActivations, unfit } from './validate.js';
import { centred, store } from './weighted.js';

/** Sizes of the product [n, k] x [k, m] in each batch. */
export interface Product {
  readonly batch: Shape;
  readonly n: number;
  readonly k: number;
  readonly m: number;
}

const lastTwo = (shape: Shape, turned: boolean): readonly [number, number] => {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return turned ? [columns, rows] : [rows, columns];
};

/** Sizes of a node's product. @throws Problem when the operands do not fit together */
export function productOf(node: NodeOf<'batch_matmul'>, a: Tensor, b: Tensor): Product {
  const isMatrix = a.shape.length >= 2 && b.shape.length >= 2;
  demand(node, isMatrix, 'op-shape', `[${a.shape}] and [${b.shape}] should have 2 dimensions or more`);
  const [n, k] = lastTwo(a.shape, node.attr.transposeA);
  const [depth, m] = lastTwo(b.shape, node.attr.transposeB);
  const batch = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  if (!batch || k !== depth) throw unfit(node, 'op-shape', `[${a.shape}] and [${b.shape}] do not multiply`);
  return { batch, n, k, m };
}

/** Sum -> stored output, less its zero point. */
export const productMultiplier = (a: Tensor, b: Tensor, y: Tensor) =>
  quantizeMultiplier((scaleOf(a) * scaleOf(b)) / scaleOf(y));

/** Sums of products of one batch, [n][m]. */
function multiply(
  { n, k, m }: Product,
  a: Float64Array,
  b: Float64Array,
  [fromA, fromB]: readonly [number, number],
  { transposeA, transposeB }: NodeOf<'batch_matmul'>['attr'],
  sums: Float64Array,
): void {
  const [rowA, stepA] = transposeA ? [1, n] : [k, 1];
  const [columnB, stepB] = transposeB ? [k, 1] : [1, m];
  for (let i = 0; i < n; i++)
    for (let j = 0; j < m; j++) {
      let sum = 0;
      for (let d = 0; d < k; d++) sum += a[fromA + i * rowA + d * stepA]! * b[fromB + j * columnB + d * stepB]!;
      sums[i * m + j] = sum;
    }
}

/** Products of matrices. Exact as TFLite Micro's BatchMatMul for s8; f32 accumulates in double. */
export const batchMatmul: OpDef<'batch_matmul'> = {
  inputs: [2, 2],
  infer(node, inputs, [y]) {
    const [a, b] = inputs as [Tensor, Tensor];
    demandActivations(node, inputs, y!);
    const { batch, n, m } = productOf(node, a, b);
    return [[...batch, n, m]];
  },
  run(node, inputs, [y]) {
    const [a, b] = inputs as [Value, Value];
    const product = productOf(node, a, b);
    const { batch, n, k, m } = product;
    const [dataA, dataB] = [centred(a), centred(b)];
    const sums = new Float64Array(elements(batch) * n * m);
    const fromA = broadcastOffsets(a.shape.slice(0, -2), batch);
    const fromB = broadcastOffsets(b.shape.slice(0, -2), batch);
    for (let i = 0; i < fromA.length; i++) {
      const at = [fromA[i]! * n * k, fromB[i]! * k * m] as const;
      multiply(product, dataA, dataB, at, node.attr, sums.subarray(i * n * m, (i + 1) * n * m));
    }
    const { multiplier, shift } = productMultiplier(a, b, y!);
    const all: ChannelMultipliers = { multiplier: Int32Array.of(multiplier), shift: Int32Array.of(shift) };
    return [store(sums, y!, 'none', () => all)];
  },
  macs: (node, [a, b]) => {
    const { batch, n, k, m } = productOf(node, a!, b!);
    return elements(batch) * n * k * m;
  },
};
