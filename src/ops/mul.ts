import { requantize } from '../support/fixed.js';
import { binaryOp } from './binary.js';
import { mulParams } from './quantised.js';

/** Exact as TFLite Micro's MulElementwise for s8. */
export const mul = binaryOp<'mul'>({
  real: (a, b) => a * b,
  whole: Math.imul,
  stored: (a, b, y) => {
    const { multiplier, shift } = mulParams(a, b, y);
    return (p, q) => requantize(p * q, multiplier, shift);
  },
});
