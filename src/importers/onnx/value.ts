import { newData, type Tensor, type TensorData } from '../../ir/graph.js';
import { Problem } from '../../support/problem.js';
import type { ElementType } from './types.js';

/** A value of the model: what the graph will hold, and what the file says beyond that. */
export interface Value {
  /** renamed when it turns out to be an output */
  tensor: Tensor;
  /** element type in the file */
  readonly of: ElementType;
  /** a constant as in the file, 64-bit integers exact up to 2^53 */
  readonly exact?: ArrayLike<number>;
  /** a real constant that is stored quantised: those values, with scales */
  readonly stored?: Tensor;
}

const extreme = 2 ** 31 - 1;

/** Integers beyond 32 bits: those that stand for "all" are cut, others cannot be kept. */
function toS32(values: ArrayLike<number>, where: string): Int32Array {
  return Int32Array.from(values, (v) => {
    if (v >= -extreme - 1 && v <= extreme) return v;
    if (Math.abs(v) < 2 ** 62) throw new Problem('type-unsupported', `the value ${v} needs more than 32 bits`, where);
    return v < 0 ? -extreme - 1 : extreme;
  });
}

const mostReal = 3.4028234663852886e38;

/** Infinity becomes the greatest number that C can write down. */
function toF32(values: ArrayLike<number>, where: string): Float32Array {
  return Float32Array.from(values, (v) => {
    if (Number.isNaN(v)) throw new Problem('not-finite', 'this constant holds NaN', where);
    return Math.max(-mostReal, Math.min(mostReal, v));
  });
}

/** Numbers as the graph stores them. */
export function storedData({ type }: ElementType, values: ArrayLike<number>, where: string): TensorData {
  if (type === 'f32') return toF32(values, where);
  if (type === 's32') return toS32(values, where);
  const data = newData(type, values.length);
  data.set(values);
  return data;
}

/** A constant of the model. */
export function constant(name: string, of: ElementType, shape: readonly number[], exact: ArrayLike<number>): Value {
  return { tensor: { name, shape, type: of.type, data: storedData(of, exact, `tensor "${name}"`) }, of, exact };
}
