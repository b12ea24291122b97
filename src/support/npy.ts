import { createRequire } from 'node:module';
import { gunzipSync } from 'node:zlib';
import { type NumberArray, type NumberType, numberBytes, readNumbers } from './numbers.js';
import { Problem } from './problem.js';

/** Loaded when an archive is read, not before. */
const zipLibrary = (): typeof import('fflate') => createRequire(import.meta.url)('fflate');

/** An array of numbers in C order. */
export interface NpyArray {
  readonly type: NumberType;
  readonly shape: readonly number[];
  readonly data: NumberArray;
}

/** Nothing larger is unpacked, so that a small file cannot fill the memory. */
export const mostUnpackedBytes = 2 ** 30;
/** deflate cannot shrink more */
const bestRatio = 1032;
const mostRank = 16;
const mostHeaderBytes = 2 ** 16;

const magic = '\x93NUMPY';
const types = {
  f2: 'f16',
  f4: 'f32',
  f8: 'f64',
  i1: 's8',
  u1: 'u8',
  i2: 's16',
  u2: 'u16',
  i4: 's32',
  u4: 'u32',
  i8: 's64',
  u8: 'u64',
  b1: 'bool',
} as const satisfies Readonly<Record<string, NumberType>>;
/** NumPy's code of a type, e.g. `f4` */
export type NpyCode = keyof typeof types;

const ascii = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');

interface Header {
  readonly type: NumberType;
  readonly shape: readonly number[];
  readonly fortran: boolean;
  /** first byte of the data */
  readonly start: number;
}

const bad = (message: string, where: string): Problem => new Problem('npy-corrupt', message, where);

/** The Python literal in the header and where the data start. Source: NumPy, NEP 1 (format versions 1 to 3). */
function headerText(bytes: Uint8Array, where: string): { text: string; start: number } {
  if (ascii(bytes.subarray(0, 6)) !== magic) throw bad('this is no .npy file', where);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6] ?? 0;
  if (version < 1 || version > 3) throw bad(`.npy version ${version} is not known`, where);
  const from = version === 1 ? 10 : 12;
  if (bytes.length < from) throw bad('the file ends within its header', where);
  const start = from + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (start > mostHeaderBytes) throw bad(`a header of ${start} bytes`, where);
  if (start > bytes.length) throw bad('the file ends within its header', where);
  return { text: ascii(bytes.subarray(from, start)), start };
}

function typeOf(text: string, where: string): NumberType {
  const [, order, code] = /'descr'\s*:\s*'([<>|=])([a-z]\d+)'/i.exec(text) ?? [];
  const type = code !== undefined && Object.hasOwn(types, code) && types[code as NpyCode];
  if (!type)
    throw new Problem('npy-type', 'its element type is not supported', where, `save one of ${Object.keys(types)}`);
  if (order === '>') throw new Problem('npy-type', 'its numbers are big-endian', where, "save it with dtype '<'");
  return type;
}

function parseHeader(bytes: Uint8Array, where: string): Header {
  const { text, start } = headerText(bytes, where);
  const shapeText = /'shape'\s*:\s*\(([\dL,\s]*)\)/.exec(text)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  if (shapeText === undefined || !order) throw bad('its header cannot be read', where);
  const shape = (shapeText.match(/\d+/g) ?? []).map(Number);
  if (shape.length > mostRank) throw bad(`${shape.length} dimensions; at most ${mostRank} are supported`, where);
  return { type: typeOf(text, where), shape, fortran: order === 'True', start };
}

/** Elements in memory order of the transposed array, put into C order. */
function fromFortran(data: NumberArray, shape: readonly number[]): NumberArray {
  const out = data.slice();
  const at = new Array<number>(shape.length).fill(0);
  const steps = shape.map((_, axis) => shape.slice(0, axis).reduce((n, d) => n * d, 1));
  for (let i = 0, from = 0; i < out.length; i++) {
    out[i] = data[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      if (++at[axis]! < shape[axis]!) break;
      from -= steps[axis]! * shape[axis]!;
      at[axis] = 0;
    }
  }
  return out;
}

