/**
 * The part of the TFLite schema that is read: field numbers of each table, as the schema lists them from 0 (a union
 * takes two: its type, then its value). Source: tensorflow/compiler/mlir/lite/schema/schema.fbs, version 3d.
 */
import {
  bool,
  bytesOf,
  f32,
  f32s,
  i8,
  i32,
  i32s,
  i64s,
  type Schema,
  string,
  table,
  tables,
  u8,
  u16s,
  u32,
  u64,
} from './table.js';

export const MODEL = { version: u32(0), codes: tables(1), subgraphs: tables(2), buffers: tables(4) };

export const OPERATOR_CODE = { oldCode: i8(0), custom: string(1), code: i32(3) };

export const SUBGRAPH = { tensors: tables(0), inputs: i32s(1), outputs: i32s(2), operators: tables(3) };

export const OPERATOR = {
  code: u32(0),
  inputs: i32s(1),
  outputs: i32s(2),
  optionsType: u8(3),
  options: table(4),
  customOptions: bytesOf(5),
};

/** `offset` and `size` place the data behind the flatbuffer, in the same file, where offset > 1. */
export const BUFFER = { data: bytesOf(0), offset: u64(1), size: u64(2) };

export const TENSOR = {
  shape: i32s(0),
  type: i8(1),
  buffer: u32(2),
  name: string(3),
  quantization: table(4),
  isVariable: bool(5),
  sparsity: table(6),
  externalBuffer: u32(10),
};

/** How the values of a tensor with zeros left out are ordered; blocks are further dimensions, inside those of `blockMap`. */
export const SPARSITY = { traversalOrder: i32s(0), blockMap: i32s(1), dimensions: tables(2) };

/** format 0 = dense, 1 = compressed rows; two unions of index vectors */
export const DIMENSION = {
  format: i8(0),
  denseSize: i32(1),
  segmentsType: u8(2),
  segments: table(3),
  indicesType: u8(4),
  indices: table(5),
};

/** Field 0 of Int32Vector, Uint16Vector and Uint8Vector. */
export const INDEX_VECTOR = { i32: i32s(0), u16: u16s(0), u8: bytesOf(0) };

export const QUANTIZATION = { scale: f32s(2), zero: i64s(3), detailsType: u8(4), axis: i32(6) };

/** Options of an operator: the tag of its table in the union BuiltinOptions, and the fields that are read. */
export interface Options<S extends Schema> {
  readonly tag: number;
  readonly fields: S;
}
const options = <S extends Schema>(tag: number, fields: S): Options<S> => ({ tag, fields });

const window = { padding: i8(0), strideW: i32(1), strideH: i32(2) };

export const CONV_2D = options(1, { ...window, act: i8(3), dilationW: i32(4, 1), dilationH: i32(5, 1) });
export const DEPTHWISE_CONV_2D = options(2, { ...window, act: i8(4), dilationW: i32(5, 1), dilationH: i32(6, 1) });
export const POOL_2D = options(5, { ...window, filterW: i32(3), filterH: i32(4), act: i8(5) });
export const FULLY_CONNECTED = options(8, { act: i8(0), weightsFormat: i8(1) });
export const SOFTMAX = options(9, { beta: f32(0) });
export const CONCATENATION = options(10, { axis: i32(0), act: i8(1) });
export const ADD = options(11, { act: i8(0) });
export const MUL = options(21, { act: i8(0) });
export const REDUCER = options(27, { keepDims: bool(0) });
export const SUB = options(28, { act: i8(0) });
export const RESIZE_BILINEAR = options(15, { alignCorners: bool(2), halfPixel: bool(3) });
export const DEPTH_TO_SPACE = options(94, { block: i32(0) });
export const SVDF = options(6, { rank: i32(0), act: i8(1) });
export const UNIDIRECTIONAL_SEQUENCE_LSTM = options(71, {
  act: i8(0),
  cellClip: f32(1),
  timeMajor: bool(3),
  diagonal: bool(5),
});
export const CALL_ONCE = options(103, { init: i32(0) });
export const VAR_HANDLE = options(111, { container: string(0), sharedName: string(1) });
export const SPACE_TO_DEPTH = options(19, { block: i32(0) });
export const GATHER = options(23, { axis: i32(0), batchDims: i32(1) });
export const DIV = options(29, { act: i8(0) });
export const STRIDED_SLICE = options(32, {
  beginMask: i32(0),
  endMask: i32(1),
  ellipsisMask: i32(2),
  newAxisMask: i32(3),
  shrinkMask: i32(4),
});
export const L2_NORM = options(12, { act: i8(0) });
export const LRN = options(13, { radius: i32(0), bias: f32(1), alpha: f32(2), beta: f32(3) });
export const TRANSPOSE_CONV = options(49, { ...window, act: i8(3) });
export const PACK = options(59, { axis: i32(1) });
export const ONE_HOT = options(61, { axis: i32(0) });
export const UNPACK = options(64, { axis: i32(1) });
export const RESIZE_NEAREST = options(74, { alignCorners: bool(0), halfPixel: bool(1) });
export const LEAKY_RELU = options(75, { alpha: f32(0) });
export const MIRROR_PAD = options(77, { mode: i8(0) });
export const BATCH_MATMUL = options(101, { adjX: bool(0), adjY: bool(1) });
export const CUMSUM = options(102, { exclusive: bool(0), reverse: bool(1) });
export const GELU = options(116, { approximate: bool(0) });
