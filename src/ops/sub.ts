import { binaryOp, storedSum } from './binary.js';
import { subParams } from './quantised.js';

/** Exact as TFLite Micro's SubElementwise for s8. */
export const sub = binaryOp<'sub'>({
  real: (a, b) => a - b,
  stored: (a, b, y) => storedSum(subParams(a, b, y), -1),
});
