/** The binary format of WebAssembly modules, as far as data are added to a compiled one. Source: WebAssembly core specification, section 5. */

/** Where bytes lie in memory when an instance begins. */
export interface DataSegment {
  readonly address: number;
  readonly bytes: Uint8Array;
}

interface Section {
  readonly id: number;
  readonly body: Uint8Array;
}

const header = 8;
const [dataCount, data] = [12, 11];

/** LEB128 of an unsigned number below 2^32. */
export function unsigned(value: number): number[] {
  const out: number[] = [];
  let rest = value >>> 0;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    out.push(rest ? low | 0x80 : low);
  } while (rest);
  return out;
}

/** LEB128 of an int32. */
export function signed(value: number): number[] {
  const out: number[] = [];
  for (let rest = value | 0; ; ) {
    const low = rest & 0x7f;
    rest >>= 7;
    const isLast = (rest === 0 && !(low & 0x40)) || (rest === -1 && (low & 0x40) !== 0);
    out.push(isLast ? low : low | 0x80);
    if (isLast) return out;
  }
}

/** Reads an unsigned LEB128; its value and where it ends. */
function readUnsigned(bytes: Uint8Array, at: number): [value: number, end: number] {
  let value = 0;
  for (let shift = 0, i = at; ; shift += 7, i++) {
    value += (bytes[i]! & 0x7f) * 2 ** shift;
    if (!(bytes[i]! & 0x80)) return [value, i + 1];
  }
}

function sectionsOf(binary: Uint8Array): Section[] {
  const sections: Section[] = [];
  for (let at = header; at < binary.length; ) {
    const [size, start] = readUnsigned(binary, at + 1);
    sections.push({ id: binary[at]!, body: binary.subarray(start, start + size) });
    at = start + size;
  }
  return sections;
}

/** An active segment of memory 0: `i32.const address`, the bytes. */
const segment = ({ address, bytes }: DataSegment): Uint8Array =>
  Buffer.concat([Uint8Array.from([0, 0x41, ...signed(address), 0x0b, ...unsigned(bytes.length)]), bytes]);

/** A section of a count and that many entries, further ones added. */
function extended(body: Uint8Array, further: readonly Uint8Array[]): Uint8Array {
  const [count, start] = body.length ? readUnsigned(body, 0) : [0, 0];
  return Buffer.concat([Uint8Array.from(unsigned(count + further.length)), body.subarray(start), ...further]);
}

/**
 * The module with further data segments in its memory, custom sections (names) left out.
 * @param binary a valid module
 */
export function withData(binary: Uint8Array, segments: readonly DataSegment[]): Uint8Array {
  const sections = sectionsOf(binary).filter((s) => s.id !== 0 && s.id !== data);
  const old = sectionsOf(binary).find((s) => s.id === data)?.body ?? new Uint8Array();
  const count = segments.length + (old.length ? readUnsigned(old, 0)[0] : 0);
  const parts = sections.map(({ id, body }) => ({
    id,
    body: id === dataCount ? Uint8Array.from(unsigned(count)) : body,
  }));
  const all = [...parts, { id: data, body: extended(old, segments.map(segment)) }];
  const bytes = all.map(({ id, body }) => Buffer.concat([Uint8Array.from([id, ...unsigned(body.length)]), body]));
  return new Uint8Array(Buffer.concat([binary.subarray(0, header), ...bytes]));
}
