import type { TensorId } from '../../../ir/graph.js';
import type { Operator } from '../operator.js';

/** Operands of an op with weights: input, weights, and all of them with the bias where there is one. */
export interface Weighted {
  readonly x: TensorId;
  readonly w: TensorId;
  readonly inputs: readonly TensorId[];
}

/**
 * Operands of a convolution or fully connected layer. Under a float input, quantised weights (hybrid models) become
 * float32 constants, so that the graph is plain float.
 * @param axis of the output channels in the weights
 */
export function weighted(op: Operator, axis: number): Weighted {
  const x = op.input(0);
  const float = op.tensor(x).type === 'f32';
  checkWeights(op, float, axis);
  const take = (i: number): TensorId => (float ? op.realInput(i) : op.input(i));
  const w = take(1);
  if (!op.has(2)) return { x, w, inputs: [x, w] };
  if (!op.given(2).data) throw op.problem('not-constant', 'its bias is not constant');
  return { x, w, inputs: [x, w, take(2)] };
}

function checkWeights(op: Operator, float: boolean, axis: number): void {
  const { data, type, quant } = op.given(1);
  if (!data) throw op.problem('not-constant', 'its weights are not constant');
  if (type === 'u8' && !float)
    throw op.problem(
      'uint8-unsupported',
      'its weights are uint8 (asymmetric), which is not supported',
      'quantise the model to int8 again (uint8 inputs and outputs are fine)',
    );
  if (quant?.axis !== undefined && quant.axis !== axis)
    throw op.problem('tflite-quantization', `its weights have scales along axis ${quant.axis} instead of ${axis}`);
}
