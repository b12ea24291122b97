import type { NodeOf, Tensor } from '../ir/graph.js';
import { clamp, type Multiplier, quantizeMultiplier, requantize, roundHalfAway } from '../support/fixed.js';
import { scaleOf, typeRange, zeroPoint } from './quantised.js';
import { type Unary, unaryOp } from './unary.js';
import { predicates, realFunctions, wholeFunctions } from './unary-functions.js';
import { demand, demandPerTensor, demandSameType, demandType } from './validate.js';

const f32 = Math.fround;

/**
 * A stored value through the real function: the input as float32, the result rounded to the output's steps, halves away
 * from zero. As TFLite fills its tables.
 */
function storedLaw(real: (x: number) => number, x: Tensor, y: Tensor): (value: number) => number {
  const [scaleX, zeroX] = [f32(scaleOf(x)), zeroPoint(x)];
  const [inverse, zeroY] = [f32(1 / f32(scaleOf(y))), zeroPoint(y)];
  const [least, most] = typeRange(y.type);
  return (value) => {
    const result = f32(real(f32(scaleX * (value - zeroX))));
    const steps = roundHalfAway(f32(result * inverse)) + zeroY;
    return Number.isNaN(steps) ? least : clamp(steps, least, most);
  };
}

/** A leaky activation of stored values: one multiplier for each side of zero. TFLite Micro works them out in float32. */
export function leakyParams(x: Tensor, y: Tensor, alpha: number): { positive: Multiplier; negative: Multiplier } {
  const [scaleX, scaleY] = [f32(scaleOf(x)), f32(scaleOf(y))];
  return {
    positive: quantizeMultiplier(f32(scaleX / scaleY)),
    negative: quantizeMultiplier(f32(f32(scaleX * f32(alpha)) / scaleY)),
  };
}

/** Exact as TFLite Micro's QuantizeLeakyRelu. */
function leakyLaw(x: Tensor, y: Tensor, alpha: number): (value: number) => number {
  const { positive, negative } = leakyParams(x, y, alpha);
  const [zeroX, zeroY, [least, most]] = [zeroPoint(x), zeroPoint(y), typeRange(y.type)];
  return (value) => {
    const m = value >= zeroX ? positive : negative;
    return clamp(requantize(value - zeroX, m.multiplier, m.shift) + zeroY, least, most);
  };
}

function checkTypes(node: NodeOf<'unary'>, x: Tensor, y: Tensor): void {
  const { fn } = node.attr;
  if (fn === 'not') demandType(node, 'the input', x, ['bool']);
  if (predicates.includes(fn)) {
    demandType(node, 'the input', x, ['f32']);
    demandType(node, 'the output', y, ['bool']);
    return;
  }
  demandSameType(node, [x, y]);
  if (x.type === 's32' || !x.quant)
    demand(
      node,
      x.type === 'f32' || fn === 'not' || wholeFunctions.includes(fn),
      'op-type',
      `${fn} of ${x.type} without parameters`,
    );
  if (!x.quant) return;
  demand(node, fn !== 'bitwise_not', 'op-type', 'bits of quantised values');
  demandPerTensor(node, 'the input', x);
  demandPerTensor(node, 'the output', y);
}

/** A function of one operand: f32 in double, stored values by way of float32, whole numbers wrapping as C's do. */
export const unaryLaw: Unary<'unary'> = {
  check(node, x, y) {
    demand(node, node.attr.fn in realFunctions, 'op-attribute', `unknown function ${node.attr.fn}`);
    checkTypes(node, x, y);
  },
  law({ attr: { fn, alpha, beta } }, x, y) {
    const real = realFunctions[fn];
    if (x.type === 'f32' || !x.quant) return (value) => real(value, alpha, beta);
    if (fn === 'leaky_relu' && alpha >= 0) return leakyLaw(x, y, alpha);
    return storedLaw((value) => real(value, alpha, beta), x, y);
  },
};

export const unary = unaryOp<'unary'>(unaryLaw);
