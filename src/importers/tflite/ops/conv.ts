import type { Activation, Pair, Tensor, TensorId } from '../../../ir/graph.js';
import { transposedPadding } from '../../window.js';
import type { Operator, OpRows } from '../operator.js';
import { CONV_2D, DEPTHWISE_CONV_2D, TRANSPOSE_CONV } from '../schema.js';
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
  // TensorFlow Lite sums 16-bit products in 64 bits only where the bias has them
  const narrow = input.type === 's16' && !(op.has(2) && op.isInt64(2));
  op.emit('conv2d', { ...attr, groups, ...(narrow && { accumulator: 's32' }) }, inputs);
}

/** The multiplier follows from the shapes; the field that also states it has been ignored since TensorFlow 2. */
function depthwise(op: Operator): void {
  const { input, weights, attr, inputs } = conv(op, op.options(DEPTHWISE_CONV_2D), 3);
  const multiplier = weights.shape[3]! / input.shape[3]!;
  if (!Number.isInteger(multiplier) || weights.shape[0] !== 1)
    throw op.problem('op-shape', `weights [${weights.shape}] do not fit the ${input.shape[3]} input channels`);
  op.emit('depthwise_conv2d', { ...attr, multiplier }, inputs);
}

interface Transposed {
  readonly padding: number;
  readonly stride: Pair;
  readonly act: Activation;
}

/** The file states the shape of the result, so that an input with it is not read. */
function transposed(op: Operator, { padding, stride, act }: Transposed, { x, w, inputs }: Weighted): void {
  const weights = rank4(op, w, 'weights');
  const kernel: Pair = [weights.shape[1]!, weights.shape[2]!];
  const y = rank4(op, op.output(), 'output');
  const side = ({ shape }: Tensor): Pair => [shape[1]!, shape[2]!];
  const pad = transposedPadding(padding !== 1, side(rank4(op, x, 'input')), side(y), kernel, stride);
  op.emit('transpose_conv', { stride, dilation: [1, 1], pad, groups: 1, act }, inputs);
}

function transposeConv(op: Operator): void {
  const o = op.options(TRANSPOSE_CONV);
  const stride = pair(op, 'stride', o.strideH, o.strideW);
  transposed(op, { padding: o.padding, stride, act: op.activation(o.act) }, weighted(op, 0, [2, 3]));
}

/** MediaPipe's: C structure { padding (1 = SAME, 2 = VALID), stride width, stride height } of int32. */
function transposeConvBias(op: Operator): void {
  const bytes = op.customOptions;
  if (bytes.length < 12) throw op.problem('tflite-corrupt', `its options take ${bytes.length} bytes instead of 12`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [code, width, height] = [0, 4, 8].map((at) => view.getInt32(at, true)) as [number, number, number];
  if (code !== 1 && code !== 2) throw op.problem('op-attribute', `padding scheme ${code} is not known`);
  const stride = pair(op, 'stride', height, width);
  transposed(op, { padding: code - 1, stride, act: 'none' }, weighted(op, 0));
}

export const convolutions: OpRows = {
  CONV_2D: { inputs: [2, 3], build: conv2d },
  TRANSPOSE_CONV: { inputs: [3, 4], build: transposeConv },
  'CUSTOM "Convolution2DTransposeBias"': { inputs: [3, 3], build: transposeConvBias },
  DEPTHWISE_CONV_2D: { inputs: [2, 3], build: depthwise },
};