/**
 * Reads a .npy file, versions 1 to 3, little-endian numbers or booleans. Numbers are viewed in place where alignment
 * allows, so `bytes` must not change afterwards.
 * @param where the file, for messages
 * @throws Problem `npy-corrupt`, `npy-type`; nothing is allocated before the size is known to fit the file
 */
export function readNpy(bytes: Uint8Array, where: string): NpyArray {
  const { type, shape, fortran, start } = parseHeader(bytes, where);
  const expected = shape.reduce((n, d) => n * d, numberBytes(type));
  const there = bytes.length - start;
  if (there !== expected) throw bad(`[${shape}] ${type} values take ${expected} bytes, but ${there} are there`, where);
  const data = readNumbers(type, new Uint8Array(bytes.buffer, bytes.byteOffset + start, there));
  return { type, shape, data: fortran && shape.length > 1 ? fromFortran(data, shape) : data };
}

/** A .npy file, version 1, C order; the data start at a multiple of 64 bytes. `bytes` are little-endian. */
export function encodeNpy(array: { type: NpyCode; shape: readonly number[]; bytes: Uint8Array }): Uint8Array {
  const { type, shape, bytes } = array;
  const order = type.endsWith('1') ? '|' : '<';
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${order}${type}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const start = Math.ceil((10 + text.length + 1) / 64) * 64;
  const out = new Uint8Array(start + bytes.length);
  out.set(Buffer.from(`${magic}\x01\x00`, 'latin1'));
  new DataView(out.buffer).setUint16(8, start - 10, true);
  out.set(Buffer.from(`${text.padEnd(start - 11)}\n`, 'latin1'), 10);
  out.set(bytes, start);
  return out;
}

const codes: Readonly<Record<string, NpyCode>> = {
  Float32Array: 'f4',
  Float64Array: 'f8',
  Int8Array: 'i1',
  Uint8Array: 'u1',
  Int16Array: 'i2',
  Uint16Array: 'u2',
  Int32Array: 'i4',
  Uint32Array: 'u4',
};

/** The same from an array of numbers. */
export function writeNpy(data: NumberArray, shape: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return encodeNpy({ type: codes[data.constructor.name] ?? 'u1', shape, bytes });
}

/** Unpacks gzip. @throws Problem `gzip-corrupt`, also when the content exceeds `most` bytes */
export function gunzip(bytes: Uint8Array, where: string, most = mostUnpackedBytes): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: most });
  } catch (error) {
    const large = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw new Problem('gzip-corrupt', large ? `unpacks to more than ${most} bytes` : 'cannot be unpacked', where);
  }
}

/** The files of a zip whose names end with `suffix`. @throws Problem `zip-corrupt`, also beyond `most` bytes in all */
export function unzip(
  bytes: Uint8Array,
  suffix: string,
  where: string,
  most = mostUnpackedBytes,
): Map<string, Uint8Array> {
  let total = 0;
  const fits = ({ name, size, originalSize }: { name: string; size: number; originalSize: number }): boolean => {
    if (!name.endsWith(suffix)) return false;
    total += originalSize;
    // the sizes are only claims, and the reader allocates what they claim
    const honest = size <= bytes.length && originalSize <= size * bestRatio;
    if (!honest || total > most) throw new Problem('zip-corrupt', `unpacks to more than ${most} bytes`, where);
    return true;
  };
  try {
    return new Map(Object.entries(zipLibrary().unzipSync(bytes, { filter: fits })));
  } catch (error) {
    throw error instanceof Problem ? error : new Problem('zip-corrupt', 'cannot be unpacked', where);
  }
}

/** The arrays of a .npz file by name. @throws Problem `zip-corrupt`, `npy-corrupt`, `npy-type` */
export function readNpz(bytes: Uint8Array, where: string): Map<string, NpyArray> {
  const files = [...unzip(bytes, '.npy', where)];
  return new Map(files.map(([name, file]) => [name.slice(0, -4), readNpy(file, `${where}, ${name}`)]));
}
