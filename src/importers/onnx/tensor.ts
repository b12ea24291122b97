import type { SparseTensorProto, TensorProto } from '../../formats/onnx/schema.js';
import { elements } from '../../ir/graph.js';
import { halfToFloat } from '../../support/half.js';
import { numberBytes, readNumbers } from '../../support/numbers.js';
import { Problem } from '../../support/problem.js';
import type { External } from './external.js';
import { type ElementType, elementType, supportedTypes, typeName } from './types.js';
import { constant, type Value } from './value.js';

const mostRank = 8;
/** Bounds on what a file may ask for; no microcontroller comes near. */
export const mostElements = 2 ** 26;
const mostConstants = 2 ** 27;

/** What the tensors of one file share. */
export interface Source {
  readonly external: External;
  /** elements of all constants so far */
  spent: number;
  /** keep NaN and infinity: for data that are no constants of a model */
  readonly anyNumber?: true;
}

/** @throws Problem `type-unsupported` */
export function supportedType(code: number | undefined, where: string): ElementType {
  const type = elementType(code);
  if (type) return type;
  const message = `values of type ${typeName(code)} are not supported`;
  throw new Problem('type-unsupported', message, where, `supported: ${supportedTypes}`);
}

/** @throws Problem `tensor-shape`, `too-large` */
export function checkedShape(shape: readonly number[], where: string): readonly number[] {
  if (shape.length > mostRank || !shape.every((d) => Number.isSafeInteger(d) && d >= 0))
    throw new Problem('tensor-shape', `[${shape.slice(0, 20)}] is no shape of at most ${mostRank} dimensions`, where);
  if (elements(shape) > mostElements)
    throw new Problem('too-large', `[${shape}] has more than ${mostElements} elements`, where);
  return shape;
}

/** bfloat16 is the upper half of a float32. */
function bfloat(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bits = Uint32Array.from({ length: bytes.byteLength >> 1 }, (_, i) => view.getUint16(2 * i, true) << 16);
  return new Float32Array(bits.buffer);
}

const rawBytes = ({ raw }: ElementType): number => (raw === 'bf16' ? 2 : numberBytes(raw));
const readRaw = ({ raw }: ElementType, bytes: Uint8Array): ArrayLike<number> =>
  raw === 'bf16' ? bfloat(bytes) : readNumbers(raw, bytes);

/** Values given one by one; 16-bit floats are given as their bits. */
function readField(tensor: TensorProto, type: ElementType): ArrayLike<number> {
  const list = tensor[type.field];
  if (type.raw !== 'f16' && type.raw !== 'bf16') return list;
  const bytes = new Uint8Array(Uint16Array.from(list).buffer);
  return type.raw === 'f16' ? halfToFloat(bytes) : bfloat(bytes);
}

function charge(source: Source, count: number, where: string): void {
  source.spent += count;
  if (source.spent > mostConstants)
    throw new Problem('too-large', `the constants have more than ${mostConstants} elements`, where);
}

function readValues(tensor: TensorProto, type: ElementType, count: number, source: Source, where: string) {
  const size = rawBytes(type);
  const raw = tensor.dataLocation === 1 ? source.external.read(tensor, count * size, where) : tensor.rawData;
  const given = raw?.length ? raw.length / size : tensor[type.field].length;
  if (given !== count) throw new Problem('onnx-corrupt', `${given} values for ${count} elements`, where);
  const values = raw?.length ? readRaw(type, raw) : readField(tensor, type);
  const { range } = type;
  if (range && tensor[type.field].some((v) => v < range[0] || v > range[1]))
    throw new Problem('onnx-corrupt', `a value is no ${type.name}`, where);
  return values;
}

/**
 * A constant of the file.
 * @throws Problem `onnx-corrupt`, `type-unsupported`, `too-large`, ...
 */
export function readTensor(tensor: TensorProto, source: Source, name = tensor.name || 'constant'): Value {
  const where = `tensor "${name}"`;
  const type = supportedType(tensor.dataType, where);
  const shape = checkedShape(tensor.dims, where);
  const count = elements(shape);
  charge(source, count, where);
  const values = readValues(tensor, type, count, source, where);
  if (source.anyNumber && type.type === 'f32')
    return { tensor: { name, shape, type: 'f32', data: Float32Array.from(values) }, of: type, exact: values };
  return constant(name, type, shape, values);
}

/** Places of the values in the dense tensor: given as such, or as one index per axis. */
function places(indices: Value, shape: readonly number[], count: number, where: string): number[] {
  const list = Array.from(indices.exact!);
  const rank = indices.tensor.shape.length;
  if (rank === 1 && list.length === count) return list;
  if (rank !== 2 || list.length !== count * shape.length)
    throw new Problem('onnx-corrupt', `${list.length} indices for ${count} values`, where);
  return Array.from({ length: count }, (_, i) =>
    shape.reduce((at, size, axis) => {
      const index = list[i * shape.length + axis]!;
      return index >= 0 && index < size ? at * size + index : Number.NaN;
    }, 0),
  );
}

/** A constant of which only the values that are not zero are in the file. */
export function readSparse(sparse: SparseTensorProto, source: Source, given?: string): Value {
  const name = given ?? sparse.values?.name ?? 'constant';
  const where = `sparse tensor "${name}"`;
  if (!sparse.values || !sparse.indices) throw new Problem('onnx-corrupt', 'it has no values or no indices', where);
  const values = readTensor(sparse.values, source, name);
  const shape = checkedShape(sparse.dims, where);
  const dense = new Float64Array(elements(shape));
  charge(source, dense.length, where);
  const at = places(readTensor(sparse.indices, source), shape, values.exact!.length, where);
  at.forEach((place, i) => {
    if (!(place >= 0 && place < dense.length)) throw new Problem('onnx-corrupt', 'an index lies outside', where);
    dense[place] = values.exact![i]!;
  });
  return constant(name, values.of, shape, dense);
}
