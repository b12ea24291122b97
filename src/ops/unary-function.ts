import type { NodeOf, Tensor } from '../ir/graph.js';
import { clamp, type Multiplier, quantizeMultiplier, requantize, roundHalfAway } from '../support/fixed.js';
import { functionTable, tabled16 } from './curve16.js';
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

type Slopes = ReturnType<typeof leakyParams>;

/** Two straight lines through zero: factors of stored values above and below it; undefined for other functions. */
export function slopesOf({ attr: { fn, alpha } }: NodeOf<'unary'>, x: Tensor, y: Tensor): Slopes | undefined {
  if (fn === 'leaky_relu' && alpha >= 0) return leakyParams(x, y, alpha);
  if (x.type !== 's16' || (fn !== 'abs' && fn !== 'neg')) return undefined;
  const { positive } = leakyParams(x, y, 1);
  const turned = { ...positive, multiplier: -positive.multiplier };
  return { positive: fn === 'abs' ? positive : turned, negative: turned };
}

/** Is it read off a table of 513 entries, as other functions of 16-bit values are? */
export const isTabled16 = (node: NodeOf<'unary'>, x: Tensor, y: Tensor): boolean =>
  x.type === 's16' && y.type === 's16' && !!x.quant && !!y.quant && slopesOf(node, x, y) === undefined;

/** That table. */
export const table16 = ({ attr: { fn, alpha, beta } }: NodeOf<'unary'>, x: Tensor, y: Tensor): Int16Array =>
  functionTable(x, y, (value) => realFunctions[fn](value, alpha, beta));

/** Exact as TFLite Micro's QuantizeLeakyRelu. */
function slopedLaw(x: Tensor, y: Tensor, { positive, negative }: Slopes): (value: number) => number {
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
  law(node, x, y) {
    const { fn, alpha, beta } = node.attr;
    const real = realFunctions[fn];
    if (x.type === 'f32' || !x.quant) return (value) => real(value, alpha, beta);
    const slopes = slopesOf(node, x, y);
    if (slopes) return slopedLaw(x, y, slopes);
    if (isTabled16(node, x, y)) return tabled16(table16(node, x, y));
    return storedLaw((value) => real(value, alpha, beta), x, y);
  },
};

export const unary = unaryOp<'unary'>(unaryLaw);
