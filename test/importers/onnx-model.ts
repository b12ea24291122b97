/** ONNX models made by hand. */

import type { Draft } from '../../src/formats/message.js';
import { encode } from '../../src/formats/message.js';
import {
  type AttributeProto,
  attributeType,
  dataType,
  modelSchema,
  type TensorProto,
} from '../../src/formats/onnx/schema.js';
import { importModel } from '../../src/importers/index.js';
import type { Graph } from '../../src/ir/graph.js';

export type AttributeValue =
  | number
  | string
  | readonly number[]
  | { real: number }
  | Draft<TensorProto>
  | { graph: GraphSpec };

export interface NodeSpec {
  readonly op: string;
  readonly in: readonly string[];
  readonly out: readonly string[];
  readonly attr?: Readonly<Record<string, AttributeValue>>;
  readonly domain?: string;
}

export interface GraphSpec {
  readonly nodes: readonly NodeSpec[];
  /** name: shape with numbers or names; float unless the type says otherwise */
  readonly inputs?: Readonly<Record<string, readonly (number | string)[]>>;
  readonly outputs: readonly string[];
  readonly initializers?: readonly Draft<TensorProto>[];
  readonly types?: Readonly<Record<string, number>>;
}

export interface ModelSpec extends GraphSpec {
  readonly opset?: number;
  readonly domains?: readonly string[];
  readonly functions?: Draft<object>[];
  readonly sparse?: Draft<object>[];
}

/** A constant of real numbers. */
export const floats = (name: string, dims: readonly number[], values: ArrayLike<number>): Draft<TensorProto> => ({
  name,
  dims,
  dataType: dataType.float,
  rawData: new Uint8Array(Float32Array.from(values).buffer),
});

/** A constant of whole numbers. */
export const whole = (
  name: string,
  values: readonly number[],
  dims: readonly number[] = [values.length],
): Draft<TensorProto> => ({
  name,
  dims,
  dataType: dataType.int64,
  int64Data: values,
});

/** A constant of 8-bit numbers. */
export const bytes = (
  name: string,
  dims: readonly number[],
  values: ArrayLike<number>,
  signed = true,
): Draft<TensorProto> => ({
  name,
  dims,
  dataType: signed ? dataType.int8 : dataType.uint8,
  rawData: Uint8Array.from(values, (v) => v & 255),
});

function attribute(name: string, value: AttributeValue): Draft<AttributeProto> {
  if (typeof value === 'number') return { name, i: value, type: attributeType.int };
  if (typeof value === 'string') return { name, s: new TextEncoder().encode(value), type: attributeType.string };
  if (Array.isArray(value)) return { name, ints: value as number[], type: attributeType.ints };
  if ('real' in (value as object)) return { name, f: (value as { real: number }).real, type: attributeType.float };
  if ('graph' in (value as object))
    return {
      name,
      g: graphOf((value as { graph: GraphSpec }).graph, 'branch'),
      type: attributeType.graph,
    } as Draft<AttributeProto>;
  return { name, t: value as Draft<TensorProto>, type: attributeType.tensor };
}

const dimension = (d: number | string) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d });

function graphOf(spec: GraphSpec, name: string) {
  const type = (n: string) => spec.types?.[n] ?? dataType.float;
  return {
    name,
    node: spec.nodes.map((n) => ({
      opType: n.op,
      input: n.in,
      output: n.out,
      name: `n_${n.out[0]}`,
      attribute: Object.entries(n.attr ?? {}).map(([k, v]) => attribute(k, v)),
      ...(n.domain && { domain: n.domain }),
    })),
    initializer: spec.initializers ?? [],
    input: Object.entries(spec.inputs ?? {}).map(([n, dims]) => ({
      name: n,
      type: { tensorType: { elemType: type(n), shape: { dim: dims.map(dimension) } } },
    })),
    output: spec.outputs.map((n) => ({ name: n, type: { tensorType: { elemType: type(n) } } })),
  };
}

/** The bytes of a model file. */
export function onnx(spec: ModelSpec): Uint8Array {
  const opsets = [
    { domain: '', version: spec.opset ?? 13 },
    ...(spec.domains ?? []).map((domain) => ({ domain, version: 1 })),
  ];
  return encode(modelSchema, {
    irVersion: 8,
    producerName: 'test',
    graph: { ...graphOf(spec, 'g'), sparseInitializer: spec.sparse ?? [] },
    opsetImport: opsets,
    functions: spec.functions ?? [],
  } as never);
}

export const imported = (spec: ModelSpec): Promise<Graph> => importModel(onnx(spec), 'hand.onnx');
