// Flatbuffers written from plain descriptions: a table is { field number: [kind, value] }.
import { Builder } from 'flatbuffers';

/** Puts a vector of `size`-byte elements into the file; elements go in from the last to the first. */
function vector(b, size, values, add) {
  b.startVector(size, values.length, size);
  for (const value of [...values].reverse()) add(value);
  return b.endVector();
}

/** Bytes as they are, at a place that is a multiple of 16: engines read weights in place, by whole vectors. */
function bytes(b, values) {
  b.startVector(1, values.length, 16);
  b.space -= values.length;
  b.bb.bytes().set(values, b.space);
  return b.endVector();
}

/** Kinds of fields that point elsewhere in the file. */
const children = {
  string: (b, v) => b.createString(v),
  i32s: (b, v) => vector(b, 4, v, (x) => b.addInt32(x)),
  i64s: (b, v) => vector(b, 8, v, (x) => b.addInt64(BigInt(x))),
  f32s: (b, v) => vector(b, 4, v, (x) => b.addFloat32(x)),
  u16s: (b, v) => vector(b, 2, v, (x) => b.addInt16(x)),
  bytes,
  table,
  tables(b, list) {
    const places = list.map((fields) => table(b, fields));
    return vector(b, 4, places, (place) => b.addOffset(place));
  },
};

/** Kinds of fields that lie in the table itself. */
const scalars = {
  i8: (b, id, v) => b.addFieldInt8(id, v, 0),
  i32: (b, id, v) => b.addFieldInt32(id, v, 0),
  f32: (b, id, v) => b.addFieldFloat32(id, v, 0),
};

function table(b, fields) {
  const entries = Object.entries(fields).map(([id, [kind, value]]) => {
    const at = children[kind]?.(b, value);
    return () => (at === undefined ? scalars[kind](b, Number(id), value) : b.addFieldOffset(Number(id), at, 0));
  });
  b.startObject(1 + Math.max(-1, ...Object.keys(fields).map(Number)));
  b.forceDefaults(true);
  for (const add of entries) add();
  return b.endObject();
}

/** The bytes of a file whose root is that table. @param identifier four letters */
export function flatbuffer(fields, identifier) {
  const b = new Builder(1024);
  b.finish(table(b, fields), identifier);
  return b.asUint8Array().slice();
}
