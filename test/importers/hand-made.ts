import { importModel } from '../../src/importers/index.js';
import type { Graph } from '../../src/ir/graph.js';
import { type TestModel, type TestOperator, type TestTensor, tflite } from './model.js';

/** Numbers of TFLite operators. */
export const ADD = 0;
export const AVERAGE_POOL_2D = 1;
export const CONCATENATION = 2;
export const CONV_2D = 3;
export const DEPTHWISE_CONV_2D = 4;
export const DEQUANTIZE = 6;
export const FULLY_CONNECTED = 9;
export const RELU = 19;
export const RESHAPE = 22;
export const PAD = 34;
export const TRANSPOSE = 39;
export const MEAN = 40;
export const PADV2 = 60;
export const QUANTIZE = 114;

export const f32 = (...values: number[]) => Float32Array.from(values);
export const s8 = (...values: number[]) => Int8Array.from(values);
export const s32 = (...values: number[]) => Int32Array.from(values);

/** One operator reading tensors 0.. and writing the last one. */
export const single = (code: number, tensors: readonly TestTensor[], options?: TestOperator['options']): TestModel => ({
  tensors,
  operators: [
    { code, inputs: tensors.slice(1).map((_, i) => i), outputs: [tensors.length - 1], ...(options && { options }) },
  ],
  inputs: [0],
  outputs: [tensors.length - 1],
});

export const given = (model: TestModel): Promise<Graph> => importModel(tflite(model), 'hand.tflite');
export const problemOf = (model: TestModel): Promise<unknown> =>
  given(model).then(
    () => 'imported',
    (error) => error,
  );

export const image = { shape: [1, 4, 4, 1] };
export const window = (more: object = {}) => ({ 0: ['i8', 0], 1: ['i32', 1], 2: ['i32', 1], ...more }) as const;
export const pool = (options = window({ 3: ['i32', 2], 4: ['i32', 2] })) =>
  single(AVERAGE_POOL_2D, [image, image], [5, options]);
export const conv = (weights: TestTensor, options = window()): TestModel =>
  single(CONV_2D, [image, weights, { shape: [1, 4, 4, 1] }], [1, options]);
export const filter: TestTensor = { shape: [1, 1, 1, 1], data: f32(2) };
export const relu = (x: TestTensor, y: TestTensor = x): TestModel => single(RELU, [x, y]);
