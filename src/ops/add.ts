import { binaryOp, storedSum } from './binary.js';
import { addParams } from './quantised.js';

/** Exact as TFLite Micro's AddElementwise for s8. */
export const add = binaryOp<'add'>({
  real: (a, b) => a + b,
  stored: (a, b, y) => storedSum(addParams(a, b, y), 1),
});
