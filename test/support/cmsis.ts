/**
 * CMSIS-NN's unit-test data as graphs: an outside judge of the reference and of every kernel.
 * Multipliers become scales, as scale = multiplier * 2^(shift - 31) gives exactly that multiplier back.
 */
import { dsCnn } from './cmsis/ds-cnn.js';
import { type CaseData, type CmsisCase, NotCovered, readCases } from './cmsis/file.js';
import { batchMatmul, extreme, transposeConv } from './cmsis/general.js';
import { binary, concatenation, fullyConnected, pad, softmax, transpose } from './cmsis/simple.js';
import { pool, weighted } from './cmsis/window.js';
import { hasShared } from './shared.js';

export type { CmsisCase } from './cmsis/file.js';

const files: Readonly<Record<string, (c: CaseData) => Omit<CmsisCase, 'name'>>> = {
  convolve_s8: weighted('conv2d'),
  grouped_convolve_s8: weighted('conv2d'),
  convolve_f32: weighted('conv2d'),
  depthwise_s8: weighted('depthwise_conv2d'),
  depthwise_f32: weighted('depthwise_conv2d'),
  fully_connected_s8: fullyConnected,
  fully_connected_f32: fullyConnected,
  elementwise_add_s8: binary('add'),
  elementwise_add_f32: binary('add'),
  elementwise_mul_s8: binary('mul'),
  elementwise_mul_f32: binary('mul'),
  avg_s8: pool('average_pool2d'),
  avg_f32: pool('average_pool2d'),
  max_pool_s8: pool('max_pool2d'),
  max_pool_f32: pool('max_pool2d'),
  softmax_s8: softmax,
  softmax_s8_s16: softmax,
  softmax_f32: softmax,
  pad_s8: pad,
  pad_f32: pad,
  transpose_s8: transpose,
  transpose_f32: transpose,
  concatenation_f32: concatenation,
  ds_cnn_s8: dsCnn,
  convolve_s16: weighted('conv2d'),
  depthwise_s16: weighted('depthwise_conv2d'),
  fully_connected_s16: fullyConnected,
  elementwise_add_s16: binary('add'),
  elementwise_mul_s16: binary('mul'),
  avg_s16: pool('average_pool2d'),
  max_pool_s16: pool('max_pool2d'),
  softmax_s16: softmax,
  maximum_s8: extreme,
  minimum_s8: extreme,
  maximum_f32: extreme,
  batch_matmul_s8: batchMatmul,
  transpose_conv_s8: transposeConv,
  reverse_transpose_conv_s8: transposeConv,
  transpose_conv_f32: transposeConv,
};

const cases: CmsisCase[] = [];
const skipped: { name: string; reason: string }[] = [];

for (const [file, convert] of hasShared ? Object.entries(files) : [])
  for (const data of readCases(file)) {
    const name = `${file}/${data.name}`;
    try {
      cases.push({ name, ...convert(data) });
    } catch (error) {
      if (!(error instanceof NotCovered)) throw error;
      skipped.push({ name, reason: error.message });
    }
  }

/** Every case that the op vocabulary expresses; empty without the shared folder. */
export const cmsisCases: readonly CmsisCase[] = cases;

/** The cases that it does not, and why. */
export const notCovered: readonly { readonly name: string; readonly reason: string }[] = skipped;
