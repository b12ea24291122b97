import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { exportOnnx } from '../../src/export.js';
import { writeOnnx } from '../../src/exporters/onnx/index.js';
import { decode } from '../../src/formats/message.js';
import { type GraphProto, modelSchema } from '../../src/formats/onnx/schema.js';
import { elements, type Graph, type OpAttrs, type OpKind } from '../../src/ir/graph.js';
import { execute } from '../../src/ops/execute.js';
import { opDef } from '../../src/ops/index.js';
import { inputsOf, outputsOf } from '../../src/ops/op.js';
import { simplify } from '../../src/passes/index.js';
import { floatTwin } from '../../src/quantise/float-twin.js';
import { residual, uniform } from '../support/float-net.js';
import { importGolden } from '../support/golden.js';
import { f32, net, one, type Spec, s8 } from '../support/net.js';
import { runOnnx } from '../support/onnx.js';
import { randomGraph } from '../support/random-graph.js';
import { hasShared, shared } from '../support/shared.js';

const graphOf = (file: Uint8Array): GraphProto => decode(modelSchema, file, 'test.onnx').graph!;
const kinds = (file: Uint8Array): string[] => graphOf(file).node.map((n) => n.opType!);

/** Greatest difference between ONNX Runtime and the reference over the size of the values, and the file. */
async function difference(graph: Graph, scale = 1): Promise<{ error: number; file: Uint8Array }> {
  const twin = floatTwin(graph);
  const inputs = twin.inputs.map((id, i) => uniform(elements(twin.tensors[id]!.shape), i + 1).map((v) => v * scale));
  const expected = execute(twin, inputs) as Float32Array[];
  const file = exportOnnx(graph);
  const got = await runOnnx(file, twin, inputs);
  const errors = expected.flatMap((y, i) => {
    const size = y.reduce((most, v) => Math.max(most, Math.abs(v)), 1);
    expect(got[i]).toHaveLength(y.length);
    return Array.from(y, (v, k) => Math.abs(v - got[i]![k]!) / size);
  });
  return { error: Math.max(...errors), file };
}

/** A graph of one node whose output shape the op itself tells. */
function single<K extends OpKind>(op: K, attr: OpAttrs[K], inputs: readonly Spec[]): Graph {
  const draft = one(op, attr, inputs, f32([1]));
  const node = draft.nodes[0]!;
  const [shape] = opDef(node).infer(node, inputsOf(draft, node), outputsOf(draft, node));
  return one(op, attr, inputs, f32(shape!));
}

const constant = (shape: readonly number[], seed = 9): Spec => ({
  ...f32(shape),
  data: uniform(elements(shape), seed),
});
const x4 = f32([1, 5, 4, 3]);
const window = { stride: [2, 1], dilation: [1, 2], pad: [1, 0, 2, 1], act: 'relu' } as const;
const pool = { filter: [3, 2], stride: [2, 1], pad: [1, 1, 0, 1], act: 'none' } as const;

