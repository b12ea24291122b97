import { clamp, requantize } from '../support/fixed.js';
import { activationRange, activationRangeF32, reluParams, zeroPoint } from './quantised.js';
import { type Unary, unaryOp } from './unary.js';
import { demandActivation, demandActivations } from './validate.js';

/**
 * A stand-alone activation, requantising where input and output differ in their parameters. Exact as TFLite Micro's
 * ReluQuantized for s8; its Relu6Quantized ignores the output's parameters, here they count (the same where they agree).
 */
export const reluLaw: Unary<'relu'> = {
  check(node, x, y) {
    demandActivation(node, node.attr.act);
    demandActivations(node, [x], y, ['s8', 's16', 'f32']);
  },
  law({ attr: { act } }, x, y) {
    if (y.type === 'f32') {
      const [least, most] = activationRangeF32(act);
      return (value) => clamp(value, least, most);
    }
    const { multiplier, shift } = reluParams(x, y);
    const [zeroX, zeroY] = [zeroPoint(x), zeroPoint(y)];
    const [least, most] = activationRange(act, y);
    return (value) => clamp(requantize(value - zeroX, multiplier, shift) + zeroY, least, most);
  },
};

export const relu = unaryOp<'relu'>(reluLaw);
