import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { importModel } from '../../src/importers/index.js';
import type { Graph, NodeOf, OpKind, Tensor } from '../../src/ir/graph.js';
import { hasShared, shared } from '../support/shared.js';

const opNames: Readonly<Record<string, OpKind>> = {
  CONV_2D: 'conv2d',
  DEPTHWISE_CONV_2D: 'depthwise_conv2d',
  FULLY_CONNECTED: 'fully_connected',
  AVERAGE_POOL_2D: 'average_pool2d',
  MAX_POOL_2D: 'max_pool2d',
  RELU: 'relu',
};

interface Described {
  readonly file: string;
  readonly inputs: readonly (readonly [string, readonly number[]])[];
  readonly outputs: readonly (readonly [string, readonly number[]])[];
  readonly ops: Readonly<Record<string, number>>;
}
const models: readonly Described[] = hasShared
  ? JSON.parse(readFileSync(shared('models/MODELS.json'), 'utf8')).filter(
      (m: { format: string }) => m.format === 'tflite',
    )
  : [];

const idOf = (file: string): string => file.replace(/^.*\/|\.tflite$/g, '');
const load = (id: string): Promise<Graph> =>
  importModel(readFileSync(shared(`models/tflite/${id}.tflite`)), `${id}.tflite`);
const count = (graph: Graph, op: OpKind): number => graph.nodes.filter((n) => n.op === op).length;
const outlines = (graph: Graph, ids: readonly number[]) =>
  ids.map((id) => [graph.tensors[id]!.name, graph.tensors[id]!.shape]);

/** Tensors without a name are numbered. */
const named = ([name, shape]: readonly [string, readonly number[]]) => [
  name || expect.stringMatching(/^tensor_\d+$/),
  shape,
];

function expectNames(graph: Graph): void {
  for (const { name } of graph.nodes) expect(name).toMatch(/^[a-z][a-z0-9_]{0,40}$/);
  expect(new Set(graph.nodes.map((n) => n.name)).size).toBe(graph.nodes.length);
}

describe.skipIf(!hasShared)('real models', () => {
  test.each(models.map((m) => [idOf(m.file), m] as const))('%s', async (id, m) => {
    const graph = await load(id);
    for (const [name, op] of Object.entries(opNames))
      expect([name, count(graph, op)]).toEqual([name, m.ops[name] ?? 0]);
    expect(outlines(graph, graph.inputs)).toEqual(m.inputs.map(named));
    expect(outlines(graph, graph.outputs)).toEqual(m.outputs.map(named));
    expectNames(graph);
    const float = graph.tensors[graph.inputs[0]!]!.type === 'f32' && !m.ops.QUANTIZE;
    if (float) expect(graph.tensors.filter((t) => t.quant || t.type !== 'f32')).toEqual([]);
  });

  test('key-word spotting: shapes, padding, per-channel scales, places', async () => {
    const graph = await load('mlperf_kws_int8');
    const first = graph.nodes[0] as NodeOf<'conv2d'>;
    const [x, w, bias] = first.in.map((id) => graph.tensors[id]!) as [Tensor, Tensor, Tensor];
    expect(x).toMatchObject({ shape: [1, 49, 10, 1], type: 's8', quant: { scale: [0.5847029089927673], zero: [83] } });
    expect(w).toMatchObject({ shape: [64, 10, 4, 1], type: 's8', quant: { axis: 0 } });
    expect(w.quant!.scale).toHaveLength(64);
    expect(w.data).toBeInstanceOf(Int8Array);
    expect(bias).toMatchObject({ shape: [64], type: 's32', quant: { axis: 0 } });
    expect(first.attr).toEqual({ stride: [2, 2], dilation: [1, 1], pad: [4, 5, 1, 1], groups: 1, act: 'relu' });
    expect(graph.tensors[first.out[0]!]!.shape).toEqual([1, 25, 5, 64]);
    expect(first.from).toBe('op #0 CONV_2D "functional_1/activation/Relu"');
    const depthwise = graph.nodes[1] as NodeOf<'depthwise_conv2d'>;
    expect(depthwise.attr).toMatchObject({ multiplier: 1, pad: [1, 1, 1, 1], stride: [1, 1] });
    expect(graph.tensors[depthwise.in[1]!]!.quant).toMatchObject({ axis: 3 });
    expect(graph.nodes.map((n) => n.name).slice(-4)).toEqual(['average_pooling2d', 'flatten', 'dense', 'softmax']);
    expect(graph.nodes.at(-1)).toMatchObject({ op: 'softmax', attr: { beta: 1 } });
  });

  test('hybrid weights become the real numbers they stand for', async () => {
    const graph = await load('mlperf_kws_hybrid');
    const weights = graph.tensors.filter((t) => t.data && t.shape.length === 4);
    expect(weights).toHaveLength(9);
    for (const w of weights) expect(w.data).toBeInstanceOf(Float32Array);
  });

  test('float16 weights leave no node behind', async () => {
    const graph = await load('mp_face_detection_short_f16');
    expect(count(graph, 'dequantize')).toBe(0);
    expect(graph.nodes).toHaveLength(164 - 74);
  });
});
