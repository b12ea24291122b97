import { dataType } from '../../formats/onnx/schema.js';
import type { DType } from '../../ir/graph.js';
import type { NumberType } from '../../support/numbers.js';

/** How an ONNX element type arrives in the graph. */
export interface ElementType {
  readonly code: number;
  /** as ONNX spells it in messages: `float16` */
  readonly name: string;
  readonly type: DType;
  /** of `raw_data` */
  readonly raw: NumberType | 'bf16';
  /** the field of TensorProto that holds values otherwise */
  readonly field: 'floatData' | 'int32Data' | 'int64Data' | 'doubleData' | 'uint64Data';
  /** least and most value; absent for real numbers */
  readonly range?: readonly [number, number];
}

const whole = (bits: number, signed: boolean): [number, number] =>
  signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];

/**
 * Microcontrollers have no use for 64-bit numbers: wide integers become s32 (values that do not fit are refused, save the
 * extremes that stand for "to the end"), real numbers of any width f32.
 * Source: onnx.proto, TensorProto.DataType
 */
const types: readonly ElementType[] = [
  { code: dataType.float, name: 'float', type: 'f32', raw: 'f32', field: 'floatData' },
  { code: dataType.float16, name: 'float16', type: 'f32', raw: 'f16', field: 'int32Data' },
  { code: dataType.bfloat16, name: 'bfloat16', type: 'f32', raw: 'bf16', field: 'int32Data' },
  { code: dataType.double, name: 'double', type: 'f32', raw: 'f64', field: 'doubleData' },
  { code: dataType.uint8, name: 'uint8', type: 'u8', raw: 'u8', field: 'int32Data', range: whole(8, false) },
  { code: dataType.int8, name: 'int8', type: 's8', raw: 's8', field: 'int32Data', range: whole(8, true) },
  { code: dataType.uint16, name: 'uint16', type: 's32', raw: 'u16', field: 'int32Data', range: whole(16, false) },
  { code: dataType.int16, name: 'int16', type: 's16', raw: 's16', field: 'int32Data', range: whole(16, true) },
  { code: dataType.int32, name: 'int32', type: 's32', raw: 's32', field: 'int32Data', range: whole(32, true) },
  { code: dataType.uint32, name: 'uint32', type: 's32', raw: 'u32', field: 'uint64Data', range: whole(32, false) },
  { code: dataType.int64, name: 'int64', type: 's32', raw: 's64', field: 'int64Data', range: whole(64, true) },
  { code: dataType.uint64, name: 'uint64', type: 's32', raw: 'u64', field: 'uint64Data', range: whole(64, false) },
  { code: dataType.bool, name: 'bool', type: 'bool', raw: 'bool', field: 'int32Data', range: [0, 1] },
];

const byCode = new Map(types.map((t) => [t.code, t]));

export const supportedTypes = types.map((t) => t.name).join(', ');
export const elementType = (code: number | undefined): ElementType | undefined => byCode.get(code ?? 0);

const named = (name: string): ElementType => types.find((t) => t.name === name)!;
export const float = named('float');
export const int64 = named('int64');
export const int32 = named('int32');
export const bool = named('bool');
export const int8 = named('int8');
export const uint8 = named('uint8');

const others: Readonly<Record<number, string>> = {
  0: 'undefined',
  8: 'string',
  14: 'complex64',
  15: 'complex128',
  17: 'float8e4m3fn',
  18: 'float8e4m3fnuz',
  19: 'float8e5m2',
  20: 'float8e5m2fnuz',
  21: 'uint4',
  22: 'int4',
};

/** Of any type, for messages. */
export const typeName = (code: number | undefined): string =>
  elementType(code)?.name ?? others[code ?? 0] ?? `type ${code}`;
