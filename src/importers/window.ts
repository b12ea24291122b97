import type { Padding, Pair, Shape } from '../ir/graph.js';
import { Problem } from '../support/problem.js';

export interface WindowShape {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
}

/**
 * Pixels around the input [N,H,W,C] as TensorFlow's SAME and VALID have them: what is odd goes to the bottom and the right.
 * @throws Problem `op-shape` for a window larger than its input, `op-attribute` for another scheme
 */
export function framePadding(
  scheme: string,
  x: Shape,
  { kernel, stride, dilation }: WindowShape,
  from: string,
): Padding {
  const kind = scheme.toLowerCase();
  if (kind !== 'same' && kind !== 'valid')
    throw new Problem('op-attribute', `padding "${scheme}" is not known`, from, 'supported: same, valid');
  const around = (axis: 0 | 1): [number, number] => {
    const size = x[1 + axis]!;
    const reach = (kernel[axis] - 1) * dilation[axis] + 1;
    if (kind === 'valid' && reach > size)
      throw new Problem('op-shape', `a window of ${reach} is larger than its input of ${size}`, from);
    const total =
      kind === 'valid' ? 0 : Math.max(0, (Math.ceil(size / stride[axis]) - 1) * stride[axis] + reach - size);
    return [total >> 1, total - (total >> 1)];
  };
  return [...around(0), ...around(1)];
}

/**
 * What the convolution that a transposed one turns round pads: nothing, or what SAME needs for its larger side.
 * @param from, to sizes of the transposed one's input and output
 */
export function transposedPadding(isSame: boolean, from: Pair, to: Pair, kernel: Pair, stride: Pair): Padding {
  const around = (axis: 0 | 1): [number, number] => {
    const total = isSame ? Math.max(0, (from[axis] - 1) * stride[axis] + kernel[axis] - to[axis]) : 0;
    return [total >> 1, total - (total >> 1)];
  };
  return [...around(0), ...around(1)];
}
