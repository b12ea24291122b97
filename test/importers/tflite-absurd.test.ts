import { describe, expect, test } from 'vitest';
import {
  ADD,
  CONV_2D,
  conv,
  DEPTHWISE_CONV_2D,
  DEQUANTIZE,
  FULLY_CONNECTED,
  f32,
  filter,
  image,
  MEAN,
  PAD,
  pool,
  problemOf,
  RELU,
  relu,
  s8,
  s32,
  single,
  TRANSPOSE,
  window,
} from './hand-made.js';
import type { TestModel, TestTensor } from './model.js';

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
    ['a sparse tensor', conv({ ...filter, more: { 6: ['table', {}] } }), 'tflite-corrupt'],
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
