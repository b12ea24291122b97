import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { formatOf, importModel } from '../../src/importers/index.js';
import type { Graph, NodeOf, OpKind, Tensor } from '../../src/ir/graph.js';
import { hasShared, shared } from '../support/shared.js';
import { type TestModel, type TestOperator, type TestTensor, tflite } from './model.js';

const ADD = 0;
const AVERAGE_POOL_2D = 1;
const CONCATENATION = 2;
const CONV_2D = 3;
const DEPTHWISE_CONV_2D = 4;
const DEQUANTIZE = 6;
const FULLY_CONNECTED = 9;
const RELU = 19;
const RESHAPE = 22;
const PAD = 34;
const TRANSPOSE = 39;
const MEAN = 40;
const PADV2 = 60;
const QUANTIZE = 114;

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

/** Models that cannot be imported yet, and the operators (or words) that the Problem must name. */
const refused: Readonly<Record<string, readonly [code: string, ...named: string[]]>> = {
  keyword_scrambled_8bit: ['op-unsupported', 'SVDF'],
  mnist_lstm_float: ['op-unsupported', 'UNIDIRECTIONAL_SEQUENCE_LSTM'],
  mnist_lstm_int8: ['op-unsupported', 'UNIDIRECTIONAL_SEQUENCE_LSTM'],
  mobilenet_v1_025_128_uint8: ['uint8-unsupported', 'uint8'],
  mp_face_detection_full_sparse_f16: ['op-unsupported', 'DENSIFY', 'RESIZE_BILINEAR', 'DEPTH_TO_SPACE'],
  mp_selfie_segmentation_f16: [
    'op-unsupported',
    'HARD_SWISH',
    'RESIZE_BILINEAR',
    'CUSTOM "Convolution2DTransposeBias"',
  ],
  mww_v2_okay_nabu: ['op-unsupported', 'CALL_ONCE', 'VAR_HANDLE', 'READ_VARIABLE', 'STRIDED_SLICE', 'SPLIT_V'],
  mww_v2_vad: ['op-unsupported', 'CALL_ONCE', 'VAR_HANDLE', 'ASSIGN_VARIABLE'],
  oww_embedding_float: ['op-unsupported', 'LEAKY_RELU', 'MAXIMUM'],
};

const idOf = (file: string): string => file.replace(/^.*\/|\.tflite$/g, '');
const load = (id: string): Promise<Graph> =>
  importModel(readFileSync(shared(`models/tflite/${id}.tflite`)), `${id}.tflite`);
const count = (graph: Graph, op: OpKind): number => graph.nodes.filter((n) => n.op === op).length;
const outlines = (graph: Graph, ids: readonly number[]) =>
  ids.map((id) => [graph.tensors[id]!.name, graph.tensors[id]!.shape]);

function expectNames(graph: Graph): void {
  for (const { name } of graph.nodes) expect(name).toMatch(/^[a-z][a-z0-9_]{0,40}$/);
  expect(new Set(graph.nodes.map((n) => n.name)).size).toBe(graph.nodes.length);
}

