import { type NumberType, numberBytes, readNumbers } from '../support/numbers.js';
import { Problem } from '../support/problem.js';
import { fromArray } from './arrays.js';
import type { Samples } from './samples.js';

/** Element types by their code. Source: the MNIST database, "the IDX file format". */
const types: Readonly<Record<number, NumberType>> = { 8: 'u8', 9: 's8', 11: 's16', 12: 's32', 13: 'f32', 14: 'f64' };

const bad = (message: string, where: string): Problem => new Problem('idx-corrupt', message, where);

/** Two zero bytes, a type, and the number of dimensions. */
export const isIdx = (bytes: Uint8Array): boolean =>
  bytes[0] === 0 && bytes[1] === 0 && types[bytes[2] ?? 0] !== undefined && bytes[3]! >= 1 && bytes[3]! <= 8;

/** The bytes of every number turned around: IDX is big-endian. */
function swapped(bytes: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(bytes);
  if (size > 1) for (let i = 0; i < out.length; i += size) out.subarray(i, i + size).reverse();
  return out;
}

/**
 * An IDX file, as MNIST and its kin come in: the first dimension counts the samples.
 * @throws Problem `idx-corrupt`, `data-empty`
 */
export function fromIdx(bytes: Uint8Array, from: string): Samples {
  if (!isIdx(bytes)) throw bad('this is no IDX file', from);
  const [type, rank] = [types[bytes[2]!]!, bytes[3]!];
  const start = 4 + 4 * rank;
  if (bytes.length < start) throw bad('the file ends within its header', from);
  const view = new DataView(bytes.buffer, bytes.byteOffset, start);
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const expected = shape.reduce((n, d) => n * d, numberBytes(type));
  const there = bytes.length - start;
  if (there !== expected) throw bad(`[${shape}] ${type} values take ${expected} bytes, but ${there} are there`, from);
  const data = readNumbers(type, swapped(bytes.subarray(start), numberBytes(type)));
  return fromArray({ shape, type, data }, from);
}
