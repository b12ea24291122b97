import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { gunzip, readNpy, readNpz, writeNpy } from '../../src/support/npy.js';
import type { NumberArray } from '../../src/support/numbers.js';
import { Problem } from '../../src/support/problem.js';
import { hasShared, shared } from './shared.js';

/** The code of the Problem that `run` throws; anything else fails the test. */
function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof Problem) return error.code;
    throw error;
  }
  return 'no problem';
}

function file(header: string, data: Uint8Array, version = 1): Uint8Array {
  const length = version === 1 ? Buffer.alloc(2) : Buffer.alloc(4);
  if (version === 1) length.writeUInt16LE(header.length);
  else length.writeUInt32LE(header.length);
  return Buffer.concat([
    Buffer.from(`\x93NUMPY${String.fromCharCode(version, 0)}`, 'latin1'),
    length,
    Buffer.from(header),
    data,
  ]);
}

const header = (descr: string, shape: string, fortran = 'False') =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }\n`;

describe('npy', () => {
  const kinds = [Float32Array, Float64Array, Int8Array, Uint8Array, Int16Array, Uint16Array, Int32Array, Uint32Array];
  test.each(kinds)('$name survives writing and reading', (Kind) => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -100, max: 100 })), (values) => {
        const data: NumberArray = Kind.from(values);
        const read = readNpy(writeNpy(data, [values.length, 1]), 'x.npy');
        expect(read.shape).toEqual([values.length, 1]);
        expect(read.data).toEqual(data);
      }),
    );
  });

  test.each([1, 2, 3])('version %i', (version) => {
    const read = readNpy(file(header('|u1', '(2,)'), Uint8Array.of(7, 9), version), 'x');
    expect(read).toEqual({ type: 'u8', shape: [2], data: Uint8Array.of(7, 9) });
  });

  test('64-bit integers, half floats and booleans widen', () => {
    const bytes = new Uint8Array(BigInt64Array.of(-3n, 2n ** 40n).buffer);
    expect(readNpy(file(header('<i8', '(2,)'), bytes), 'x').data).toEqual(Float64Array.of(-3, 2 ** 40));
    const halves = new Uint8Array(Uint16Array.of(0x3c00, 0xc000, 0x0001).buffer);
    expect(readNpy(file(header('<f2', '(3,)'), halves), 'x').data).toEqual(Float32Array.of(1, -2, 2 ** -24));
    expect(readNpy(file(header('|b1', '(2,)'), Uint8Array.of(1, 0)), 'x').type).toBe('bool');
  });

  test('Fortran order is transposed', () => {
    const values = Uint8Array.of(0, 3, 1, 4, 2, 5);
    expect(readNpy(file(header('|u1', '(2, 3)', 'True'), values), 'x').data).toEqual(Uint8Array.of(0, 1, 2, 3, 4, 5));
  });

  test('a scalar has an empty shape', () => {
    expect(readNpy(file(header('<i4', '()'), new Uint8Array(4)), 'x').shape).toEqual([]);
  });

  test.each([
    ['no npy', Buffer.from('PK\x03\x04'), 'npy-corrupt'],
    ['empty', new Uint8Array(), 'npy-corrupt'],
    ['cut header', writeNpy(Int8Array.of(1), [1]).subarray(0, 30), 'npy-corrupt'],
    ['cut data', writeNpy(Int8Array.of(1, 2), [2]).subarray(0, -1), 'npy-corrupt'],
    ['huge shape', file(header('<f8', '(99999999999, 99999999999)'), new Uint8Array(8)), 'npy-corrupt'],
    ['shape beyond numbers', file(header('<f8', `(${'9'.repeat(400)},)`), new Uint8Array(8)), 'npy-corrupt'],
    ['version 9', file(header('|u1', '(1,)'), Uint8Array.of(1), 9), 'npy-corrupt'],
    ['big-endian', file(header('>f4', '(1,)'), new Uint8Array(4)), 'npy-type'],
    ['text', file(header('<U5', '(1,)'), new Uint8Array(20)), 'npy-type'],
    [
      'structures',
      file(`{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }`, new Uint8Array(4)),
      'npy-type',
    ],
  ])('%s is refused', (_, bytes, code) => {
    expect(codeOf(() => readNpy(bytes, 'x.npy'))).toBe(code);
  });

  test('random damage never throws anything but a Problem', () => {
    const good = writeNpy(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
    const byte = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(byte, { minLength: 1, maxLength: 8 }), fc.nat(good.length), (changes, length) => {
        const bad = good.slice(0, length || good.length);
        for (const [at, value] of changes) bad[at] = value;
        codeOf(() => readNpy(bad, 'x'));
      }),
      { numRuns: 2000, seed: 1 },
    );
  });
});

describe('packed files', () => {
  test('gzip', () => {
    const bytes = writeNpy(Int16Array.of(1, -2), [2]);
    expect(readNpy(gunzip(gzipSync(bytes), 'x'), 'x').data).toEqual(Int16Array.of(1, -2));
    expect(codeOf(() => gunzip(bytes, 'x'))).toBe('gzip-corrupt');
    expect(codeOf(() => gunzip(gzipSync(new Uint8Array(1e6)), 'x', 1000))).toBe('gzip-corrupt');
  });

  test('npz holds arrays by name', () => {
    const zip = zipSync({ 'x.npy': writeNpy(Int8Array.of(1, 2), [2]), 'note.txt': Uint8Array.of(65) });
    expect([...readNpz(zip, 'x.npz').keys()]).toEqual(['x']);
    expect(codeOf(() => readNpz(zip.subarray(0, 40), 'x.npz'))).toBe('zip-corrupt');
  });

  test('a zip that claims to unpack to more than it can is refused before anything is allocated', () => {
    const zip = zipSync({ 'x.npy': writeNpy(new Int8Array(5000), [5000]) });
    const entry = Buffer.from(zip).indexOf(Buffer.from('PK\x01\x02', 'latin1'));
    new DataView(zip.buffer, zip.byteOffset).setUint32(entry + 24, 0x7fffffff, true);
    expect(codeOf(() => readNpz(zip, 'x.npz'))).toBe('zip-corrupt');
  });
});

describe.skipIf(!hasShared)('files written by NumPy', () => {
  test('the key-word samples', () => {
    const path = shared('data/kws/kws01_x_int8.npy.gz');
    const read = readNpy(gunzip(readFileSync(path), path), path);
    expect([read.type, read.shape, read.data.length]).toEqual(['s8', [1000, 49, 10, 1], 490000]);
  });
});
