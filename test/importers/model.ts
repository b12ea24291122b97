import { Builder } from 'flatbuffers';

/** A field of a table: its number, how it is stored, its value. */
type Field =
  | readonly ['i8' | 'i32' | 'u64' | 'f32', number]
  | readonly ['string', string]
  | readonly ['i32s' | 'i64s' | 'f32s', readonly number[]]
  | readonly ['bytes', Uint8Array]
  | readonly ['table', Fields]
  | readonly ['tables', readonly Fields[]];
export type Fields = { readonly [id: number]: Field };

const vector = (b: Builder, size: number, values: readonly number[], add: (value: number) => void): number => {
  b.startVector(size, values.length, size);
  for (const value of [...values].reverse()) add(value);
  return b.endVector();
};

/** Writes what a field points to; undefined for scalars, which lie in the table itself. */
function child(b: Builder, [kind, value]: Field): number | undefined {
  switch (kind) {
    case 'string':
      return b.createString(value);
    case 'i32s':
      return vector(b, 4, value, (v) => b.addInt32(v));
    case 'f32s':
      return vector(b, 4, value, (v) => b.addFloat32(v));
    case 'i64s':
      return vector(b, 8, value, (v) => b.addInt64(BigInt(v)));
    case 'bytes':
      return b.createByteVector(value);
    case 'table':
      return writeTable(b, value);
    case 'tables':
      return vectorOfTables(
        b,
        value.map((fields) => writeTable(b, fields)),
      );
    default:
      return undefined;
  }
}

function vectorOfTables(b: Builder, offsets: readonly number[]): number {
  b.startVector(4, offsets.length, 4);
  for (const offset of [...offsets].reverse()) b.addOffset(offset);
  return b.endVector();
}

function writeTable(b: Builder, fields: Fields): number {
  const entries = Object.entries(fields).map(([id, field]) => ({ id: Number(id), field, at: child(b, field) }));
  b.startObject(Math.max(0, ...entries.map((e) => e.id + 1)));
  b.forceDefaults(true);
  for (const { id, field, at } of entries) {
    if (at !== undefined) b.addFieldOffset(id, at, 0);
    else if (field[0] === 'i8') b.addFieldInt8(id, field[1], 0);
    else if (field[0] === 'i32') b.addFieldInt32(id, field[1], 0);
    else if (field[0] === 'u64') b.addFieldInt64(id, BigInt(field[1]), 0n);
    else if (field[0] === 'f32') b.addFieldFloat32(id, field[1], 0);
  }
  return b.endObject();
}

export interface TestTensor {
  readonly shape: readonly number[];
  /** number in the schema; 0 = FLOAT32, 9 = INT8 */
  readonly type?: number;
  readonly name?: string;
  readonly data?: Uint8Array | Float32Array | Int8Array | Int32Array | BigInt64Array;
  readonly buffer?: number;
  readonly scale?: readonly number[];
  readonly zero?: readonly number[];
  readonly axis?: number;
  /** further fields of the table */
  readonly more?: Fields;
}

export interface TestOperator {
  readonly code: number;
  readonly custom?: string;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** tag of the options, and their fields */
  readonly options?: readonly [number, Fields];
}

export interface TestModel {
  readonly version?: number;
  readonly tensors: readonly TestTensor[];
  readonly operators: readonly TestOperator[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

const bytesOf = (data: ArrayBufferView): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

const quantFields = ({ scale, zero = [0], axis = 0 }: TestTensor): Fields =>
  scale ? { 4: ['table', { 2: ['f32s', scale], 3: ['i64s', zero], 6: ['i32', axis] }] } : {};

const tensorFields = (t: TestTensor, i: number): Fields => ({
  0: ['i32s', t.shape],
  1: ['i8', t.type ?? 0],
  2: ['i32', t.buffer ?? (t.data ? i + 1 : 0)],
  3: ['string', t.name ?? `t${i}`],
  ...quantFields(t),
  ...t.more,
});

const codeFields = ({ code, custom }: TestOperator): Fields => ({
  0: ['i8', Math.min(code, 127)],
  ...(custom === undefined ? {} : { 1: ['string', custom] as const }),
  3: ['i32', code],
});

const operatorFields = ({ inputs, outputs, options }: TestOperator, i: number): Fields => ({
  0: ['i32', i],
  1: ['i32s', inputs],
  2: ['i32s', outputs],
  ...(options && { 3: ['i8', options[0]] as const, 4: ['table', options[1]] as const }),
});

/** A TFLite file, however absurd: nothing is checked. Tensor i with data uses buffer i + 1, each operator its own code. */
export function tflite(model: TestModel): Uint8Array {
  const b = new Builder(1024);
  const root = writeTable(b, {
    0: ['i32', model.version ?? 3],
    1: ['tables', model.operators.map(codeFields)],
    2: [
      'tables',
      [
        {
          0: ['tables', model.tensors.map(tensorFields)],
          1: ['i32s', model.inputs],
          2: ['i32s', model.outputs],
          3: ['tables', model.operators.map(operatorFields)],
        },
      ],
    ],
    4: ['tables', [{}, ...model.tensors.map((t): Fields => (t.data ? { 0: ['bytes', bytesOf(t.data)] } : {}))]],
  });
  b.finish(root, 'TFL3');
  return b.asUint8Array().slice();
}
