import type { DType, TensorData } from '../../ir/graph.js';
import { type NumberType, readNumbers } from '../../support/numbers.js';

/** How a TFLite tensor type arrives in the graph. */
export interface TensorType {
  readonly name: string;
  readonly bytes: number;
  readonly type: DType;
  /** stored values of a constant; `bytes` has whole elements */
  readonly decode: (bytes: Uint8Array) => TensorData | undefined;
  /** only constants of this type can be taken in */
  readonly constantOnly?: true;
  /** range of the zero point */
  readonly range?: readonly [number, number];
}

const as =
  (type: NumberType) =>
  (bytes: Uint8Array): TensorData =>
    readNumbers(type, bytes) as TensorData;

/** undefined when a value does not fit 32 bits */
function int64(bytes: Uint8Array): Int32Array | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out = new Int32Array(bytes.length / 8);
  for (let i = 0; i < out.length; i++) {
    out[i] = view.getInt32(8 * i, true);
    if (view.getInt32(8 * i + 4, true) !== out[i]! >> 31) return undefined;
  }
  return out;
}

/** By number. Source: schema.fbs, enum TensorType; types that are missing here cannot be imported. */
const types: Readonly<Record<number, TensorType>> = {
  0: { name: 'FLOAT32', bytes: 4, type: 'f32', decode: as('f32') },
  1: { name: 'FLOAT16', bytes: 2, type: 'f32', decode: as('f16'), constantOnly: true },
  2: { name: 'INT32', bytes: 4, type: 's32', decode: as('s32'), range: [-(2 ** 31), 2 ** 31 - 1] },
  3: { name: 'UINT8', bytes: 1, type: 'u8', decode: as('u8'), range: [0, 255] },
  4: { name: 'INT64', bytes: 8, type: 's32', decode: int64, range: [-(2 ** 31), 2 ** 31 - 1] },
  6: { name: 'BOOL', bytes: 1, type: 'bool', decode: as('u8') },
  7: { name: 'INT16', bytes: 2, type: 's16', decode: as('s16'), range: [-32768, 32767] },
  9: { name: 'INT8', bytes: 1, type: 's8', decode: as('s8'), range: [-128, 127] },
};

export const supportedTypes = Object.values(types)
  .map((t) => t.name)
  .join(', ');

/** Names of all types, for messages. */
const names = `FLOAT32 FLOAT16 INT32 UINT8 INT64 STRING BOOL INT16 COMPLEX64 INT8 FLOAT64 COMPLEX128 UINT64 RESOURCE
  VARIANT UINT32 UINT16 INT4 BFLOAT16 INT2 UINT4 FLOAT8_E4M3FN FLOAT8_E5M2`.split(/\s+/);

export const tensorType = (code: number): TensorType | undefined => types[code];
export const typeName = (code: number): string => names[code] ?? `type ${code}`;
