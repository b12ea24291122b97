/** What lies in the memory of a module before the arena: constant arrays, and a description of every layer. */
import type { ConstArray, CType, Layer } from '../../kernels/kernel.js';
import type { MemberType } from './classes.js';

const arrays = {
  int8_t: Int8Array,
  uint8_t: Uint8Array,
  int16_t: Int16Array,
  uint16_t: Uint16Array,
  int32_t: Int32Array,
  uint32_t: Uint32Array,
  float: Float32Array,
} as const;

/** Bytes of an array; infinite floats stay what they are. */
function bytesOf({ type, values }: { type: CType; values: ArrayLike<number> }): Uint8Array {
  const data = arrays[type].from(values);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Address 0 stands for "none". */
const base = 16;

/** Fills memory from `base` on. Arrays of equal bytes are there once. */
export class Image {
  private readonly parts: { address: number; bytes: Uint8Array }[] = [];
  private readonly known = new Map<ConstArray, number>();
  private readonly contents = new Map<string, number>();
  end = base;

  private add(bytes: Uint8Array, align: number): number {
    const address = Math.ceil(this.end / align) * align;
    this.parts.push({ address, bytes });
    this.end = address + bytes.length;
    return address;
  }

  /** Address of an array. */
  array(array: ConstArray): number {
    const at = this.known.get(array);
    if (at !== undefined) return at;
    const bytes = bytesOf(array);
    const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    const address = this.contents.get(key) ?? this.add(bytes, bytes.length < 16 ? 4 : 16);
    this.contents.set(key, address);
    this.known.set(array, address);
    return address;
  }

  /** Address of a layer's description, its arrays placed before it. */
  layer({ struct, fields }: Layer, members: readonly MemberType[]): number {
    const values = fields.flatMap((f) => f.values);
    if (values.length !== members.length)
      throw new Error(`${struct} has ${members.length} members in AssemblyScript, ${values.length} values`);
    const data = new DataView(new ArrayBuffer(4 * values.length));
    values.forEach((value, i) => {
      const number = value === null ? 0 : typeof value === 'object' ? this.array(value) : value;
      if (members[i] === 'f32') data.setFloat32(4 * i, number, true);
      else data.setInt32(4 * i, number, true);
    });
    return this.add(new Uint8Array(data.buffer), 4);
  }

  /** All bytes from `address` on. */
  get segment(): { address: number; bytes: Uint8Array } {
    const bytes = new Uint8Array(this.end - base);
    for (const part of this.parts) bytes.set(part.bytes, part.address - base);
    return { address: base, bytes };
  }
}
