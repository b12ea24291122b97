import { halfToFloat } from './half.js';

/** Element types of arrays in data files. */
export type NumberType = 'f16' | 'f32' | 'f64' | 's8' | 'u8' | 's16' | 'u16' | 's32' | 'u32' | 's64' | 'u64' | 'bool';

/** Arrays of numbers as read: 16-bit floats widen to float32, 64-bit integers to float64 (exact up to 2^53). */
export type NumberArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

type Constructor = {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, offset: number, length: number): NumberArray;
};

/** A view where the alignment allows it, else a copy. */
const view = (Kind: Constructor) => (bytes: Uint8Array) => {
  const size = Kind.BYTES_PER_ELEMENT;
  const { buffer, byteOffset, length } = bytes.byteOffset % size ? new Uint8Array(bytes) : bytes;
  return new Kind(buffer, byteOffset, length / size);
};

const wide =
  (get: (view: DataView, at: number) => bigint) =>
  (bytes: Uint8Array): Float64Array => {
    const values = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Float64Array.from({ length: bytes.byteLength >> 3 }, (_, i) => Number(get(values, 8 * i)));
  };

const kinds: Readonly<Record<NumberType, { bytes: number; read: (bytes: Uint8Array) => NumberArray }>> = {
  f16: { bytes: 2, read: halfToFloat },
  f32: { bytes: 4, read: view(Float32Array) },
  f64: { bytes: 8, read: view(Float64Array) },
  s8: { bytes: 1, read: view(Int8Array) },
  u8: { bytes: 1, read: view(Uint8Array) },
  s16: { bytes: 2, read: view(Int16Array) },
  u16: { bytes: 2, read: view(Uint16Array) },
  s32: { bytes: 4, read: view(Int32Array) },
  u32: { bytes: 4, read: view(Uint32Array) },
  s64: { bytes: 8, read: wide((v, at) => v.getBigInt64(at, true)) },
  u64: { bytes: 8, read: wide((v, at) => v.getBigUint64(at, true)) },
  bool: { bytes: 1, read: view(Uint8Array) },
};

export const numberTypes = Object.keys(kinds) as readonly NumberType[];
export const isNumberType = (text: string): text is NumberType => Object.hasOwn(kinds, text);
export const numberBytes = (type: NumberType): number => kinds[type].bytes;

/** Little-endian bytes, a whole number of elements, as numbers. */
export const readNumbers = (type: NumberType, bytes: Uint8Array): NumberArray => kinds[type].read(bytes);
