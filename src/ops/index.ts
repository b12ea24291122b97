/** Every op of the vocabulary, by kind. A missing one is a compile error. */
import type { Node, OpKind } from '../ir/graph.js';
import { add } from './add.js';
import { argMax, argMin, cumsum, topK } from './along.js';
import { batchMatmul } from './batch-matmul.js';
import { binary } from './binary-function.js';
import { cast } from './cast.js';
import { concatenation } from './concatenation.js';
import { conv2d } from './conv2d.js';
import { depthwiseConv2d } from './depthwise-conv2d.js';
import { fullyConnected } from './fully-connected.js';
import { gather, gatherElements, gatherNd } from './gather.js';
import { localResponseNormalization } from './local-response-normalization.js';
import { logSoftmax } from './log-softmax.js';
import { mean } from './mean.js';
import { mul } from './mul.js';
import { oneHot } from './one-hot.js';
import type { OpDef, OpTable } from './op.js';
import { pad } from './pad.js';
import { averagePool2d, maxPool2d } from './pool.js';
import { dequantize, quantize } from './quantize.js';
import { gru } from './recurrent/gru.js';
import { lstm } from './recurrent/lstm.js';
import { svdf } from './recurrent/svdf.js';
import { reduce } from './reduce.js';
import { relu } from './relu.js';
import { reshape } from './reshape.js';
import { resizeBilinear } from './resize-bilinear.js';
import { resizeNearest } from './resize-nearest.js';
import { scatterElements, scatterNd } from './scatter.js';
import { select } from './select.js';
import { logistic, tanh } from './sigmoid.js';
import { audioFeatures } from './signal/features.js';
import { softmax } from './softmax.js';
import { broadcastTo, stridedSlice, tile } from './strided.js';
import { sub } from './sub.js';
import { transpose } from './transpose.js';
import { transposeConv } from './transpose-conv.js';
import { unary } from './unary-function.js';

export const ops: OpTable = {
  conv2d,
  depthwise_conv2d: depthwiseConv2d,
  fully_connected: fullyConnected,
  add,
  sub,
  mul,
  average_pool2d: averagePool2d,
  max_pool2d: maxPool2d,
  mean,
  reshape,
  softmax,
  logistic,
  tanh,
  relu,
  pad,
  quantize,
  dequantize,
  concatenation,
  transpose,
  unary,
  binary,
  select,
  reduce,
  arg_max: argMax,
  arg_min: argMin,
  cumsum,
  top_k: topK,
  gather,
  gather_elements: gatherElements,
  gather_nd: gatherNd,
  scatter_elements: scatterElements,
  scatter_nd: scatterNd,
  strided_slice: stridedSlice,
  tile,
  broadcast_to: broadcastTo,
  one_hot: oneHot,
  cast,
  batch_matmul: batchMatmul,
  transpose_conv: transposeConv,
  log_softmax: logSoftmax,
  local_response_normalization: localResponseNormalization,
  resize_nearest: resizeNearest,
  lstm,
  gru,
  svdf,
  audio_features: audioFeatures,
  resize_bilinear: resizeBilinear,
};

/** The definition of a node's op, to be called with that node. */
export const opDef = (node: Node): OpDef<OpKind> => ops[node.op] as OpDef<OpKind>;
