import { ByteBuffer } from 'flatbuffers';
import { Problem } from '../../support/problem.js';

/**
 * The bytes of a flatbuffer with a budget: offsets may point at shared places, so a small file could describe a huge
 * tree. Reading more values than four times the bytes there are means that it does.
 */
export class Bytes {
  readonly buffer: ByteBuffer;
  #left: number;

  readonly data: Uint8Array;

  constructor(file: Uint8Array) {
    // a plain view: `slice` of a Node Buffer would not copy
    this.data = new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
    this.buffer = new ByteBuffer(this.data);
    this.#left = 4 * file.length + 65536;
  }

  /** @throws Problem `tflite-corrupt` unless `size` bytes at `offset` are in the file */
  need(offset: number, size: number, what: string): void {
    if (!Number.isSafeInteger(offset) || offset < 0 || offset + size > this.data.length)
      throw this.corrupt(
        `${what} at byte ${offset} (${size} bytes) lies outside the file of ${this.data.length} bytes`,
      );
  }

  spend(values: number): void {
    this.#left -= values;
    if (this.#left < 0) throw this.corrupt('the same bytes are described over and over');
  }

  corrupt(message: string): Problem {
    return new Problem(
      'tflite-corrupt',
      message,
      undefined,
      'the file is damaged or not a TFLite model: export it again',
    );
  }
}

/**
 * One flatbuffer table; every access is checked against the file, which the `flatbuffers` package does not do.
 * Source: FlatBuffers internals (vtable = [size, table size, offset of each field]; 0 = absent).
 */
export class Table {
  readonly #vtable: number;
  readonly #fields: number;

  constructor(
    readonly bytes: Bytes,
    readonly offset: number,
  ) {
    bytes.need(offset, 4, 'a table');
    this.#vtable = offset - bytes.buffer.readInt32(offset);
    bytes.need(this.#vtable, 4, 'the field list of a table');
    this.#fields = bytes.buffer.readUint16(this.#vtable);
    if (this.#fields < 4 || this.#fields % 2) throw bytes.corrupt(`bad field list at byte ${this.#vtable}`);
    bytes.need(this.#vtable, this.#fields, 'the field list of a table');
    bytes.spend(1);
  }

  /** Where field `id` lies, `size` bytes of it in the file; undefined when the table lacks it. */
  at(id: number, size: number): number | undefined {
    const entry = 4 + 2 * id;
    const relative = entry < this.#fields ? this.bytes.buffer.readUint16(this.#vtable + entry) : 0;
    if (!relative) return undefined;
    this.bytes.need(this.offset + relative, size, `field ${id} of the table at byte ${this.offset}`);
    return this.offset + relative;
  }

  /** Where the string, vector or table lies that field `id` points to. */
  follow(id: number): number | undefined {
    const place = this.at(id, 4);
    return place === undefined ? undefined : place + this.bytes.buffer.readUint32(place);
  }

  /** First byte and length of a vector of `size`-byte elements. */
  vector(id: number, size: number): { start: number; length: number } | undefined {
    const place = this.follow(id);
    if (place === undefined) return undefined;
    this.bytes.need(place, 4, 'a vector');
    const length = this.bytes.buffer.readUint32(place);
    this.bytes.need(place + 4, length * size, `a vector of ${length} elements`);
    return { start: place + 4, length };
  }
}

/** Reads one field of a table; a missing table or field gives the field's default. */
export type Field<T> = (table: Table | undefined) => T;
export type Schema = { readonly [name: string]: Field<unknown> };
export type Row<S extends Schema> = { readonly [K in keyof S]: S[K] extends Field<infer T> ? T : never };

/** All declared fields of a table. */
export function read<S extends Schema>(table: Table | undefined, schema: S): Row<S> {
  return Object.fromEntries(Object.entries(schema).map(([name, field]) => [name, field(table)])) as Row<S>;
}

type Reader = (buffer: ByteBuffer, offset: number) => number;
const i32At: Reader = (b, at) => b.readInt32(at);
const f32At: Reader = (b, at) => b.readFloat32(at);
const i64At: Reader = (b, at) => Number(b.readInt64(at));

const scalar =
  (size: number, get: Reader) =>
  (id: number, fallback = 0): Field<number> =>
  (table) => {
    const at = table?.at(id, size);
    return at === undefined ? fallback : get(table!.bytes.buffer, at);
  };

export const i8 = scalar(1, (b, at) => b.readInt8(at));
export const u8 = scalar(1, (b, at) => b.readUint8(at));
export const i32 = scalar(4, i32At);
export const u32 = scalar(4, (b, at) => b.readUint32(at));
export const u64 = scalar(8, (b, at) => Number(b.readUint64(at)));
export const f32 = scalar(4, f32At);

export const bool =
  (id: number): Field<boolean> =>
  (table) =>
    u8(id)(table) !== 0;

const numbers =
  (size: number, get: Reader) =>
  (id: number): Field<readonly number[]> =>
  (table) => {
    const v = table?.vector(id, size);
    if (!v) return [];
    table!.bytes.spend(v.length);
    return Array.from({ length: v.length }, (_, i) => get(table!.bytes.buffer, v.start + i * size));
  };

export const i32s = numbers(4, i32At);
export const u16s = numbers(2, (b, at) => b.readUint16(at));
export const f32s = numbers(4, f32At);
/** 64-bit integers as numbers: exact up to 2^53, which callers' range checks stay far below */
export const i64s = numbers(8, i64At);

/** A view on the file, no copy. */
export const bytesOf =
  (id: number): Field<Uint8Array> =>
  (table) => {
    const v = table?.vector(id, 1);
    return v ? table!.bytes.data.subarray(v.start, v.start + v.length) : new Uint8Array();
  };

const utf8 = new TextDecoder();
const longestString = 1024;

/** Text for people and names: cut at 1024 bytes, control characters replaced. */
export const string =
  (id: number): Field<string> =>
  (table) => {
    const bytes = bytesOf(id)(table).subarray(0, longestString);
    table?.bytes.spend(bytes.length);
    return utf8.decode(bytes).replace(/\p{Cc}/gu, '?');
  };

export const table =
  (id: number): Field<Table | undefined> =>
  (parent) => {
    const place = parent?.follow(id);
    return place === undefined ? undefined : new Table(parent!.bytes, place);
  };

export const tables =
  (id: number): Field<readonly Table[]> =>
  (parent) => {
    const v = parent?.vector(id, 4);
    if (!v) return [];
    const { bytes } = parent!;
    const place = (i: number) => v.start + 4 * i;
    return Array.from({ length: v.length }, (_, i) => new Table(bytes, place(i) + bytes.buffer.readUint32(place(i))));
  };
