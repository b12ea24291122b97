import type { Operator, OpRows } from '../operator.js';
import type { Value } from '../value.js';
import {
  asImage,
  demandImage,
  imageOf,
  padding,
  pair,
  toFirst,
  toLast,
  unimage,
  type Windows,
  windows,
} from './window.js';

/** Weights and biases are part of the emitted code. @throws Problem `not-constant` */
export function demandConstant(op: Operator, value: Value, what: string): void {
  if (value.tensor.data) return;
  const hint = 'export the model with its parameters as constants';
  throw op.problem('not-constant', `${what} "${value.tensor.name}" must be constant`, hint);
}

/** Constants of one axis as [n]. */
export function biasOf(op: Operator, bias: Value | undefined, channels: number): Value[] {
  if (!bias) return [];
  demandConstant(op, bias, 'the bias');
  op.demand(bias.tensor.shape.reduce((a, b) => a * b, 1) === channels, `a bias [${bias.tensor.shape}] for ${channels}`);
  return [op.reshape(bias, [channels])];
}

/** x [N,C,...], weights [Co,C/groups,...] -> [N,Co,...] */
export function convolution(op: Operator, x: Value, weights: Value, bias?: Value): Value {
  demandImage(op, x);
  demandConstant(op, weights, 'the weights');
  const { shape } = x.tensor;
  op.demand(weights.tensor.shape.length === shape.length, `weights [${weights.tensor.shape}] for [${shape}]`);
  const given = windows(op, shape.slice(2), op.ints('kernel_shape') ?? weights.tensor.shape.slice(2));
  const w = shape.length === 3 ? asImage(given) : given;
  const [image, taps] = [toLast(op, imageOf(op, x)), imageOf(op, weights)];
  const groups = op.int('group', 1);
  const [outputs, inputs] = [taps.tensor.shape[0]!, image.tensor.shape[3]!];
  op.demand(
    groups >= 1 && inputs % groups === 0 && outputs % groups === 0 && taps.tensor.shape[1] === inputs / groups,
    `weights [${weights.tensor.shape}] in ${groups} groups for ${inputs} channels`,
  );
  const attr = { stride: pair(w.stride), dilation: pair(w.dilation), pad: padding(w), act: 'none' } as const;
  const added = biasOf(op, bias, outputs);
  const isDepthwise = groups === inputs && groups > 1;
  const y = isDepthwise
    ? op.emit('depthwise_conv2d', { ...attr, multiplier: outputs / inputs }, [
        image,
        op.transpose(taps, [1, 2, 3, 0]),
        ...added,
      ])
    : op.emit('conv2d', { ...attr, groups }, [image, op.transpose(taps, [0, 2, 3, 1]), ...added]);
  return unimage(op, toFirst(op, y), shape.length);
}

/** Padding that gives the sizes asked for. Source: ONNX, operator ConvTranspose. */
function transposedPads(op: Operator, full: readonly number[], w: Windows, sizes: readonly number[]): Windows {
  const given = op.ints('output_shape')?.slice(-sizes.length);
  const auto = op.text('auto_pad', 'NOTSET');
  const isSame = auto.startsWith('SAME');
  if (!given && !isSame) return w;
  const wanted = given ?? sizes.map((size, i) => size * w.stride[i]!);
  const total = full.map((size, i) => Math.max(0, size - wanted[i]!));
  const less = total.map((n) => Math.floor(n / 2));
  const more = total.map((n, i) => n - less[i]!);
  return auto === 'SAME_UPPER' ? { ...w, before: less, after: more } : { ...w, before: more, after: less };
}

/** x [N,Ci,...], weights [Ci,Co/groups,...] -> [N,Co,...] */
function convTranspose(op: Operator): void {
  const [x, weights] = [op.in(0), op.in(1)];
  demandImage(op, x);
  demandConstant(op, weights, 'the weights');
  const rank = x.tensor.shape.length;
  const sizes = x.tensor.shape.slice(2);
  const kernel = op.ints('kernel_shape') ?? weights.tensor.shape.slice(2);
  const plain = windows(op, sizes, kernel);
  const extra = op.ints('output_padding') ?? sizes.map(() => 0);
  const full = sizes.map(
    (s, i) => (s - 1) * plain.stride[i]! + (kernel[i]! - 1) * plain.dilation[i]! + 1 + (extra[i] ?? 0),
  );
  const padded = transposedPads(op, full, plain, sizes);
  const result =
    op.ints('output_shape')?.slice(-sizes.length) ?? full.map((n, i) => n - padded.before[i]! - padded.after[i]!);
  const w = rank === 3 ? asImage(padded) : padded;
  const [height, width] = rank === 3 ? [1, result[0]!] : [result[0]!, result[1]!];
  const [image, taps] = [toLast(op, imageOf(op, x)), imageOf(op, weights)];
  const groups = op.int('group', 1);
  const [ci, perGroup, kh, kw] = taps.tensor.shape as [number, number, number, number];
  op.demand(groups >= 1 && ci % groups === 0, `${groups} groups of ${ci} channels`);
  const parts = op.reshape(taps, [groups, ci / groups, perGroup, kh, kw]);
  const turned = op.reshape(op.transpose(parts, [0, 2, 3, 4, 1]), [groups * perGroup, kh, kw, ci / groups]);
  const attr = { stride: pair(w.stride), dilation: pair(w.dilation), pad: padding(w), groups, act: 'none' } as const;
  const channels = groups * perGroup;
  const added = biasOf(op, op.has(2) ? op.in(2) : undefined, channels);
  const shape = [x.tensor.shape[0]!, height!, width!, channels];
  const y = op.emit('transpose_conv', attr, [image, turned, ...added], { shape });
  op.out(unimage(op, toFirst(op, y), rank));
}

export const convolutions: OpRows = {
  Conv: {
    inputs: [2, 3],
    build: (op) => op.out(convolution(op, op.in(0), op.in(1), op.has(2) ? op.in(2) : undefined)),
  },
  ConvTranspose: { inputs: [2, 3], build: convTranspose },
};
