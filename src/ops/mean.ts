import { elements, type NodeOf, newData, type Shape, type Tensor } from '../ir/graph.js';
import { clamp, requantize } from '../support/fixed.js';
import { keptShape, reductionTargets } from './broadcast.js';
import type { OpDef, Value } from './op.js';
import { meanParams, typeRange, zeroPoint } from './quantised.js';
import { reducedShape } from './reduce.js';
import { demandActivations } from './validate.js';

/** Sums over the axes, in the order of the output's elements. */
function sumOver(x: Value, axes: readonly number[]): Float64Array {
  const to = reductionTargets(x.shape, axes);
  const sums = new Float64Array(elements(keptShape(x.shape, axes)));
  for (let i = 0; i < to.length; i++) sums[to[i]!]! += x.data[i]!;
  return sums;
}

function storedMean(x: Tensor, y: Tensor, count: number): (sum: number) => number {
  if (y.type === 'f32') return (sum) => sum / count;
  const { multiplier, shift } = meanParams(x, y, count);
  const [least, most] = typeRange(y.type);
  const [zeroX, zeroY] = [zeroPoint(x) * count, zeroPoint(y)];
  return (sum) => clamp(requantize((sum - zeroX) | 0, multiplier, shift) + zeroY, least, most);
}

function inferMean(node: NodeOf<'mean'>, x: Tensor, y: Tensor): Shape {
  const shape = reducedShape(node, x.shape);
  demandActivations(node, [x], y);
  return shape;
}

/** Exact as TFLite Micro's QuantizedMeanOrSum for s8. */
export const mean: OpDef<'mean'> = {
  inputs: [1, 1],
  infer: (node, inputs, [y]) => [inferMean(node, inputs[0]!, y!)],
  run(node, inputs, [y]) {
    const x = inputs[0] as Value;
    const sums = sumOver(x, node.attr.axes);
    const rule = storedMean(x, y!, elements(x.shape) / sums.length);
    const out = newData(y!.type, sums.length);
    for (let i = 0; i < out.length; i++) out[i] = rule(sums[i]!);
    return [out];
  },
  macs: () => 0,
};