describe('each op gives what the reference gives', () => {
  const cases: Record<string, Graph> = {
    conv2d: single('conv2d', { ...window, groups: 1 }, [x4, constant([2, 3, 2, 3]), constant([2])]),
    'conv2d in groups, without bias': single('conv2d', { ...window, groups: 3 }, [x4, constant([6, 3, 2, 1])]),
    'conv2d with a bias for the border': single(
      'conv2d',
      { ...window, dilation: [1, 1], groups: 1, border: { rows: [0, 1], cols: [0, 1, 1, 1, 1, 2] } },
      [x4, constant([2, 3, 2, 3]), constant([6, 2])],
    ),
    'depthwise with a multiplier': single('depthwise_conv2d', { ...window, multiplier: 2 }, [
      x4,
      constant([1, 3, 2, 6]),
      constant([6]),
    ]),
    'fully connected, rows': one('fully_connected', { act: 'relu6' }, [f32([2, 3]), constant([4, 3])], f32([2, 4])),
    'fully connected, image': one(
      'fully_connected',
      { act: 'none' },
      [f32([1, 2, 2, 3]), constant([4, 12]), constant([4])],
      f32([1, 4]),
    ),
    'fully connected, rank 3': one(
      'fully_connected',
      { act: 'relu' },
      [f32([2, 2, 3]), constant([4, 3])],
      f32([2, 2, 4]),
    ),
    'average pool': single('average_pool2d', { ...pool, act: 'relu_n1_to_1' }, [x4]),
    'max pool': single('max_pool2d', pool, [x4]),
    'add of two': single('add', { act: 'relu' }, [x4, x4]),
    'sub of a constant of one axis': single('sub', { act: 'none' }, [x4, constant([3])]),
    'mul, broadcast': single('mul', { act: 'none' }, [x4, f32([4, 1])]),
    'mean of pixels': single('mean', { axes: [1, 2], keepDims: true }, [x4]),
    'mean of rows, axes dropped': single('mean', { axes: [1], keepDims: false }, [x4]),
    reshape: one('reshape', {}, [x4], f32([5, 12])),
    'softmax with beta': single('softmax', { beta: 2 }, [f32([3, 4])]),
    logistic: single('logistic', {}, [x4]),
    tanh: single('tanh', {}, [x4]),
    relu6: single('relu', { act: 'relu6' }, [x4]),
    pad: single('pad', { before: [0, 1, 0, 2], after: [0, 0, 3, 0], value: -1.5 }, [x4]),
    concatenation: single('concatenation', { axis: 3, act: 'none' }, [x4, f32([1, 5, 4, 2])]),
    'resize, asymmetric': single('resize_bilinear', { size: [7, 9], alignCorners: false, halfPixel: false }, [x4]),
    'resize, corners': single('resize_bilinear', { size: [2, 9], alignCorners: true, halfPixel: false }, [x4]),
    'resize, half pixels': single('resize_bilinear', { size: [10, 3], alignCorners: false, halfPixel: true }, [x4]),
    transpose: single('transpose', { perm: [0, 2, 1, 3] }, [x4]),
  };
  test.each(Object.keys(cases))('%s', async (name) => {
    expect((await difference(cases[name]!, 3)).error).toBeLessThan(1e-5);
  });
});

/** A convolution that leaves a channels-first image, and an op on that. */
function afterConv<K extends OpKind>(op: K, attr: OpAttrs[K], more: readonly Spec[], output: readonly number[]): Graph {
  const n = net();
  const image = n.node(
    'conv2d',
    { stride: [1, 1], dilation: [1, 1], pad: [0, 0, 0, 0], groups: 1, act: 'none' },
    [n.add(x4), n.add(constant([3, 1, 1, 3]))],
    x4,
  );
  return n.graph(n.node(op, attr, [image, ...more.map(n.add)], f32(output)));
}

describe('layouts', () => {
  const cases: Record<string, [Graph, number]> = {
    'softmax over the channels': [afterConv('softmax', { beta: 1 }, [], [1, 5, 4, 3]), 2],
    'mean of pixels without their axes': [afterConv('mean', { axes: [1, 2], keepDims: false }, [], [1, 3]), 1],
    'mean of rows without their axis': [afterConv('mean', { axes: [1], keepDims: false }, [], [1, 4, 3]), 2],
    'mean of channels without their axis': [afterConv('mean', { axes: [3], keepDims: false }, [], [1, 5, 4]), 1],
    'a constant of three axes': [afterConv('add', { act: 'none' }, [constant([5, 1, 3])], [1, 5, 4, 3]), 2],
    'a variable of one axis': [afterConv('mul', { act: 'none' }, [f32([3])], [1, 5, 4, 3]), 2],
    'concatenation of rows': [afterConv('concatenation', { axis: 1, act: 'relu' }, [x4], [1, 10, 4, 3]), 3],
    'pad of a pixel': [afterConv('pad', { before: [0, 1, 0, 0], after: [0, 0, 0, 1], value: 2 }, [], [1, 6, 4, 4]), 2],
    flatten: [afterConv('reshape', {}, [], [1, 60]), 2],
  };
  test.each(Object.keys(cases))('%s', async (name) => {
    const [graph, transposes] = cases[name]!;
    const { error, file } = await difference(graph);
    expect(error).toBeLessThan(1e-5);
    expect(kinds(file).filter((k) => k === 'Transpose')).toHaveLength(transposes);
  });

  test('a residual network is turned once, at its input', async () => {
    const { error, file } = await difference(residual());
    expect(error).toBeLessThan(1e-5);
    expect(kinds(file).filter((k) => k === 'Transpose')).toHaveLength(1);
  });

  test('outputs that are inputs or constants', async () => {
    const n = net();
    const x = n.add(x4);
    const c = n.add(constant([1, 2]));
    const y = n.node('relu', { act: 'relu' }, [x], x4);
    expect((await difference(n.graph(y, x, c))).error).toBe(0);
  });
});

