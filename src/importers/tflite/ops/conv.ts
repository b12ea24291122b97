import type { Activation, Pair, Tensor, TensorId } from '../../../ir/graph.js';
import type { Operator, OpRows } from '../operator.js';
import { CONV_2D, DEPTHWISE_CONV_2D } from '../schema.js';
import { type Weighted, weighted } from './weights.js';
import { padding, pair, rank4 } from './window.js';

interface ConvOptions {
  readonly padding: number;
  readonly strideW: number;
  readonly strideH: number;
  readonly dilationW: number;
  readonly dilationH: number;
  readonly act: number;
}

interface Conv extends Weighted {
  readonly input: Tensor;
  readonly weights: Tensor;
  readonly attr: { stride: Pair; dilation: Pair; pad: ReturnType<typeof padding>; act: Activation };
  readonly inputs: readonly TensorId[];
}

/** What CONV_2D and DEPTHWISE_CONV_2D share; `axis` is that of the output channels in the weights. */
function conv(op: Operator, o: ConvOptions, axis: number): Conv {
  const operands = weighted(op, axis);
  const input = rank4(op, operands.x, 'input');
  const weights = rank4(op, operands.w, 'weights');
  const stride = pair(op, 'stride', o.strideH, o.strideW);
  const dilation = pair(op, 'dilation', o.dilationH, o.dilationW);
  const kernel: Pair = [weights.shape[1]!, weights.shape[2]!];
  const pad = padding(op, o.padding, input, kernel, stride, dilation);
  return { ...operands, input, weights, attr: { stride, dilation, pad, act: op.activation(o.act) } };
}

function conv2d(op: Operator): void {
  const { input, weights, attr, inputs } = conv(op, op.options(CONV_2D), 0);
  const groups = input.shape[3]! / weights.shape[3]!;
  if (!Number.isInteger(groups) || weights.shape[0]! % groups)
    throw op.problem('op-shape', `weights [${weights.shape}] do not divide the ${input.shape[3]} input channels`);
  op.emit('conv2d', { ...attr, groups }, inputs);
}

/** The multiplier follows from the shapes; the field that also states it has been ignored since TensorFlow 2. */
function depthwise(op: Operator): void {
  const { input, weights, attr, inputs } = conv(op, op.options(DEPTHWISE_CONV_2D), 3);
  const multiplier = weights.shape[3]! / input.shape[3]!;
  if (!Number.isInteger(multiplier) || weights.shape[0] !== 1)
    throw op.problem('op-shape', `weights [${weights.shape}] do not fit the ${input.shape[3]} input channels`);
  op.emit('depthwise_conv2d', { ...attr, multiplier }, inputs);
}

export const convolutions: OpRows = {
  CONV_2D: { inputs: [2, 3], build: conv2d },
  DEPTHWISE_CONV_2D: { inputs: [2, 3], build: depthwise },
};
