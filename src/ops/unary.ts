/** Elementwise ops of one operand. From 8-bit to 8-bit values each is a table of 256 entries. */
import { elements, type NodeOf, newData, type OpKind, type Shape, type Tensor, type TensorData } from '../ir/graph.js';
import type { OpDef, Value } from './op.js';

export type UnaryKind = 'logistic' | 'tanh' | 'relu' | 'quantize' | 'unary';

/** 256 outputs; the entry of a stored value v is at index v & 255 (its byte), whether the input is s8 or u8. */
export type ByteTable = Int8Array | Uint8Array;

/** The semantics of an elementwise op. */
export interface Unary<K extends OpKind> {
  /** @throws Problem when types or parameters do not fit */
  check(node: NodeOf<K>, x: Tensor, y: Tensor): void;
  /** a function from one stored value to the other; of a float tensor the stored value is the real one */
  law(node: NodeOf<K>, x: Tensor, y: Tensor): (value: number) => number;
}

const isByte = (t: Tensor): boolean => t.type === 's8' || t.type === 'u8';

/** Can the op be computed by `byteTable`? */
export const hasTable = (x: Tensor, y: Tensor): boolean => isByte(x) && isByte(y);

/** All 256 values of a law between 8-bit tensors. */
export function byteTable(x: Tensor, y: Tensor, law: (value: number) => number): ByteTable {
  const table = newData(y.type, 256) as ByteTable;
  const first = x.type === 's8' ? -128 : 0;
  for (let v = first; v < first + 256; v++) table[v & 255] = law(v);
  return table;
}

function apply(x: Value, y: Tensor, law: (value: number) => number): TensorData {
  const out = newData(y.type, elements(y.shape));
  if (hasTable(x, y) && out.length > 256) {
    const table = byteTable(x, y, law);
    for (let i = 0; i < out.length; i++) out[i] = table[x.data[i]! & 255]!;
  } else for (let i = 0; i < out.length; i++) out[i] = law(x.data[i]!);
  return out;
}

/** The definition of an elementwise op from its law. */
export const unaryOp = <K extends OpKind>({ check, law }: Unary<K>): OpDef<K> => ({
  inputs: [1, 1],
  infer(node, inputs, [y]): readonly Shape[] {
    check(node, inputs[0]!, y!);
    return [inputs[0]!.shape];
  },
  run: (node, inputs, [y]) => [apply(inputs[0] as Value, y!, law(node, inputs[0]!, y!))],
  macs: () => 0,
});