describe.skipIf(!hasShared)('real models', () => {
  test.each(models.filter((m) => !(idOf(m.file) in refused)).map((m) => [idOf(m.file), m] as const))(
    '%s',
    async (id, m) => {
      const graph = await load(id);
      for (const [name, op] of Object.entries(opNames))
        expect([name, count(graph, op)]).toEqual([name, m.ops[name] ?? 0]);
      expect(outlines(graph, graph.inputs)).toEqual(m.inputs.map(([name, shape]) => [name, shape]));
      expect(outlines(graph, graph.outputs)).toEqual(m.outputs.map(([name, shape]) => [name, shape]));
      expectNames(graph);
      const float = graph.tensors[graph.inputs[0]!]!.type === 'f32' && !m.ops.QUANTIZE;
      if (float) expect(graph.tensors.filter((t) => t.quant || t.type !== 'f32')).toEqual([]);
    },
  );

  test.each(Object.entries(refused))('%s is refused, naming what it needs', async (id, [code, ...named]) => {
    const problem = await load(id).catch((error) => error);
    expect(problem).toMatchObject({ code, where: expect.stringContaining(`${id}.tflite, op #`) });
    for (const name of named) expect(problem.line).toContain(name);
  });

  test('every model is on one of the two lists', () => {
    const ids = models.map((m) => idOf(m.file));
    expect(Object.keys(refused).filter((id) => !ids.includes(id))).toEqual([]);
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

const f32 = (...values: number[]) => Float32Array.from(values);
const s8 = (...values: number[]) => Int8Array.from(values);
const s32 = (...values: number[]) => Int32Array.from(values);

/** One operator reading tensors 0.. and writing the last one. */
const single = (code: number, tensors: readonly TestTensor[], options?: TestOperator['options']): TestModel => ({
  tensors,
  operators: [
    { code, inputs: tensors.slice(1).map((_, i) => i), outputs: [tensors.length - 1], ...(options && { options }) },
  ],
  inputs: [0],
  outputs: [tensors.length - 1],
});

const given = (model: TestModel): Promise<Graph> => importModel(tflite(model), 'hand.tflite');
const problemOf = (model: TestModel): Promise<unknown> =>
  given(model).then(
    () => 'imported',
    (error) => error,
  );

const image = { shape: [1, 4, 4, 1] };
const window = (more: object = {}) => ({ 0: ['i8', 0], 1: ['i32', 1], 2: ['i32', 1], ...more }) as const;
const pool = (options = window({ 3: ['i32', 2], 4: ['i32', 2] })) =>
  single(AVERAGE_POOL_2D, [image, image], [5, options]);
const conv = (weights: TestTensor, options = window()): TestModel =>
  single(CONV_2D, [image, weights, { shape: [1, 4, 4, 1] }], [1, options]);
const filter: TestTensor = { shape: [1, 1, 1, 1], data: f32(2) };
const relu = (x: TestTensor, y: TestTensor = x): TestModel => single(RELU, [x, y]);

describe('hand-made models', () => {
  test('fused activations by number', async () => {
    const act = async (code: number) => {
      const graph = await given(conv(filter, window({ 3: ['i8', code] })));
      return (graph.nodes[0] as NodeOf<'conv2d'>).attr.act;
    };
    expect([await act(0), await act(1), await act(2), await act(3)]).toEqual(['none', 'relu', 'relu_n1_to_1', 'relu6']);
    expect(await problemOf(conv(filter, window({ 3: ['i8', 4] })))).toMatchObject({
      code: 'activation-unsupported',
      message: expect.stringContaining('TANH'),
    });
  });

  test('hybrid weights: scales per tensor and per channel', async () => {
    const dense = (weights: TestTensor) =>
      single(FULLY_CONNECTED, [{ shape: [1, 2] }, weights, { shape: [1, 2] }], [8, {}]);
    const w = { shape: [2, 2], type: 9, data: s8(1, 2, 3, 4) };
    const one = await given(dense({ ...w, scale: [0.5], zero: [1] }));
    expect(one.tensors[1]).toMatchObject({ type: 'f32', data: f32(0, 0.5, 1, 1.5) });
    const two = await given(dense({ ...w, scale: [1, 10], zero: [0, 0] }));
    expect(two.tensors[1]!.data).toEqual(f32(1, 2, 30, 40));
    expect(two.tensors).toHaveLength(3);
  });

  test('a fully connected layer over an image gets its rows from a reshape', async () => {
    const weights = { shape: [3, 16], data: new Float32Array(48) };
    const graph = await given(single(FULLY_CONNECTED, [image, weights, { shape: [1, 3] }], [8, {}]));
    expect(graph.nodes.map((n) => n.op)).toEqual(['reshape', 'fully_connected']);
    expect(graph.tensors[graph.nodes[0]!.out[0]!]!.shape).toEqual([1, 16]);
  });

  test('a missing bias may be -1', async () => {
    const model = conv(filter);
    const graph = await given({ ...model, operators: [{ ...model.operators[0]!, inputs: [0, 1, -1] }] });
    expect(graph.nodes[0]!.in).toHaveLength(2);
  });

  test('axes: negative, repeated and 64-bit', async () => {
    const axes = { shape: [3], type: 4, data: BigInt64Array.of(-2n, 1n, 2n) };
    const graph = await given(single(MEAN, [image, axes, { shape: [1, 1] }], [27, { 0: ['i8', 0] }]));
    expect(graph.nodes[0]!.attr).toEqual({ axes: [1, 2], keepDims: false });
  });

  test('padding writes the zero point, or the value given', async () => {
    const q = { type: 9, scale: [0.5], zero: [7] };
    const borders = { shape: [2, 2], type: 2, data: s32(0, 0, 1, 2) };
    const x = { shape: [1, 2], ...q };
    const y = { shape: [1, 5], ...q };
    const pad = await given(single(PAD, [x, borders, y]));
    expect(pad.nodes[0]!.attr).toEqual({ before: [0, 1], after: [0, 2], value: 7 });
    const value = { shape: [1], ...q, data: s8(-3) };
    const padV2 = await given(single(PADV2, [x, borders, value, y]));
    expect(padV2.nodes[0]!.attr).toMatchObject({ value: -3 });
  });

  test('transpose and concatenation', async () => {
    const perm = { shape: [4], type: 2, data: s32(0, 3, 1, 2) };
    const transposed = await given(single(TRANSPOSE, [image, perm, { shape: [1, 1, 4, 4] }]));
    expect(transposed.nodes[0]!.attr).toEqual({ perm: [0, 3, 1, 2] });
    const joined = await given(
      single(
        CONCATENATION,
        [image, { shape: [1, 4, 4, 2], data: new Float32Array(32) }, { shape: [1, 4, 4, 3] }],
        [10, { 0: ['i32', -1] }],
      ),
    );
    expect(joined.nodes[0]!.attr).toEqual({ axis: 3, act: 'none' });
  });

  test('uint8 input with int8 inside', async () => {
    const u8 = { shape: [1, 2], type: 3, scale: [1], zero: [0] };
    const int8 = { shape: [1, 2], type: 9, scale: [1], zero: [-128] };
    const graph = await given(single(QUANTIZE, [u8, int8]));
    expect(graph.tensors.map((t) => t.type)).toEqual(['u8', 's8']);
    expect(await problemOf(relu(u8))).toMatchObject({ code: 'uint8-unsupported' });
  });

  test('the larger of the two operator codes holds', async () => {
    expect(await problemOf(single(300, [image, image]))).toMatchObject({
      code: 'op-unsupported',
      message: expect.stringContaining('operator 300'),
      where: 'hand.tflite, op #0 operator 300 "t1"',
      hint: expect.stringContaining('CONV_2D'),
    });
  });

  test('all operators that are missing are named at once', async () => {
    const model: TestModel = {
      tensors: [image, image, image, image],
      operators: [
        { code: RELU, inputs: [0], outputs: [1] },
        { code: 32, custom: 'Magic', inputs: [1], outputs: [2] },
        { code: 117, inputs: [2], outputs: [3] },
      ],
      inputs: [0],
      outputs: [3],
    };
    expect(await problemOf(model)).toMatchObject({
      code: 'op-unsupported',
      where: 'hand.tflite, op #1 CUSTOM "Magic" "t2"',
      message: expect.stringMatching(/Magic.*HARD_SWISH.*2 of 3/),
    });
  });
});

const q8 = (more: Partial<TestTensor>): TestTensor => ({ shape: [1, 2], type: 9, scale: [1], zero: [0], ...more });

describe('absurd models', () => {
  test.each<[string, TestModel, string]>([
    ['version 2', { ...relu(image), version: 2 }, 'tflite-version'],
    ['no inputs', { ...relu(image), inputs: [] }, 'no-inputs'],
    ['no outputs', { ...relu(image), outputs: [] }, 'no-outputs'],
    ['an output nobody writes', { ...relu(image), tensors: [image, image, image], outputs: [2] }, 'tensor-undefined'],
    ['a dangling input', { ...relu(image), inputs: [99] }, 'tensor-dangling'],
    ['a negative output', { ...relu(image), outputs: [-1] }, 'tensor-dangling'],
    [
      'an operator on nothing',
      { ...relu(image), operators: [{ code: RELU, inputs: [7], outputs: [1] }] },
      'tensor-dangling',
    ],
    [
      'an operator without inputs',
      { ...relu(image), operators: [{ code: RELU, inputs: [], outputs: [1] }] },
      'op-arity',
    ],
    [
      'an operator without outputs',
      { ...relu(image), operators: [{ code: RELU, inputs: [0], outputs: [] }] },
      'op-arity',
    ],
    [
      'a cycle',
      {
        tensors: [image, image, image],
        operators: [
          { code: ADD, inputs: [0, 2], outputs: [1] },
          { code: RELU, inputs: [1], outputs: [2] },
        ],
        inputs: [0],
        outputs: [2],
      },
      'tensor-undefined',
    ],
    [
      'a tensor written twice',
      {
        tensors: [image, image],
        operators: [
          { code: RELU, inputs: [0], outputs: [1] },
          { code: RELU, inputs: [0], outputs: [1] },
        ],
        inputs: [0],
        outputs: [1],
      },
      'tensor-rewritten',
    ],
    [
      'its own input written',
      { ...relu(image), operators: [{ code: RELU, inputs: [0], outputs: [0] }] },
      'tensor-rewritten',
    ],
    ['a constant written', relu(image, { ...image, data: new Float32Array(16) }), 'tensor-rewritten'],
    ['a constant input', relu({ ...image, data: new Float32Array(16) }), 'tflite-corrupt'],
    ['a dimension of -1', relu({ shape: [1, -1] }), 'tensor-dynamic'],
    ['a dimension of 0', relu({ shape: [1, 0] }), 'tensor-dynamic'],
    ['huge dimensions', relu({ shape: [2147483647, 2147483647, 2147483647] }), 'too-large'],
    ['too many dimensions', relu({ shape: new Array(9).fill(1) }), 'tensor-shape'],
    ['a missing buffer', conv({ ...filter, buffer: 77 }), 'tflite-corrupt'],
    ['a short buffer', conv({ shape: [1, 1, 1, 2], data: f32(1) }), 'tflite-corrupt'],
    ['weights that are not constant', conv({ shape: [1, 1, 1, 1] }), 'not-constant'],
    ['NaN weights', conv({ ...filter, data: f32(Number.NaN) }), 'not-finite'],
    ['no stride', conv(filter, window({ 1: ['i32', 0] })), 'op-attribute'],
    ['a negative stride', conv(filter, window({ 2: ['i32', -1] })), 'op-attribute'],
    ['no dilation', conv(filter, window({ 4: ['i32', 0] })), 'op-attribute'],
    ['a huge dilation', conv(filter, window({ 5: ['i32', 2147483647] })), 'op-attribute'],
    ['an unknown padding scheme', conv(filter, window({ 0: ['i8', 9] })), 'op-attribute'],
    ['an unknown activation', conv(filter, window({ 3: ['i8', 77] })), 'activation-unsupported'],
    [
      'options of another operator',
      { ...conv(filter), operators: [{ ...conv(filter).operators[0]!, options: [5, window()] }] },
      'tflite-corrupt',
    ],
    ['weights for other channels', conv({ shape: [1, 1, 1, 3], data: f32(1, 2, 3) }), 'op-shape'],
    ['weights of three axes', conv({ shape: [1, 1, 1], data: f32(1) }), 'op-shape'],
    [
      'depthwise weights that do not divide',
      single(
        DEPTHWISE_CONV_2D,
        [{ shape: [1, 4, 4, 2] }, { shape: [1, 1, 1, 3], data: f32(1, 2, 3) }, image],
        [2, window()],
      ),
      'op-shape',
    ],
    ['a pool without filter', pool(window()), 'op-attribute'],
    ['a window larger than its image', pool(window({ 0: ['i8', 1], 3: ['i32', 9], 4: ['i32', 9] })), 'op-shape'],
    ['text', relu({ ...image, type: 5 }), 'type-unsupported'],
    ['4-bit weights', conv({ ...filter, type: 17 }), 'type-unsupported'],
    ['a type newer than the schema', relu({ ...image, type: 99 }), 'type-unsupported'],
    ['float16 activations', relu({ ...image, type: 1 }), 'type-unsupported'],
    [
      '64-bit constants beyond 32 bits',
      single(MEAN, [image, { shape: [1], type: 4, data: BigInt64Array.of(1n << 40n) }, image], [27, {}]),
      'type-unsupported',
    ],
    [
      'an axis out of range',
      single(MEAN, [image, { shape: [1], type: 2, data: s32(4) }, image], [27, {}]),
      'op-attribute',
    ],
    [
      'a permutation that repeats',
      single(TRANSPOSE, [image, { shape: [4], type: 2, data: s32(0, 1, 1, 2) }, image]),
      'op-attribute',
    ],
    [
      'negative padding',
      single(PAD, [{ shape: [2] }, { shape: [1, 2], type: 2, data: s32(-1, 0) }, { shape: [1] }]),
      'op-attribute',
    ],
    [
      'shuffled weights',
      single(
        FULLY_CONNECTED,
        [{ shape: [1, 1] }, { shape: [1, 1], data: f32(1) }, { shape: [1, 1] }],
        [8, { 1: ['i8', 1] }],
      ),
      'op-attribute',
    ],
    [
      'rows that do not divide',
      single(FULLY_CONNECTED, [{ shape: [1, 5] }, { shape: [1, 3], data: f32(1, 2, 3) }, { shape: [1, 1] }], [8, {}]),
      'op-shape',
    ],
    ['a scale of 0', relu(q8({ scale: [0] })), 'tflite-quantization'],
    ['a negative scale', relu(q8({ scale: [-1] })), 'tflite-quantization'],
    ['a scale of NaN', relu(q8({ scale: [Number.NaN] })), 'tflite-quantization'],
    ['an infinite scale', relu(q8({ scale: [Number.POSITIVE_INFINITY] })), 'tflite-quantization'],
    ['a zero point out of range', relu(q8({ zero: [128] })), 'tflite-quantization'],
    ['a zero point beyond numbers', relu(q8({ zero: [2 ** 62] })), 'tflite-quantization'],
    ['scales that do not fit', relu(q8({ scale: [1, 1, 1], zero: [0, 0, 0], axis: 1 })), 'tflite-quantization'],
    ['scales along no axis', relu(q8({ scale: [1, 1], zero: [0, 0], axis: 5 })), 'tflite-quantization'],
    ['zero points that do not fit', relu(q8({ scale: [1, 1], zero: [0, 0, 0], axis: 1 })), 'tflite-quantization'],
    [
      'scales along the wrong axis',
      single(
        CONV_2D,
        [
          q8({ shape: [1, 4, 4, 2] }),
          q8({ shape: [2, 1, 1, 2], data: s8(1, 2, 3, 4), scale: [1, 1], axis: 3 }),
          q8({ shape: [1, 4, 4, 2] }),
        ],
        [1, window()],
      ),
      'tflite-quantization',
    ],
    [
      'uint8 weights',
      single(
        CONV_2D,
        [q8({ ...image }), q8({ shape: [1, 1, 1, 1], type: 3, data: s8(1) }), q8({ ...image })],
        [1, window()],
      ),
      'uint8-unsupported',
    ],
    ['a sparse tensor', conv({ ...filter, more: { 6: ['table', {}] } }), 'tflite-sparse'],
    ['a variable', relu({ ...image, more: { 5: ['i8', 1] } }), 'stateful'],
    ['data in another file', conv({ ...filter, more: { 10: ['i32', 1] } }), 'tflite-external'],
    [
      'a constant without scale',
      {
        ...relu(image),
        tensors: [image, { shape: [1], type: 9, data: s8(1) }, { shape: [1] }],
        operators: [{ code: DEQUANTIZE, inputs: [1], outputs: [2] }],
      },
      'tflite-quantization',
    ],
  ])('%s', async (_, model, code) => {
    const problem = await problemOf(model);
    expect(problem).toMatchObject({ name: 'Problem', code, where: expect.stringContaining('hand.tflite') });
  });

  test('constants that are the same bytes over and over do not fill the memory', async () => {
    const big = new Int8Array(2 ** 20);
    const names = Array.from({ length: 600 }, (_, i) => i);
    const shared = (i: number): TestTensor =>
      q8({ shape: [2 ** 20], ...(i ? { buffer: 2 } : { data: big, buffer: 2 }) });
    const model: TestModel = {
      tensors: [{ shape: [1] }, ...names.map(shared), ...names.map(() => ({ shape: [2 ** 20] }))],
      operators: names.map((i) => ({ code: DEQUANTIZE, inputs: [1 + i], outputs: [601 + i] })),
      inputs: [0],
      outputs: [601],
    };
    expect(await problemOf(model)).toMatchObject({ code: 'too-large' });
  });
});

describe('formats', () => {
  test('content goes before extension', () => {
    expect(formatOf(tflite(relu(image)), 'model.onnx')).toBe('tflite');
    expect(formatOf(new Uint8Array(), 'model.TFLITE')).toBe('tflite');
    expect(formatOf(Uint8Array.of(1, 2), 'model.txt')).toBeUndefined();
  });

  test('an unknown file says what it begins with and what is supported', async () => {
    await expect(importModel(Buffer.from('hello, world'), 'a/b.txt')).rejects.toMatchObject({
      code: 'format-unknown',
      message: expect.stringContaining('68 65 6c 6c'),
      where: 'a/b.txt',
      hint: expect.stringContaining('.tflite'),
    });
    await expect(importModel(new Uint8Array(), 'x')).rejects.toMatchObject({ message: 'the file is empty' });
  });

  test('the graph is named after the file', async () => {
    expect((await importModel(tflite(relu(image)), 'dir.d/kws.v2.tflite')).name).toBe('kws.v2');
  });

  test('a reshape needs no constant shape', async () => {
    expect((await given(single(RESHAPE, [image, { shape: [16] }], [17, {}]))).nodes[0]!.op).toBe('reshape');
  });
});
