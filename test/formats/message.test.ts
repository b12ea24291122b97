import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, encode, type Schema } from '../../src/formats/message.js';

interface Tree {
  readonly name?: string;
  readonly value?: number;
  readonly big?: number;
  readonly exact?: number;
  readonly bytes?: Uint8Array;
  readonly numbers: readonly number[];
  readonly texts: readonly string[];
  readonly children: readonly Tree[];
}

const schema: Schema<Tree> = {
  name: { no: 1, type: 'string' },
  value: { no: 2, type: 'int32' },
  big: { no: 3, type: 'int64' },
  exact: { no: 4, type: 'double' },
  bytes: { no: 5, type: 'bytes' },
  numbers: { no: 6, type: 'int64', many: true },
  texts: { no: 7, type: 'string', many: true },
  children: { no: 8, type: () => schema, many: true },
};

/** Trees of at most so many levels. */
const trees = (levels: number): fc.Arbitrary<Tree> =>
  fc.record(
    {
      name: fc.string(),
      value: fc.integer(),
      big: fc.maxSafeInteger(),
      exact: fc.double({ noNaN: true }),
      bytes: fc.uint8Array(),
      numbers: fc.array(fc.maxSafeInteger()),
      texts: fc.array(fc.string()),
      children: levels > 1 ? fc.array(trees(levels - 1), { maxLength: 2 }) : fc.constant([]),
    },
    { requiredKeys: ['numbers', 'texts', 'children'] },
  );
const tree = trees(3);

describe('messages', () => {
  test('what is written is read', () => {
    fc.assert(
      fc.property(tree, (t) => {
        expect(decode(schema, encode(schema, t), 'x')).toEqual(t);
      }),
    );
  });

  test('fields that are not known are passed over', () => {
    const small: Schema<Pick<Tree, 'name'>> = { name: { no: 1, type: 'string' } };
    fc.assert(
      fc.property(tree, (t) => {
        const name = t.name === undefined ? {} : { name: t.name };
        expect(decode(small, encode(schema, t), 'x')).toEqual(name);
      }),
    );
  });

  test('repeated numbers one by one are read as packed ones are', () => {
    expect(decode(schema, Uint8Array.of(0x30, 5, 0x32, 2, 6, 7, 0x30, 8), 'x').numbers).toEqual([5, 6, 7, 8]);
  });

  test('damaged bytes are a Problem or another message, never anything else', () => {
    fc.assert(
      fc.property(tree, fc.nat(), fc.nat(255), (t, at, value) => {
        const bytes = encode(schema, t);
        const damaged = bytes.map((b, i) => (i === at % bytes.length ? value : b));
        for (const b of [damaged, bytes.subarray(0, at % (bytes.length + 1))])
          try {
            decode(schema, b, 'x.onnx');
          } catch (error) {
            expect(error).toMatchObject({ code: 'protobuf-corrupt', where: 'x.onnx' });
          }
      }),
    );
    expect(() => decode(schema, Uint8Array.of(0x0a, 9, 65), 'x.onnx')).toThrow(
      expect.objectContaining({ code: 'protobuf-corrupt' }),
    );
  });

  test('messages within messages have a limit', () => {
    let bytes: Uint8Array = new Uint8Array();
    for (let i = 0; i < 200; i++) bytes = encode({ bytes: { no: 8, type: 'bytes' } }, { bytes });
    expect(() => decode(schema, bytes, 'x')).toThrow(expect.objectContaining({ code: 'protobuf-corrupt' }));
  });
});
