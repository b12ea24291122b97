import type { Draft } from '../../formats/message.js';
import {
  type AttributeProto,
  attributeType,
  dataType,
  type TensorProto,
  type ValueInfoProto,
} from '../../formats/onnx/schema.js';
import type { Shape } from '../../ir/graph.js';

/** Values of an attribute: whole numbers, or a text. */
export type AttributeValue = number | readonly number[] | string;

/** An attribute from its value. */
export function attributeProto(name: string, value: AttributeValue): Draft<AttributeProto> {
  if (typeof value === 'number') return { name, i: value, type: attributeType.int };
  if (typeof value === 'string') return { name, s: Buffer.from(value), type: attributeType.string };
  return { name, ints: value, type: attributeType.ints };
}

const raw = (data: ArrayBufferView): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** An initialiser of float32; zeros are written as zeros. */
export const floatProto = (name: string, dims: Shape, data: Float32Array): Draft<TensorProto> => ({
  ...{ name, dims, dataType: dataType.float, rawData: raw(data) },
});

/** An initialiser of int64, one axis. */
export const integersProto = (name: string, values: readonly number[]): Draft<TensorProto> => ({
  ...{ name, dims: [values.length], dataType: dataType.int64, rawData: raw(BigInt64Array.from(values.map(BigInt))) },
});

/** A float32 input or output of the graph. */
export const valueProto = (name: string, shape: Shape): Draft<ValueInfoProto> => ({
  name,
  type: { tensorType: { elemType: dataType.float, shape: { dim: shape.map((dimValue) => ({ dimValue })) } } },
});
