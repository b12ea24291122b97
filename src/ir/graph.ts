/** The graph that every stage passes on: plain readonly data, tensors in one flat table, nodes holding indices into it. */

import type { BinaryFn, Coordinates, ReduceFn, ScatterFn, UnaryFn } from './functions.js';

export type * from './functions.js';

export type DType = 'f32' | 's8' | 'u8' | 's16' | 's32' | 'bool';
export type TensorData = Float32Array | Int8Array | Uint8Array | Int16Array | Int32Array;
export type TensorId = number;
export type Shape = readonly number[];
/** [height, width] */
export type Pair = readonly [number, number];
/** [top, bottom, left, right], in pixels of the input */
export type Padding = readonly [number, number, number, number];

/**
 * Affine quantisation, real = scale * (stored - zero); one entry, or one per slice of `axis`.
 * Scales are the float32 values of the model file. Source: TFLite quantisation specification.
 */
export interface Quant {
  readonly scale: readonly number[];
  readonly zero: readonly number[];
  readonly axis?: number;
}

export interface Tensor {
  readonly name: string;
  /** NHWC for images; every dimension >= 1 */
  readonly shape: Shape;
  readonly type: DType;
  /** absent while the graph is float */
  readonly quant?: Quant;
  /** present = constant */
  readonly data?: TensorData;
}

export type Activation = 'none' | 'relu' | 'relu6' | 'relu_n1_to_1';

/**
 * A bias that depends on how much padding the window sees: output row y and column x use bias row
 * `rows[y] * (max(cols) + 1) + cols[x]`; the bias tensor is then [classes, Cout] instead of [Cout].
 * It appears when a constant channel that feeds a padded convolution is folded away.
 */
export interface Border {
  readonly rows: readonly number[];
  readonly cols: readonly number[];
}

/** What lstm and gru share. */
export interface Recurrent {
  /** from the last step to the first; every output has the place of its input */
  readonly reverse: boolean;
  /** only the last step that is computed is given */
  readonly last: boolean;
  /** slope of the line that stands in for the logistic function, clamp(slope * x + 0.5, 0, 1); 0 = the logistic function */
  readonly hardSlope: number;
}

/** What a frame of sound goes through; names and fractional bits are those of TFLite Micro's signal operators. */
export interface AudioFeatures {
  /** products of samples and window are shifted to the right by it */
  readonly windowShift: number;
  /** points of the transform, a power of two; zeros follow the samples */
  readonly fftLength: number;
  /** first bin whose energy counts, and the one after the last */
  readonly bins: Pair;
  /** share of the new value in the noise, of bands with an even and an odd number, and the share of the old one */
  readonly smoothing: Pair;
  readonly oneMinusSmoothing: Pair;
  /** share of the signal that stays whatever the noise is */
  readonly minSignalRemaining: number;
  readonly smoothingBits: number;
  /** fractional bits of the shares */
  readonly subtractionBits: number;
  /** the noise follows a signal that is below it at once */
  readonly clamping: boolean;
  readonly snrShift: number;
  /** the result is outputScale * ln(value << correctionBits) */
  readonly outputScale: number;
  readonly correctionBits: number;
}

