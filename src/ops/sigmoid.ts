/** logistic and tanh: s8 as TFLite Micro's fixed-point versions, f32 in double. */
import type { Tensor } from '../ir/graph.js';
import { clamp, requantize, roundingDivideByPOT } from '../support/fixed.js';
import { logisticFixed, tanhFixed } from '../support/fixed-math.js';
import { logistic16, tanh16 } from './curve16.js';
import { sigmoidParams, zeroPoint } from './quantised.js';
import type { Unary } from './unary.js';
import { unaryOp } from './unary.js';
import { demandActivations, demandOutputQuant } from './validate.js';

interface Sigmoid {
  readonly real: (x: number) => number;
  /** Q4 -> Q0 */
  readonly fixed: (x: number, integerBits: number) => number;
  /** of 16-bit values */
  readonly wide: (x: Tensor) => (value: number) => number;
  /** the s8 output is round(Q0 / 2^drop) + zero, at scale 1 / 2^(31 - drop) */
  readonly drop: number;
  readonly zero: number;
}

function storedLaw({ fixed, drop, zero }: Sigmoid, x: Tensor): (value: number) => number {
  const { multiplier, shift, radius } = sigmoidParams(x);
  const zeroX = zeroPoint(x);
  return (value) => {
    const input = value - zeroX;
    if (input <= -radius) return -128;
    if (input >= radius) return 127;
    const q0 = fixed(requantize(input, multiplier, shift), 4);
    return clamp(roundingDivideByPOT(q0, drop) + zero, -128, 127);
  };
}

const sigmoid = <K extends 'logistic' | 'tanh'>(s: Sigmoid): Unary<K> => ({
  check(node, x, y) {
    demandActivations(node, [x], y, ['s8', 's16', 'f32']);
    if (y.type === 's16') demandOutputQuant(node, y, 2 ** -15, 0);
    else demandOutputQuant(node, y, 2 ** (s.drop - 31), s.zero);
  },
  law(_, x, y) {
    if (y.type === 'f32') return s.real;
    return y.type === 's16' ? s.wide(x) : storedLaw(s, x);
  },
});

export const logisticLaw = sigmoid<'logistic'>({
  real: (x) => 1 / (1 + Math.exp(-x)),
  fixed: logisticFixed,
  wide: logistic16,
  drop: 23,
  zero: -128,
});
export const tanhLaw = sigmoid<'tanh'>({ real: Math.tanh, fixed: tanhFixed, wide: tanh16, drop: 24, zero: 0 });

export const logistic = unaryOp<'logistic'>(logisticLaw);
export const tanh = unaryOp<'tanh'>(tanhLaw);
