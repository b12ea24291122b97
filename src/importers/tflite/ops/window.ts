import type { Padding, Pair, Tensor, TensorId } from '../../../ir/graph.js';
import type { Operator } from '../operator.js';

const mostSteps = 2 ** 16;

/** A [height, width] option. @throws Problem unless both are in [1, 65536] */
export function pair(op: Operator, what: string, height: number, width: number): Pair {
  for (const n of [height, width])
    if (n < 1 || n > mostSteps) throw op.problem('op-attribute', `${what} ${height}x${width} is out of range`);
  return [height, width];
}

/** The tensor, which must be an image [N,H,W,C] (or weights of four axes). */
export function rank4(op: Operator, id: TensorId, what: string): Tensor {
  const t = op.tensor(id);
  if (t.shape.length !== 4) throw op.problem('op-shape', `${what} [${t.shape}] should have 4 dimensions`);
  return t;
}

/**
 * SAME and VALID as pixels around the input.
 * Source: TFLite, kernels/padding.h: the odd pixel goes to the bottom and the right.
 */
export function padding(
  op: Operator,
  code: number,
  input: Tensor,
  filter: Pair,
  stride: Pair,
  dilation: Pair,
): Padding {
  if (code !== 0 && code !== 1) throw op.problem('op-attribute', `padding scheme ${code} is not known`);
  const around = (axis: 0 | 1): [number, number] => {
    const size = input.shape[1 + axis]!;
    const window = (filter[axis] - 1) * dilation[axis] + 1;
    if (code === 1 && window > size)
      throw op.problem('op-shape', `a window of ${window} is larger than its input of ${size}`);
    const steps = Math.ceil(size / stride[axis]);
    const total = code === 1 ? 0 : Math.max(0, (steps - 1) * stride[axis] + window - size);
    return [total >> 1, total - (total >> 1)];
  };
  return [...around(0), ...around(1)];
}
