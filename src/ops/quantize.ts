import type { Tensor } from '../ir/graph.js';
import { clamp, requantize, roundHalfAway } from '../support/fixed.js';
import { quantizeParams, scaleOf, typeRange, zeroPoint } from './quantised.js';
import { type Unary, unaryOp } from './unary.js';
import { demandPerTensor, demandType } from './validate.js';

const f32 = Math.fround;

/** Real -> stored, in float32 as TFLite does. */
function fromReal(y: Tensor): (value: number) => number {
  const [scale, zero] = [f32(scaleOf(y)), zeroPoint(y)];
  const [least, most] = typeRange(y.type);
  return (value) => clamp(roundHalfAway(f32(value / scale)) + zero, least, most);
}

/** Stored -> stored with other parameters. */
function fromStored(x: Tensor, y: Tensor): (value: number) => number {
  const { multiplier, shift } = quantizeParams(x, y);
  const [zeroX, zeroY] = [zeroPoint(x), zeroPoint(y)];
  const [least, most] = typeRange(y.type);
  return (value) => clamp(requantize(value - zeroX, multiplier, shift) + zeroY, least, most);
}

/** Exact as TFLite Micro's AffineQuantize (f32 input; NaN is undefined) and Requantize. */
export const quantizeLaw: Unary<'quantize'> = {
  check(node, x, y) {
    demandType(node, 'the input', x, ['f32', 's8', 'u8', 's16', 's32']);
    demandType(node, 'the output', y, ['s8', 'u8', 's16', 's32']);
    demandPerTensor(node, 'the input', x);
    demandPerTensor(node, 'the output', y);
  },
  law: (_, x, y) => (x.type === 'f32' ? fromReal(y) : fromStored(x, y)),
};

export const quantize = unaryOp<'quantize'>(quantizeLaw);

/** Exact as TFLite Micro's Dequantize: the product is taken in double and rounded to float32. */
export const dequantize = unaryOp<'dequantize'>({
  check(node, x, y) {
    demandType(node, 'the input', x, ['s8', 'u8', 's16', 's32']);
    demandType(node, 'the output', y, ['f32']);
    demandPerTensor(node, 'the input', x);
  },
  law: (_, x) => {
    const [scale, zero] = [scaleOf(x), zeroPoint(x)];
    return (value) => scale * (value - zero);
  },
});
