/** Reading the unit-test data of CMSIS-NN, converted to JSON: parameters and arrays per case. */
import { readFileSync } from 'node:fs';
import type { Graph, TensorData } from '../../../src/ir/graph.js';
import { shared } from '../shared.js';

interface RawCase {
  readonly case: string;
  readonly params: Readonly<Record<string, number | string>>;
  readonly arrays: Readonly<Record<string, { readonly type: string; readonly data: readonly number[] }>>;
}

/** One case of a file. */
export interface CaseData {
  readonly name: string;
  /** the first of the named parameters that is there */
  number(...names: string[]): number;
  /** the same, with a default */
  numberOr(otherwise: number, ...names: string[]): number;
  text(name: string): string | undefined;
  /** the first of the named arrays that is there */
  array(...names: string[]): TensorData;
  arrayOr(...names: string[]): TensorData | undefined;
  /** C type of the first of the named arrays that is there */
  typeOf(...names: string[]): string | undefined;
}

/** A graph with what it should compute. */
export interface CmsisCase {
  /** file/case */
  readonly name: string;
  readonly graph: Graph;
  readonly inputs: readonly TensorData[];
  readonly expected: TensorData;
  /** s8 outputs are equal; f32 ones differ by at most this share of the greatest absolute value */
  readonly tolerance: number;
}

/** Why a case cannot be expressed; thrown by the converters, collected in `notCovered`. */
export class NotCovered extends Error {}

const arrays: Readonly<Record<string, new (data: readonly number[]) => TensorData>> = {
  int8_t: Int8Array,
  int16_t: Int16Array,
  int32_t: Int32Array,
  int64_t: Int32Array,
  float32_t: Float32Array,
};

function reader(raw: RawCase): CaseData {
  const find = <T>(of: Readonly<Record<string, T>>, names: string[]): T | undefined =>
    names.map((n) => of[n]).find((v) => v !== undefined);
  const arrayOr = (...names: string[]): TensorData | undefined => {
    const a = find(raw.arrays, names);
    return a?.data ? new arrays[a.type]!(a.data) : undefined;
  };
  const must = <T>(value: T | undefined, names: string[]): T => {
    if (value === undefined) throw new Error(`${raw.case} has none of ${names.join(', ')}`);
    return value;
  };
  return {
    name: raw.case,
    number: (...names) => Number(must(find(raw.params, names), names)),
    numberOr: (otherwise, ...names) => Number(find(raw.params, names) ?? otherwise),
    text: (name) => raw.params[name]?.toString(),
    array: (...names) => must(arrayOr(...names), names),
    arrayOr,
    typeOf: (...names) => find(raw.arrays, names)?.type,
  };
}

/** The cases of a file such as `convolve_s8`. */
export function readCases(file: string): CaseData[] {
  const { cases } = JSON.parse(readFileSync(shared(`suites/cmsis-nn/${file}.json`), 'utf8')) as { cases: RawCase[] };
  return cases.map(reader);
}
