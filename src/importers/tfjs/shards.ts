import { elements, type Shape, type TensorData } from '../../ir/graph.js';
import { isNumberType, type NumberType, numberBytes, readNumbers } from '../../support/numbers.js';
import { Problem } from '../../support/problem.js';
import type { Beside } from '../beside.js';
import { checkedShape } from '../draft.js';
import { isList, isObject, type Json, type JsonObject } from '../keras/fields.js';

/** A constant of the model: float32, or whole numbers in 32 bits. */
export interface Stored {
  readonly name: string;
  readonly shape: Shape;
  readonly type: 'f32' | 's32' | 'bool';
  readonly data: TensorData;
}

const types: Readonly<Record<string, { type: Stored['type']; stored: NumberType }>> = {
  float32: { type: 'f32', stored: 'f32' },
  float16: { type: 'f32', stored: 'f16' },
  int32: { type: 's32', stored: 's32' },
  int64: { type: 's32', stored: 's32' },
  bool: { type: 'bool', stored: 'bool' },
};
const packed: Readonly<Record<string, NumberType>> = { uint8: 'u8', uint16: 'u16', float16: 'f16' };

const corrupt = (message: string, where: string): Problem =>
  new Problem(
    'tfjs-corrupt',
    message,
    where,
    'the files are damaged or belong to different models: convert the model again',
  );

/** real = min + scale * stored; 16-bit floats are what they are. */
interface Packing {
  readonly stored: NumberType;
  readonly min: number;
  readonly scale: number;
}

function packingOf(entry: JsonObject, where: string): Packing | undefined {
  const { quantization: q } = entry;
  if (q === undefined || q === null) return undefined;
  if (!isObject(q) || typeof q.dtype !== 'string' || !Object.hasOwn(packed, q.dtype))
    throw new Problem(
      'tfjs-quantization',
      'its quantization is none that TensorFlow.js writes',
      where,
      `supported: ${Object.keys(packed).join(', ')}`,
    );
  const stored = packed[q.dtype]!;
  if (stored === 'f16') return { stored, min: 0, scale: 1 };
  const { min, scale } = q;
  if (typeof min !== 'number' || typeof scale !== 'number' || !Number.isFinite(min) || !Number.isFinite(scale))
    throw new Problem('tfjs-quantization', 'its quantization has no finite scale and minimum', where);
  return { stored, min, scale };
}

/** Bytes of a group of files read one after another. */
class Reader {
  private at = 0;
  constructor(private readonly bytes: Uint8Array) {}

  take(count: number, where: string): Uint8Array {
    if (this.at + count > this.bytes.length)
      throw corrupt(`needs ${count} bytes where its files have ${this.bytes.length - this.at} left`, where);
    this.at += count;
    return this.bytes.slice(this.at - count, this.at);
  }

  end(where: string): void {
    if (this.at !== this.bytes.length)
      throw corrupt(`${this.bytes.length - this.at} bytes of the files belong to nothing`, where);
  }
}

/** Source: TensorFlow.js converter, quantization.py: values are rounded once to float32. */
function unpacked(values: ArrayLike<number>, { min, scale }: Packing): Float32Array {
  return Float32Array.from(values, (v) => v * scale + min);
}

function storedOf(entry: Json, reader: Reader): Stored {
  if (!isObject(entry) || typeof entry.name !== 'string' || !isList(entry.shape) || typeof entry.dtype !== 'string')
    throw corrupt('an entry has no name, shape or type', 'weightsManifest');
  const where = `weight "${entry.name.slice(0, 100)}"`;
  const known = Object.hasOwn(types, entry.dtype) ? types[entry.dtype] : undefined;
  if (!known)
    throw new Problem(
      'type-unsupported',
      `values of type ${entry.dtype.slice(0, 20)} are not supported`,
      where,
      `supported: ${Object.keys(types).join(', ')}`,
    );
  const shape = entry.shape.some((d) => d === 0) ? [] : checkedShape(entry.shape, where);
  const count = entry.shape.some((d) => d === 0) ? 0 : elements(shape);
  if (!count) throw corrupt('has no values', where);
  const packing = packingOf(entry, where);
  const stored = packing?.stored ?? known.stored;
  if (!isNumberType(stored)) throw corrupt('has an unknown type', where);
  const values = readNumbers(stored, reader.take(count * numberBytes(stored), where));
  if (packing && known.type !== 'f32') throw new Problem('tfjs-quantization', 'whole numbers are quantised', where);
  const data = packing ? unpacked(values, packing) : (values as TensorData);
  if (known.type === 'f32' && !(data as Float32Array).every(Number.isFinite))
    throw new Problem('not-finite', 'holds NaN or infinity', where);
  return { name: entry.name, shape, type: known.type, data };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const mostFiles = 1024;

/**
 * All weights of a model by name.
 * @param manifest groups of files, each with the weights that lie in them back to back
 * @throws Problem `path-outside`, `file-missing`, `tfjs-corrupt`, `tfjs-quantization`, `type-unsupported`
 */
export function readWeights(manifest: Json | undefined, beside: Beside): Map<string, Stored> {
  const where = 'weightsManifest';
  if (!isList(manifest)) throw corrupt('model.json has no list of weights', where);
  const all = new Map<string, Stored>();
  for (const group of manifest) {
    if (!isObject(group) || !isList(group.paths) || !isList(group.weights))
      throw corrupt('a group has no files', where);
    if (group.paths.length > mostFiles || !group.paths.every((p) => typeof p === 'string'))
      throw corrupt('the list of files is damaged', where);
    const reader = new Reader(joined(group.paths.map((path) => beside(path as string, where))));
    for (const entry of group.weights) {
      const stored = storedOf(entry, reader);
      all.set(stored.name, stored);
    }
    reader.end(where);
  }
  return all;
}
