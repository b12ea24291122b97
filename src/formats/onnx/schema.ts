/**
 * The part of ONNX's messages that Espalier reads and writes: names and numbers of the fields.
 * Source: onnx.proto of ONNX (IR versions 3 to 10), https://onnx.ai/onnx/repo-docs/IR.html
 */
import type { Field, Schema } from '../message.js';

/** Element types of a tensor (TensorProto.DataType). */
export const dataType = {
  float: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  double: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
} as const;

/** Kinds of attributes (AttributeProto.AttributeType). */
export const attributeType = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
  tensors: 9,
  graphs: 10,
} as const;

export interface KeyValue {
  readonly key?: string;
  readonly value?: string;
}

export interface TensorProto {
  readonly dims: readonly number[];
  /** of `dataType` */
  readonly dataType?: number;
  readonly floatData: readonly number[];
  /** also for smaller integers, bool and float16 (bits) */
  readonly int32Data: readonly number[];
  readonly stringData: readonly Uint8Array[];
  readonly int64Data: readonly number[];
  readonly name?: string;
  /** instead of the other data: little-endian */
  readonly rawData?: Uint8Array;
  readonly doubleData: readonly number[];
  readonly uint64Data: readonly number[];
  readonly externalData: readonly KeyValue[];
  /** 1: the data are in another file */
  readonly dataLocation?: number;
}

export interface SparseTensorProto {
  /** its name is the initialiser's */
  readonly values?: TensorProto;
  readonly indices?: TensorProto;
  readonly dims: readonly number[];
}

export interface AttributeProto {
  readonly name?: string;
  readonly f?: number;
  readonly i?: number;
  readonly s?: Uint8Array;
  readonly t?: TensorProto;
  readonly g?: GraphProto;
  readonly floats: readonly number[];
  readonly ints: readonly number[];
  readonly strings: readonly Uint8Array[];
  readonly tensors: readonly TensorProto[];
  readonly graphs: readonly GraphProto[];
  /** of `attributeType` */
  readonly type?: number;
  /** inside a function: the value is that of this attribute of the function's call */
  readonly refAttrName?: string;
  readonly sparseTensor?: SparseTensorProto;
}

export interface NodeProto {
  /** '' for an optional input that is left out */
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly name?: string;
  readonly opType?: string;
  readonly attribute: readonly AttributeProto[];
  readonly domain?: string;
}

export interface DimensionProto {
  readonly dimValue?: number;
  /** a name for a size that is not fixed */
  readonly dimParam?: string;
}

export interface ShapeProto {
  readonly dim: readonly DimensionProto[];
}

export interface TensorTypeProto {
  /** of `dataType` */
  readonly elemType?: number;
  readonly shape?: ShapeProto;
}

export interface TypeProto {
  readonly tensorType?: TensorTypeProto;
}

export interface ValueInfoProto {
  readonly name?: string;
  readonly type?: TypeProto;
}

export interface GraphProto {
  readonly node: readonly NodeProto[];
  readonly name?: string;
  readonly initializer: readonly TensorProto[];
  readonly docString?: string;
  readonly input: readonly ValueInfoProto[];
  readonly output: readonly ValueInfoProto[];
  readonly valueInfo: readonly ValueInfoProto[];
  readonly sparseInitializer: readonly SparseTensorProto[];
}

export interface OperatorSetId {
  /** '' or absent: ONNX's own operators */
  readonly domain?: string;
  readonly version?: number;
}

/** An operator that the file itself defines. */
export interface FunctionProto {
  readonly name?: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly node: readonly NodeProto[];
  readonly opsetImport: readonly OperatorSetId[];
  readonly domain?: string;
  /** attributes with the values they have where a call says nothing */
  readonly attributeProto: readonly AttributeProto[];
}

export interface ModelProto {
  readonly irVersion?: number;
  readonly producerName?: string;
  readonly producerVersion?: string;
  readonly docString?: string;
  readonly graph?: GraphProto;
  readonly opsetImport: readonly OperatorSetId[];
  readonly metadataProps: readonly KeyValue[];
  readonly functions: readonly FunctionProto[];
}

const one = (no: number, type: Field['type']): Field => ({ no, type });
const many = (no: number, type: Field['type']): Field => ({ no, type, many: true });

const keyValue: Schema<KeyValue> = { key: one(1, 'string'), value: one(2, 'string') };

export const tensorSchema: Schema<TensorProto> = {
  dims: many(1, 'int64'),
  dataType: one(2, 'int32'),
  floatData: many(4, 'float'),
  int32Data: many(5, 'int32'),
  stringData: many(6, 'bytes'),
  int64Data: many(7, 'int64'),
  name: one(8, 'string'),
  rawData: one(9, 'bytes'),
  doubleData: many(10, 'double'),
  uint64Data: many(11, 'uint64'),
  externalData: many(13, () => keyValue),
  dataLocation: one(14, 'int32'),
};

const sparseTensor: Schema<SparseTensorProto> = {
  values: one(1, () => tensorSchema),
  indices: one(2, () => tensorSchema),
  dims: many(3, 'int64'),
};

const attribute: Schema<AttributeProto> = {
  name: one(1, 'string'),
  f: one(2, 'float'),
  i: one(3, 'int64'),
  s: one(4, 'bytes'),
  t: one(5, () => tensorSchema),
  g: one(6, () => graph),
  floats: many(7, 'float'),
  ints: many(8, 'int64'),
  strings: many(9, 'bytes'),
  tensors: many(10, () => tensorSchema),
  graphs: many(11, () => graph),
  type: one(20, 'int32'),
  refAttrName: one(21, 'string'),
  sparseTensor: one(22, () => sparseTensor),
};

const node: Schema<NodeProto> = {
  input: many(1, 'string'),
  output: many(2, 'string'),
  name: one(3, 'string'),
  opType: one(4, 'string'),
  attribute: many(5, () => attribute),
  domain: one(7, 'string'),
};

const dimension: Schema<DimensionProto> = { dimValue: one(1, 'int64'), dimParam: one(2, 'string') };
const shape: Schema<ShapeProto> = { dim: many(1, () => dimension) };
const tensorType: Schema<TensorTypeProto> = { elemType: one(1, 'int32'), shape: one(2, () => shape) };
const type: Schema<TypeProto> = { tensorType: one(1, () => tensorType) };
const valueInfo: Schema<ValueInfoProto> = { name: one(1, 'string'), type: one(2, () => type) };

const graph: Schema<GraphProto> = {
  node: many(1, () => node),
  name: one(2, 'string'),
  initializer: many(5, () => tensorSchema),
  docString: one(10, 'string'),
  input: many(11, () => valueInfo),
  output: many(12, () => valueInfo),
  valueInfo: many(13, () => valueInfo),
  sparseInitializer: many(15, () => sparseTensor),
};

const operatorSet: Schema<OperatorSetId> = { domain: one(1, 'string'), version: one(2, 'int64') };

const functionSchema: Schema<FunctionProto> = {
  name: one(1, 'string'),
  input: many(4, 'string'),
  output: many(5, 'string'),
  node: many(7, () => node),
  opsetImport: many(9, () => operatorSet),
  domain: one(10, 'string'),
  attributeProto: many(11, () => attribute),
};

/** A whole .onnx file. */
export const modelSchema: Schema<ModelProto> = {
  irVersion: one(1, 'int64'),
  producerName: one(2, 'string'),
  producerVersion: one(3, 'string'),
  docString: one(6, 'string'),
  graph: one(7, () => graph),
  opsetImport: many(8, () => operatorSet),
  metadataProps: many(14, () => keyValue),
  functions: many(25, () => functionSchema),
};