/** The whole op vocabulary: attributes of each. Inputs are listed in the comment; `?` = optional, last. */
export interface OpAttrs {
  /**
   * x [N,H,W,Ci], weights [Co,Kh,Kw,Ci/groups], bias? [Co] -> [N,Ho,Wo,Co].
   * Weights of s8 activations are s8, or s16 (bytes less a zero point); those of s16 activations are s8, their sums 64 bits
   * wide (`accumulator`: 32)
   */
  conv2d: {
    stride: Pair;
    dilation: Pair;
    pad: Padding;
    groups: number;
    act: Activation;
    border?: Border;
    accumulator?: 's32';
  };
  /** x [N,H,W,Ci], weights [1,Kh,Kw,Ci*multiplier], bias? [Ci*multiplier] -> [N,Ho,Wo,Ci*multiplier] */
  depthwise_conv2d: {
    stride: Pair;
    dilation: Pair;
    pad: Padding;
    multiplier: number;
    act: Activation;
    border?: Border;
  };
  /** x [..., K] read as [rows, K], weights [Co,K], bias? [Co] -> shape of the output tensor, [rows, Co] */
  fully_connected: { act: Activation };
  /** a, b (numpy broadcasting); f32, s8, s16, s32 */
  add: { act: Activation };
  sub: { act: Activation };
  mul: { act: Activation };
  /** x [N,H,W,C]; the divisor counts only pixels inside the image */
  average_pool2d: { filter: Pair; stride: Pair; pad: Padding; act: Activation };
  max_pool2d: { filter: Pair; stride: Pair; pad: Padding; act: Activation };
  /** x; axes are non-negative and sorted */
  mean: { axes: readonly number[]; keepDims: boolean };
  /** x; the shape is the output tensor's */
  reshape: Record<never, never>;
  /** x; over the last axis */
  softmax: { beta: number };
  /** x, elementwise */
  logistic: Record<never, never>;
  tanh: Record<never, never>;
  /** x; an activation standing alone (fusion removes it where it can) */
  relu: { act: Exclude<Activation, 'none'> };
  /** x; `value` is the stored (quantised) value written into the border */
  pad: { before: readonly number[]; after: readonly number[]; value: number };
  /** x: f32 -> quantised, or quantised -> quantised with other parameters */
  quantize: Record<never, never>;
  /** x: quantised -> f32 */
  dequantize: Record<never, never>;
  /** x1, x2, ...; axis is non-negative */
  concatenation: { axis: number; act: Activation };
  /** x */
  transpose: { perm: readonly number[] };
  /**
   * x, elementwise: f32; 8-bit and s16 stored values with their parameters; s32 for abs, neg, sign, square, clip, bitwise_not.
   * alpha and beta are 0 where a function does not take them
   */
  unary: { fn: UnaryFn; alpha: number; beta: number };
  /**
   * a, b (numpy broadcasting): f32, s32, bool; s8 and s16 for maximum, minimum, squared_difference, prelu, comparisons.
   * Whole numbers without parameters of 8 and 16 bits too
   */
  binary: { fn: BinaryFn };
  /** condition (bool), a, b (numpy broadcasting) of any one type and quantisation: condition ? a : b */
  select: Record<never, never>;
  /** x (f32, s32, bool; s8 with one quantisation for max and min); axes are non-negative and sorted */
  reduce: { fn: ReduceFn; axes: readonly number[]; keepDims: boolean };
  /** x -> s32, the position of the greatest (least) value along an axis, the first or last of several */
  arg_max: { axis: number; keepDims: boolean; last: boolean };
  arg_min: { axis: number; keepDims: boolean; last: boolean };
  /** x (f32, s32); exclusive: without the element itself; reverse: from the end */
  cumsum: { axis: number; exclusive: boolean; reverse: boolean };
  /** x; the k greatest (or least) values along an axis, sorted, or their positions (s32); of equal ones the first comes first */
  top_k: { axis: number; k: number; largest: boolean; result: 'values' | 'indices' };
  /**
   * x [batch..., outer..., axis, inner...], indices (s32) [batch..., picks...] -> [batch..., outer..., picks..., inner...].
   * Negative indices count from the end, here and in all ops that take indices
   */
  gather: { axis: number; batchDims: number };
  /** x, indices (s32) of the result's shape, along an axis */
  gather_elements: { axis: number };
  /** x [batch..., ...], indices (s32) [batch..., picks..., coordinates] -> [batch..., picks..., rest of x] */
  gather_nd: { batchDims: number };
  /** x, indices (s32), updates of the indices' shape -> x with some elements replaced or combined */
  scatter_elements: { axis: number; fn: ScatterFn };
  /** x, indices (s32) [picks..., coordinates], updates [picks..., rest of x] -> x with some slices replaced or combined */
  scatter_nd: { fn: ScatterFn };
  /** x; the shape is the output tensor's; negative strides go backwards */
  strided_slice: { begin: readonly number[]; strides: readonly number[] };
  /** x, repeated along each axis */
  tile: { multiples: readonly number[] };
  /** x; the shape is the output tensor's, by numpy's rules */
  broadcast_to: Record<never, never>;
  /** indices (s32); the new axis, of the output tensor, holds the stored value `on` at the index, `off` elsewhere */
  one_hot: { axis: number; on: number; off: number };
  /** x (f32, s8, u8, s16, s32, bool) -> the same numbers in another type, stored ones without parameters; f32 is cut off, and bool is != 0 */
  cast: Record<never, never>;
  /** a [batch..., n, k], b [batch..., k, m] (or the last two the other way round), batches by numpy's rules; f32, s8 */
  batch_matmul: { transposeA: boolean; transposeB: boolean };
  /**
   * x [N,H,W,Ci], weights [Co,Kh,Kw,Ci/groups], bias? [Co]; the shape is the output tensor's. Input pixel i adds to output
   * pixels i * stride - pad + tap * dilation
   */
  transpose_conv: { stride: Pair; dilation: Pair; pad: Padding; groups: number; act: Activation };
  /** x; over the last axis */
  log_softmax: Record<never, never>;
  /** x (f32), over the last axis: x * (bias + alpha * sum of squares of channels up to `radius` away) ^ -beta */
  local_response_normalization: { radius: number; bias: number; alpha: number; beta: number };
  /** x of any type and shape; steps: input pixels per output pixel along each axis; the shape is the output tensor's */
  resize_nearest: {
    coordinates: Coordinates;
    rounding: 'floor' | 'ceil' | 'prefer_floor' | 'prefer_ceil';
    steps: readonly number[];
  };
  /**
   * x [N,T,I], weights [4,H,I], recurrent [4,H,H], bias [4,H] of the input, forget, cell and output gate, h? [N,H], c? [N,H]
   * -> y [N,T,H], or [N,H] where only the last step is wanted; h and c after the last step, where they were given.
   * s8: one scale per gate along axis 0, bias s32, h as y, c s16
   */
  lstm: Recurrent & {
    /** s8: the cell state is stored * 2^cellPower; 0 for f32 */
    cellPower: number;
    /** stored cell states stay within -+cellClip; 0 = they are not limited */
    cellClip: number;
  };
  /**
   * x [N,T,I], weights [3,H,I], recurrent [3,H,H], bias [6,H] of the update, reset and new gate: of the input's part, then of
   * the state's; h? [N,H] -> y as lstm; h after the last step, where it was given. resetAfter: the state's part of the new
   * gate is multiplied by the reset gate, else the state is.
   * s8: one scale per gate along axis 0, bias s32 at the scales of its two parts, h s16 in Q0.15 (ops/recurrent/gru.ts)
   */
  gru: Recurrent & { resetAfter: boolean };
  /**
   * x [N,I], feature [U*rank,I], time [U*rank,memory], bias [U], state [N,U*rank*memory] -> y [N,U], the state after it.
   * s8: bias s32, time and state s16 or s8
   */
  svdf: { rank: number; act: Activation };
  /**
   * Loudness of a frame of sound in bands, less noise: x s16, window s16 (as many), weights s16 [W], unweights s16 [W],
   * starts s16 [C+1], weightStarts s16 [C+1], widths s16 [C+1], gains s16 [125], noise s32 [C] (the bits of a uint32)
   * -> y s16 [C], the noise after it. The last seven but the noise are constants (ops/signal/features.ts)
   */
  audio_features: AudioFeatures;
  /** x [N,H,W,C]; size is the height and width of the result */
  resize_bilinear: { size: Pair; alignCorners: boolean; halfPixel: boolean };
}

