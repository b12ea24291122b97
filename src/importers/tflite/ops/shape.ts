import type { Tensor } from '../../../ir/graph.js';
import type { Operator, OpRow, OpRows } from '../operator.js';
import { CONCATENATION, DEPTH_TO_SPACE, RESIZE_BILINEAR } from '../schema.js';
import { axes } from './axes.js';

/** RESHAPE, SQUEEZE and EXPAND_DIMS: the model file states the shape of the result. */
const reshape = (most: number): OpRow => ({
  inputs: [1, most],
  u8: true,
  build: (op) => op.emit('reshape', {}, [op.input(0)]),
});

function transpose(op: Operator): void {
  const x = op.input(0);
  const { length } = op.tensor(x).shape;
  const perm = axes(op, op.constant(1, 'the permutation'), length);
  if (perm.length !== length || new Set(perm).size !== length)
    throw op.problem('op-attribute', `[${perm}] is no permutation of ${length} axes`);
  op.emit('transpose', { perm }, [x]);
}

function concatenation(op: Operator): void {
  const { axis, act } = op.options(CONCATENATION);
  const inputs = Array.from({ length: op.inputCount }, (_, i) => op.input(i));
  const [at] = axes(op, [axis], op.tensor(inputs[0]!).shape.length);
  op.emit('concatenation', { axis: at!, act: op.activation(act) }, inputs);
}

/** [before, after] of each axis, stored as rows. */
function borders(op: Operator, rank: number): { before: number[]; after: number[] } {
  const pads = Array.from(op.constant(1, 'the padding'));
  if (pads.length !== 2 * rank || pads.some((n) => !Number.isInteger(n) || n < 0))
    throw op.problem('op-attribute', `padding [${pads}] does not fit a tensor with ${rank} dimensions`);
  return { before: pads.filter((_, i) => i % 2 === 0), after: pads.filter((_, i) => i % 2 === 1) };
}

/** PAD writes the real value 0, PADV2 a constant with the parameters of the result. */
function padValue(op: Operator, result: Tensor): number {
  if (op.inputCount < 3) return result.quant?.zero[0] ?? 0;
  const fill = op.given(2);
  if (fill.quant?.scale[0] !== result.quant?.scale[0] || fill.quant?.zero[0] !== result.quant?.zero[0])
    throw op.problem('tflite-quantization', 'the padding value has other parameters than the result');
  return op.constant(2, 'the padding value')[0]!;
}

function pad(op: Operator): void {
  const x = op.input(0);
  op.emit('pad', { ...borders(op, op.tensor(x).shape.length), value: padValue(op, op.tensor(op.output())) }, [x]);
}

function resizeBilinear(op: Operator): void {
  const { alignCorners, halfPixel } = op.options(RESIZE_BILINEAR);
  const size = Array.from(op.constant(1, 'the size'));
  if (size.length !== 2) throw op.problem('op-attribute', `[${size}] is no height and width`);
  op.emit('resize_bilinear', { size: [size[0]!, size[1]!], alignCorners, halfPixel }, [op.input(0)]);
}

/** Channels become neighbouring pixels: a transpose of [N,H,W,block,block,C]. */
function depthToSpace(op: Operator): void {
  const { block } = op.options(DEPTH_TO_SPACE);
  const x = op.input(0);
  const [n, height, width, channels] = op.tensor(x).shape;
  if (block < 1 || channels === undefined || channels % (block * block))
    throw op.problem('op-attribute', `${channels} channels are no blocks of ${block}x${block}`);
  const split = op.reshaped(x, [n!, height!, width!, block, block, channels / (block * block)]);
  op.emit('reshape', {}, [op.transposed(split, [0, 1, 3, 2, 4, 5])]);
}

export const shapes: OpRows = {
  RESHAPE: reshape(2),
  SQUEEZE: reshape(1),
  EXPAND_DIMS: reshape(2),
  TRANSPOSE: { inputs: [2, 2], build: transpose },
  RESIZE_BILINEAR: { inputs: [2, 2], build: resizeBilinear },
  DEPTH_TO_SPACE: { inputs: [1, 1], build: depthToSpace },
  CONCATENATION: { inputs: [1, 64], build: concatenation },
  PAD: { inputs: [2, 2], build: pad },
  PADV2: { inputs: [3, 3], build: pad },
};
