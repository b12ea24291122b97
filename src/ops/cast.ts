import type { Tensor } from '../ir/graph.js';
import { clamp } from '../support/fixed.js';
import { typeRange } from './quantised.js';
import type { Unary } from './unary.js';
import { unaryOp } from './unary.js';

/**
 * The same number in another type. f32 is cut off towards zero and kept in the type's range (NaN becomes 0), whole numbers
 * lose their upper bits, bool is whether there is anything.
 */
export const castLaw: Unary<'cast'> = {
  check: () => undefined,
  law(_, x: Tensor, y: Tensor) {
    if (y.type === 'bool') return (value) => (value === 0 ? 0 : 1);
    if (x.type !== 'f32' || y.type === 'f32') return (value) => value;
    const [least, most] = typeRange(y.type);
    return (value) => (Number.isNaN(value) ? 0 : clamp(Math.trunc(value), least, most));
  },
};

export const cast = unaryOp<'cast'>(castLaw);
