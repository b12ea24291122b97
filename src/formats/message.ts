import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { Problem } from '../support/problem.js';

/** Types of protobuf that hold no further fields. Integers become numbers, exact up to 2^53. */
export type Scalar = 'int32' | 'int64' | 'uint64' | 'float' | 'double' | 'string' | 'bytes';

/** A field of a message: its number, its type, and whether it may occur many times. */
export interface Field {
  readonly no: number;
  readonly type: Scalar | (() => Readonly<Record<string, Field>>);
  readonly many?: true;
}

/** The fields of a message by name. A schema that names another one does so by a function, for they may be recursive. */
export type Schema<T> = { readonly [K in keyof Required<T>]: Field };

/** A message to be written: what is absent is not written. */
export type Draft<T> = T extends number | string | Uint8Array
  ? T
  : T extends readonly (infer U)[]
    ? readonly Draft<U>[]
    : { readonly [K in keyof T]?: Draft<T[K]> };

/** A scalar, with its own tag or packed. */
const readers: Readonly<Record<Scalar, (r: BinaryReader) => unknown>> = {
  int32: (r) => r.int32(),
  int64: (r) => Number(r.int64()),
  uint64: (r) => Number(r.uint64()),
  float: (r) => r.float(),
  double: (r) => r.double(),
  string: (r) => r.string(),
  bytes: (r) => r.bytes(),
};

const writers: Readonly<Record<Scalar, (w: BinaryWriter, value: never) => unknown>> = {
  int32: (w, v) => w.int32(v),
  int64: (w, v) => w.int64(v),
  uint64: (w, v) => w.uint64(v),
  float: (w, v) => w.float(v),
  double: (w, v) => w.double(v),
  string: (w, v) => w.string(v),
  bytes: (w, v) => w.bytes(v),
};

const wireTypes: Readonly<Record<Scalar, WireType>> = {
  int32: WireType.Varint,
  int64: WireType.Varint,
  uint64: WireType.Varint,
  float: WireType.Bit32,
  double: WireType.Bit64,
  string: WireType.LengthDelimited,
  bytes: WireType.LengthDelimited,
};

const canBePacked = (type: Scalar): boolean => wireTypes[type] !== WireType.LengthDelimited;

/** Messages within messages; a file cannot make the reader run out of stack. */
const mostDepth = 100;
/** Messages of one file: an empty one takes two bytes there and hundreds in memory. */
const mostMessages = 2 ** 20;

type Fields = Record<string, unknown>;

/** Where the reader is. */
interface State {
  readonly depth: number;
  /** messages of the whole file so far */
  readonly count: { messages: number };
}

function readPacked(reader: BinaryReader, type: Scalar, into: unknown[]): void {
  const packed = new BinaryReader(reader.bytes());
  while (packed.pos < packed.len) into.push(readers[type](packed));
}

function readField(reader: BinaryReader, wire: WireType, { type, many }: Field, state: State, old: unknown): unknown {
  const list = old as unknown[];
  const isPacked = many && typeof type === 'string' && canBePacked(type) && wire === WireType.LengthDelimited;
  if (isPacked) {
    readPacked(reader, type, list);
    return list;
  }
  const expected = typeof type === 'string' ? wireTypes[type] : WireType.LengthDelimited;
  if (wire !== expected) throw new RangeError(`wire type ${wire} instead of ${expected}`);
  const value =
    typeof type === 'string'
      ? readers[type](reader)
      : readFields(type(), reader.bytes(), { ...state, depth: state.depth + 1 });
  if (many) list.push(value);
  return many ? list : value;
}

const byNumber = new WeakMap<object, ReadonlyMap<number, readonly [string, Field]>>();

function fieldsOf(schema: object): ReadonlyMap<number, readonly [string, Field]> {
  const known = byNumber.get(schema);
  if (known) return known;
  const entries = Object.entries(schema as Record<string, Field>);
  const fields = new Map(entries.map(([name, field]) => [field.no, [name, field] as const]));
  byNumber.set(schema, fields);
  return fields;
}

function readFields(schema: object, bytes: Uint8Array, state: State): Fields {
  if (state.depth > mostDepth) throw new RangeError(`messages within each other more than ${mostDepth} deep`);
  if (++state.count.messages > mostMessages) throw new RangeError(`more than ${mostMessages} messages`);
  const fields = fieldsOf(schema);
  const out: Fields = {};
  for (const [name, { many }] of fields.values()) if (many) out[name] = [];
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [no, wire] = reader.tag();
    const known = fields.get(no);
    if (known) out[known[0]] = readField(reader, wire, known[1], state, out[known[0]]);
    else reader.skip(wire, no);
  }
  return out;
}

/**
 * Reads a message. Fields that the schema does not know are passed over; bytes are views of `bytes`.
 * @param where the file, for messages
 * @throws Problem `protobuf-corrupt`
 */
export function decode<T>(schema: Schema<T>, bytes: Uint8Array, where: string): T {
  try {
    return readFields(schema, bytes, { depth: 0, count: { messages: 0 } }) as T;
  } catch (error) {
    throw new Problem('protobuf-corrupt', `the file is damaged: ${(error as Error).message}`, where);
  }
}

function writeMany(writer: BinaryWriter, { no, type }: Field, values: readonly unknown[]): void {
  if (typeof type === 'string' && canBePacked(type)) {
    writer.tag(no, WireType.LengthDelimited).fork();
    for (const value of values) writers[type](writer, value as never);
    writer.join();
  } else for (const value of values) writeOne(writer, { no, type }, value);
}

function writeOne(writer: BinaryWriter, { no, type }: Field, value: unknown): void {
  if (typeof type === 'string') {
    writers[type](writer.tag(no, wireTypes[type]), value as never);
    return;
  }
  writer.tag(no, WireType.LengthDelimited).fork();
  writeFields(writer, type(), value as Fields);
  writer.join();
}

function writeFields(writer: BinaryWriter, schema: object, message: Fields): void {
  for (const [name, field] of fieldsOf(schema).values()) {
    const value = message[name];
    if (value === undefined) continue;
    if (!field.many) writeOne(writer, field, value);
    else if ((value as unknown[]).length) writeMany(writer, field, value as unknown[]);
  }
}

/** The bytes of a message, fields in the order of the schema. */
export function encode<T>(schema: Schema<T>, message: Draft<T>): Uint8Array {
  const writer = new BinaryWriter();
  writeFields(writer, schema, message as Fields);
  return writer.finish();
}