export type OpKind = keyof OpAttrs;

export type NodeOf<K extends OpKind> = {
  readonly op: K;
  /** unique in the graph; becomes part of C names */
  readonly name: string;
  readonly attr: OpAttrs[K];
  readonly in: readonly TensorId[];
  readonly out: readonly TensorId[];
  /** where in the model file, e.g. `op #3 CONV_2D "conv1"`; quoted by every problem */
  readonly from: string;
};
export type Node = { [K in OpKind]: NodeOf<K> }[OpKind];

/** A tensor that keeps its value from run to run. */
export interface State {
  readonly name: string;
  /** its value before a run: read like an input */
  readonly before: TensorId;
  /** the tensor whose value it has after the run; another one than `before` */
  readonly after: TensorId;
  /** before the first run; absent = real 0 */
  readonly initial?: TensorData;
}

export interface Graph {
  readonly name: string;
  readonly tensors: readonly Tensor[];
  /** topological order, checked by ir/check.ts */
  readonly nodes: readonly Node[];
  readonly inputs: readonly TensorId[];
  readonly outputs: readonly TensorId[];
  /** what a run leaves for the next one; absent = nothing */
  readonly states?: readonly State[];
}

/** What must be there after a run: outputs and new states. */
export const results = (graph: Graph): readonly TensorId[] => [
  ...graph.outputs,
  ...(graph.states ?? []).map((s) => s.after),
];

/** A pass never edits its argument. */
export type Pass = (graph: Graph) => Graph;

/** Number of elements of a shape; 1 for a scalar. */
export const elements = (shape: Shape): number => shape.reduce((n, d) => n * d, 1);

/** Are activations stored in 8 or 16 bits? A graph without any is float. */
export const isQuantised = (graph: Graph): boolean =>
  graph.tensors.some((t) => (t.type === 's8' || (t.type === 's16' && t.quant !== undefined)) && !t.data);

const bytesPerElement: Record<DType, number> = { f32: 4, s8: 1, u8: 1, s16: 2, s32: 4, bool: 1 };

/** Bytes of a dense tensor in memory. */
export const tensorBytes = (t: Pick<Tensor, 'shape' | 'type'>): number => elements(t.shape) * bytesPerElement[t.type];

const arrays = { f32: Float32Array, s8: Int8Array, u8: Uint8Array, s16: Int16Array, s32: Int32Array, bool: Uint8Array };

/** A zero-filled typed array of the right kind, or a view on `buffer`. */
export function newData(type: DType, length: number): TensorData {
  return new arrays[type](length);
}

/** `8x8x3`: for messages, comments and reports; the batch axis is dropped when it is 1. */
export function shapeText(shape: Shape): string {
  const shown = shape.length > 1 && shape[0] === 1 ? shape.slice(1) : shape;
  return shown.length ? shown.join('x') : '1';
}
