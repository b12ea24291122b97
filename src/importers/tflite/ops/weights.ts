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
 * @param places of the input and of the bias among the operands
 */
export function weighted(op: Operator, axis: number, places: readonly [number, number] = [0, 2]): Weighted {
  const [first, bias] = places;
  const x = op.input(first);
  const float = op.tensor(x).type === 'f32';
  checkWeights(op, axis);
  const take = (i: number): TensorId => (float ? op.realInput(i) : op.input(i));
  const w = float ? take(1) : op.centredInput(1);
  if (!op.has(bias)) return { x, w, inputs: [x, w] };
  if (!op.given(bias).data) throw op.problem('not-constant', 'its bias is not constant');
  return { x, w, inputs: [x, w, take(bias)] };
}

function checkWeights(op: Operator, axis: number): void {
  const { data, quant } = op.given(1);
  if (!data) throw op.problem('not-constant', 'its weights are not constant');
  if (quant?.axis !== undefined && quant.axis !== axis)
    throw op.problem('tflite-quantization', `its weights have scales along axis ${quant.axis} instead of ${axis}`);
}