test('random int8 graphs, as they are and simplified', async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const graph = randomGraph(seed);
    for (const g of [graph, simplify(graph)]) {
      expect((await difference(g)).error, `seed ${seed}`).toBeLessThan(1e-5);
    }
  }
});

test('names of inputs, outputs and inner tensors are kept, pruned weights are zeros', async () => {
  const graph = residual();
  const node = graph.nodes[0]!;
  const weights = graph.tensors[node.in[1]!]!;
  const pruned: Graph = {
    ...graph,
    tensors: graph.tensors.map((t) =>
      t === weights ? { ...t, data: Float32Array.from(t.data!, (v, i) => (i % 3 ? 0 : v)) } : t,
    ),
  };
  const proto = graphOf(exportOnnx(pruned));
  const names = (ids: readonly number[]) => ids.map((id) => graph.tensors[id]!.name);
  expect(proto.input.map((v) => v.name)).toEqual(names(graph.inputs));
  expect(proto.output.map((v) => v.name)).toEqual(names(graph.outputs));
  const written = proto.node.flatMap((n) => n.output);
  expect(names(graph.nodes.flatMap((n) => n.out)).filter((name) => !written.includes(name))).toEqual([]);
  const stored = proto.initializer.find((t) => `${t.dims}` === '8,3,3,3')!;
  const values = new Float32Array(Uint8Array.from(stored.rawData!).buffer);
  expect(values.filter((v) => v === 0)).toHaveLength(144);
});

test('what cannot be written is named', () => {
  const quantised = one('relu', { act: 'relu' }, [s8([1, 2])], s8([1, 2]));
  expect(() => writeOnnx(quantised)).toThrow(expect.objectContaining({ code: 'export-type' }));
  const copy = one('quantize', {}, [f32([1, 2])], f32([1, 2]));
  expect(() => writeOnnx(copy)).toThrow(
    expect.objectContaining({ code: 'export-unsupported', where: expect.stringContaining('quantize') }),
  );
});

describe.skipIf(!hasShared)('real models', () => {
  test.each([
    'kws_int8',
    'kws_float',
    'ic_int8',
    'ic_float',
    'vww_int8',
    'vww_float',
    'ad_int8',
    'ad_float',
    'sww_int8',
  ])('mlperf_%s within 1e-4', async (name) => {
    const source = await importGolden(`mlperf_${name}`);
    for (const graph of [source, simplify(source)]) {
      const { error, file } = await difference(graph, name.startsWith('kws') ? 30 : 2);
      expect(error).toBeLessThan(1e-4);
      expect(kinds(file).filter((k) => k === 'Transpose').length).toBeLessThanOrEqual(1);
    }
  });

  test('files of other tools are read by the same schema', () => {
    const list = JSON.parse(readFileSync(shared('models/MODELS.json'), 'utf8')) as {
      file: string;
      ops: Record<string, number>;
    }[];
    const models = list.filter((m) => m.file.endsWith('.onnx'));
    expect(models.length).toBeGreaterThan(5);
    for (const { file, ops } of models) {
      const counts: Record<string, number> = {};
      for (const kind of kinds(new Uint8Array(readFileSync(shared(file))))) counts[kind] = (counts[kind] ?? 0) + 1;
      expect(counts, file).toEqual(ops);
    }
  });
});
