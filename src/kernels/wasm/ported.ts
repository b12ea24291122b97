/**
 * Portable kernels that have the form of a C kernel: the same description of a layer, member by member, and the same order of
 * reads and writes, where a row says how far its output may overlap its input.
 */
import { binary } from '../binary.js';
import { conv2d } from '../conv2d.js';
import { convolutionF32 } from '../convolution-f32.js';
import { depthwiseConv2d } from '../depthwise-conv2d.js';
import { fullyConnected } from '../fully-connected.js';
import { functionRows } from '../functions.js';
import { indexed } from '../indexed.js';
import type { Kernel } from '../kernel.js';
import { lut } from '../lut.js';
import { mean } from '../mean.js';
import { move } from '../move.js';
import { pairs } from '../pairs.js';
import { pool2d } from '../pool2d.js';
import { products } from '../products.js';
import { quantize } from '../quantize.js';
import { reduce } from '../reduce.js';
import { rescale } from '../rescale.js';
import { resizeBilinear } from '../resize-bilinear.js';
import { softmax } from '../softmax.js';
import { stridedRows } from '../strided.js';
import { unaryF32 } from '../unary-f32.js';

/** The row of a C kernel as that of its AssemblyScript twin. */
function ported({ rows: _, ...row }: Kernel): Kernel {
  return { ...row, file: row.file.replace(/\.h$/, '.ts') };
}

/** Windows are read pixel by pixel here, so the output stays clear of the input. */
const clear = (row: Kernel): Kernel => ({ ...ported(row), overlap: () => null });

/** C kernels that every core runs. */
const plain = (rows: readonly Kernel[]): Kernel[] => rows.filter((row) => !row.needs.length && !row.small).map(ported);

/** Files of templates/wasm/kernels whose C twins hold more: the functions that are missing here. */
const withoutTwin = /^nn_(softmax_s8_s16|reduce_log_sum_exp_f32|transpose_conv_s16|local_.*)$/;

/** C files of whose functions none has a twin yet. */
const missing = new Set(['nn_function_s32.h', 'nn_pair_s32.h', 'nn_pair_bool.h', 'nn_pair_s16.h', 'nn_scatter.h']);

/** Rows of general ops. */
const general = [
  ...functionRows,
  ...pairs,
  ...reduce,
  ...indexed,
  ...stridedRows,
  ...products,
  ...rescale,
  ...resizeBilinear,
].filter((row) => !missing.has(row.file));

export const portedKernels: readonly Kernel[] = [
  ...[conv2d, depthwiseConv2d].map(clear),
  ported(fullyConnected),
  ...plain([...convolutionF32, ...binary, ...pool2d, ...mean, ...softmax, ...lut, ...unaryF32, ...quantize, ...move]),
  ...plain(general),
].filter((row) => !withoutTwin.test(row.symbol));
