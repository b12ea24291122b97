/** Every op of the vocabulary, by kind. A missing one is a compile error. */
import type { Node, OpKind } from '../ir/graph.js';
import { add } from './add.js';
import { concatenation } from './concatenation.js';
import { conv2d } from './conv2d.js';
import { depthwiseConv2d } from './depthwise-conv2d.js';
import { fullyConnected } from './fully-connected.js';
import { mean } from './mean.js';
import { mul } from './mul.js';
import type { OpDef, OpTable } from './op.js';
import { pad } from './pad.js';
import { averagePool2d, maxPool2d } from './pool.js';
import { dequantize, quantize } from './quantize.js';
import { relu } from './relu.js';
import { reshape } from './reshape.js';
import { resizeBilinear } from './resize-bilinear.js';
import { logistic, tanh } from './sigmoid.js';
import { softmax } from './softmax.js';
import { sub } from './sub.js';
import { transpose } from './transpose.js';

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
  resize_bilinear: resizeBilinear,
};

/** The definition of a node's op, to be called with that node. */
export const opDef = (node: Node): OpDef<OpKind> => ops[node.op] as OpDef<OpKind>;
