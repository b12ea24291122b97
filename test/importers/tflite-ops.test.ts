import { describe, expect, test } from 'vitest';
import { formatOf, importModel } from '../../src/importers/index.js';
import type { NodeOf } from '../../src/ir/graph.js';
import { execute } from '../../src/ops/execute.js';
import {
  CONCATENATION,
  conv,
  FULLY_CONNECTED,
  f32,
  filter,
  given,
  image,
  MEAN,
  PAD,
  PADV2,
  problemOf,
  QUANTIZE,
  RELU,
  RESHAPE,
  relu,
  s8,
  s32,
  single,
  TRANSPOSE,
  window,
} from './hand-made.js';
import { type TestModel, type TestTensor, tflite } from './model.js';

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
  });

  test('uint8 all through becomes int8 between its edges', async () => {
    const u8 = { shape: [1, 2], type: 3, scale: [1], zero: [3] };
    const graph = await given(relu(u8));
    expect(graph.nodes.map((n) => n.op)).toEqual(['quantize', 'relu', 'quantize']);
    expect(execute(graph, [Uint8Array.of(0, 200)])).toEqual([Uint8Array.of(3, 200)]);
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
        { code: 24, inputs: [2], outputs: [3] },
      ],
      inputs: [0],
      outputs: [3],
    };
    expect(await problemOf(model)).toMatchObject({
      code: 'op-unsupported',
      where: 'hand.tflite, op #1 CUSTOM "Magic" "t2"',
      message: expect.stringMatching(/Magic.*RNN.*2 of 3/),
    });
  });
});

describe('signal operators', () => {
  const custom = (name: string, inputs: number[], outputs: number[]) => ({ code: 32, custom: name, inputs, outputs });
  const model = (operators: TestModel['operators'], outputs: readonly number[] = [2]): TestModel => ({
    tensors: [image, image, image, image],
    operators,
    ...{ inputs: [0], outputs },
  });
  const reshape = { code: RESHAPE, inputs: [1], outputs: [2] };

  test('alone', async () => {
    expect(await problemOf(model([custom('SignalPCAN', [0], [1]), reshape]))).toMatchObject({
      code: 'op-unsupported',
      where: 'hand.tflite, op #0 CUSTOM "SignalPCAN"',
      message: expect.stringContaining('SignalWindow'),
    });
  });

  test.each<[string, TestModel, string]>([
    ['that ends', model([custom('SignalWindow', [0], [1]), reshape]), 'op #1 RESHAPE'],
    [
      'that somebody else reads',
      model([custom('SignalWindow', [0], [1]), reshape, { code: RELU, inputs: [1], outputs: [3] }]),
      'op #0 CUSTOM "SignalWindow"',
    ],
    [
      'whose values inside are given',
      model([custom('SignalWindow', [0], [1]), reshape], [1, 2]),
      'op #0 CUSTOM "SignalWindow"',
    ],
  ])('a chain %s', async (_, chain, where) => {
    expect(await problemOf(chain)).toMatchObject({
      code: 'op-unsupported',
      where: `hand.tflite, ${where}`,
      hint: expect.stringContaining('SignalFilterBankLog'),
    });
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
