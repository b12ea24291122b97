import { type BinaryFn, elements, type NodeOf, newData, type Shape, type Tensor } from '../ir/graph.js';
import { clamp, type Multiplier, quantizeMultiplier, requantize } from '../support/fixed.js';
import { isBitwise, isComparison, isLogical, type Law, realLaw, wholeLaw } from './binary-functions.js';
import { broadcastOffsets, broadcastShape } from './broadcast.js';
import type { OpDef, Value } from './op.js';
import { quantizeParams, sameQuantisation, scaleOf, typeRange, zeroPoint } from './quantised.js';
import { demand, demandPerTensor, demandSameType, demandType, unfit } from './validate.js';

/** Left shift of operands before they are brought to a common scale. */
const comparisonShift = 8;
const squareShift = 7;

/** Stored operands, less their zero points, to a common scale for a comparison: TFLite Micro's. */
export const comparisonParams = (a: Tensor, b: Tensor): readonly [Multiplier, Multiplier] => [
  quantizeMultiplier(scaleOf(a)),
  quantizeMultiplier(scaleOf(b)),
];

/** The operands' and the square's multipliers of squared_difference. */
export interface SquareParams {
  readonly a: Multiplier;
  readonly b: Multiplier;
  readonly y: Multiplier;
}

/** Parameters of squared_difference as TFLite Micro computes them. */
export function squareParams(a: Tensor, b: Tensor, y: Tensor): SquareParams {
  const twiceMax = 2 * Math.max(scaleOf(a), scaleOf(b));
  return {
    a: quantizeMultiplier(scaleOf(a) / twiceMax),
    b: quantizeMultiplier(scaleOf(b) / twiceMax),
    y: quantizeMultiplier((twiceMax * twiceMax) / (2 ** (squareShift * 2) * scaleOf(y))),
  };
}

/** What prelu multiplies by: values at or above zero, products below. */
export interface PreluParams {
  readonly positive: Multiplier;
  readonly negative: Multiplier;
}

/** Parameters of prelu: TFLite Micro's. */
export const preluParams = (x: Tensor, alpha: Tensor, y: Tensor): PreluParams => ({
  positive: quantizeParams(x, y),
  negative: quantizeMultiplier((scaleOf(x) * scaleOf(alpha)) / scaleOf(y)),
});

const scaled = (v: number, m: Multiplier): number => requantize(v, m.multiplier, m.shift);

function comparison(fn: BinaryFn, a: Tensor, b: Tensor): Law {
  const [ma, mb] = comparisonParams(a, b);
  const law = realLaw(fn);
  return (p, q) => law(scaled(p << comparisonShift, ma), scaled(q << comparisonShift, mb));
}

function squaredDifference(a: Tensor, b: Tensor, y: Tensor): Law {
  const m = squareParams(a, b, y);
  return (p, q) => {
    const difference = scaled(p << squareShift, m.a) - scaled(q << squareShift, m.b);
    return scaled(Math.imul(difference, difference), m.y);
  };
}

function prelu(a: Tensor, b: Tensor, y: Tensor): Law {
  const { positive, negative } = preluParams(a, b, y);
  return (p, q) => (p >= 0 ? scaled(p, positive) : scaled(Math.imul(p, q), negative));
}

const stored: Partial<Record<BinaryFn, (a: Tensor, b: Tensor, y: Tensor) => Law>> = {
  squared_difference: squaredDifference,
  prelu,
};

/** On stored values less their zero points, giving the result less its zero point. */
function storedLaw(fn: BinaryFn, a: Tensor, b: Tensor, y: Tensor): Law {
  if (isComparison(fn)) return comparison(fn, a, b);
  return stored[fn]?.(a, b, y) ?? realLaw(fn);
}

function checkStored(node: NodeOf<'binary'>, [a, b]: readonly [Tensor, Tensor], y: Tensor): void {
  const { fn } = node.attr;
  const known = isComparison(fn) || ['maximum', 'minimum', 'squared_difference', 'prelu'].includes(fn);
  demand(node, known, 'op-type', `${fn} of quantised values`, 'dequantise them first');
  for (const t of isComparison(fn) ? [a, b] : [a, b, y]) demandPerTensor(node, `"${t.name}"`, t);
  if (fn !== 'maximum' && fn !== 'minimum') return;
  const alike = sameQuantisation(a, y) && sameQuantisation(b, y);
  demand(node, alike, 'op-quant', 'operands and result differ in scale or zero point');
}

function checkTypes(node: NodeOf<'binary'>, operands: readonly [Tensor, Tensor], y: Tensor): void {
  const { fn } = node.attr;
  demandSameType(node, operands);
  const [a] = operands;
  if (isLogical(fn)) demandType(node, 'an operand', a, ['bool']);
  else if (fn !== 'equal' && fn !== 'not_equal' && !isBitwise(fn))
    demandType(node, 'an operand', a, ['f32', 's32', 's8', 'u8', 's16']);
  if (isBitwise(fn)) demandType(node, 'an operand', a, ['s32', 's8', 'u8', 's16', 'bool']);
  if (isComparison(fn)) demandType(node, 'the output', y, ['bool']);
  else demandSameType(node, [a, y]);
  if (a.quant) checkStored(node, operands, y);
}

function combine(a: Value, b: Value, y: Tensor, law: Law): ArrayLike<number> {
  const [fromA, fromB] = [broadcastOffsets(a.shape, y.shape), broadcastOffsets(b.shape, y.shape)];
  const out = newData(y.type, elements(y.shape));
  for (let i = 0; i < out.length; i++) out[i] = law(a.data[fromA[i]!]!, b.data[fromB[i]!]!);
  return out;
}

function lawOf(fn: BinaryFn, a: Tensor, b: Tensor, y: Tensor): Law {
  if (a.type === 'f32') return realLaw(fn);
  if (!a.quant) return wholeLaw(fn);
  const [law, zeroA, zeroB] = [storedLaw(fn, a, b, y), zeroPoint(a), zeroPoint(b)];
  if (isComparison(fn)) return (p, q) => law(p - zeroA, q - zeroB);
  const [zeroY, [least, most]] = [zeroPoint(y), typeRange(y.type)];
  return (p, q) => clamp(law(p - zeroA, q - zeroB) + zeroY, least, most);
}

/** A function of two operands; stored values as TFLite Micro does, f32 in double, whole numbers wrapping as C's do. */
export const binary: OpDef<'binary'> = {
  inputs: [2, 2],
  infer(node, inputs, [y]): Shape[] {
    const [a, b] = inputs as [Tensor, Tensor];
    checkTypes(node, [a, b], y!);
    const shape = broadcastShape(a.shape, b.shape);
    if (!shape) throw unfit(node, 'op-shape', `shapes [${a.shape}] and [${b.shape}] do not combine`);
    return [shape];
  },
  run(node, inputs, [y]) {
    const [a, b] = inputs as [Value, Value];
    return [combine(a, b, y!, lawOf(node.attr.fn, a, b, y!)) as Value['data']];
  },
  macs: () => 0,
};
