import type { Pair, Shape, TensorId } from '../../../ir/graph.js';
import { permuted } from '../../permute.js';
import { framePadding } from '../../window.js';
import { activated } from '../activation.js';
import type { LayerCall, LayerRow, LayerRows } from '../layer.js';

interface Window {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
}

/** Window of a layer over `axes` axes; over one it lies along the height. */
function windowOf({ fields }: LayerCall, axes: 1 | 2): Window {
  const sizes = (key: string, usual?: number): Pair =>
    axes === 2 ? fields.pair(key, usual) : [fields.sizes(key, 1, usual)[0]!, 1];
  return { kernel: sizes('kernel_size'), stride: sizes('strides', 1), dilation: sizes('dilation_rate', 1) };
}

/** The input as an image: sequences [N,T,C] become [N,T,1,C]. */
function image(call: LayerCall, axes: 1 | 2): TensorId {
  call.demandChannelsLast();
  if (axes === 2) {
    call.shape(4);
    return call.x;
  }
  const [n, steps, channels] = call.shape(3) as [number, number, number];
  return call.reshape(call.x, [n, steps, 1, channels]);
}

/** Back from an image to a sequence. */
function back(call: LayerCall, y: TensorId, axes: 1 | 2): TensorId {
  const [n, steps, , channels] = call.draft.shape(y) as [number, number, number, number];
  return axes === 2 ? y : call.reshape(y, [n, steps, channels]);
}

/** Causal padding puts all before the first step. */
function paddingOf(call: LayerCall, x: Shape, w: Window) {
  const scheme = call.fields.text('padding', 'valid');
  if (scheme !== 'causal') return framePadding(scheme, x, w, call.from);
  return [(w.kernel[0] - 1) * w.dilation[0], 0, 0, 0] as const;
}

const kernelShape = (w: Window, axes: 1 | 2): number[] => (axes === 2 ? [...w.kernel] : [w.kernel[0]]);

const conv =
  (axes: 1 | 2): LayerRow =>
  (call) => {
    const { fields } = call;
    const x = image(call, axes);
    const w = windowOf(call, axes);
    const [filters, groups] = [fields.size('filters'), fields.size('groups', 1)];
    const depth = call.draft.shape(x)[3]! / groups;
    const { kernel, bias } = call.weights({
      kernel: [...kernelShape(w, axes), depth, filters],
      bias: fields.flag('use_bias', true) ? [filters] : undefined,
    });
    const pad = paddingOf(call, call.draft.shape(x), w);
    const attr = { stride: w.stride, dilation: w.dilation, pad, groups, act: 'none' } as const;
    return activated(call, back(call, pointwise(call, x, kernel!, w.kernel, filters, bias, attr), axes));
  };

type ConvAttr = Parameters<LayerCall['node']>[1] & object;

/** A convolution by a kernel [h,w,in,out] of Keras. */
function pointwise(
  call: LayerCall,
  x: TensorId,
  kernel: Float32Array,
  [height, width]: Pair,
  filters: number,
  bias: Float32Array | undefined,
  attr: ConvAttr,
): TensorId {
  const depth = kernel.length / (height * width * filters);
  const data = permuted(kernel, [height, width, depth, filters], [3, 0, 1, 2]);
  const weights = call.constant('kernel', [filters, height, width, depth], data);
  const rest = bias ? [call.constant('bias', [filters], bias)] : [];
  return call.node('conv2d', attr as never, [x, weights, ...rest]);
}

/** The kernel [h,w,in,multiplier] is in our order already. */
function depthwiseNode(
  call: LayerCall,
  x: TensorId,
  w: Window,
  multiplier: number,
  kernel: Float32Array,
  bias?: Float32Array,
): TensorId {
  const depth = call.draft.shape(x)[3]!;
  const pad = paddingOf(call, call.draft.shape(x), w);
  const weights = call.constant('depthwise_kernel', [1, ...w.kernel, depth * multiplier], kernel);
  const rest = bias ? [call.constant('bias', [depth * multiplier], bias)] : [];
  const attr = { stride: w.stride, dilation: w.dilation, pad, multiplier, act: 'none' } as const;
  return call.node('depthwise_conv2d', attr, [x, weights, ...rest]);
}

const depthwise =
  (axes: 1 | 2): LayerRow =>
  (call) => {
    const { fields } = call;
    const x = image(call, axes);
    const w = windowOf(call, axes);
    const multiplier = fields.size('depth_multiplier', 1);
    const depth = call.draft.shape(x)[3]!;
    const shape = [...kernelShape(w, axes), depth, multiplier];
    // Keras 3 calls it kernel, Keras 2 depthwise_kernel; both have the same end.
    const { depthwise_kernel: kernel, bias } = call.weights({
      depthwise_kernel: shape,
      bias: fields.flag('use_bias', true) ? [depth * multiplier] : undefined,
    });
    return activated(call, back(call, depthwiseNode(call, x, w, multiplier, kernel!, bias), axes));
  };

const separable =
  (axes: 1 | 2): LayerRow =>
  (call) => {
    const { fields } = call;
    const x = image(call, axes);
    const w = windowOf(call, axes);
    const [multiplier, filters] = [fields.size('depth_multiplier', 1), fields.size('filters')];
    const depth = call.draft.shape(x)[3]!;
    const found = call.weights({
      depthwise_kernel: [...kernelShape(w, axes), depth, multiplier],
      pointwise_kernel: [...new Array<number>(axes).fill(1), depth * multiplier, filters],
      bias: fields.flag('use_bias', true) ? [filters] : undefined,
    });
    const middle = depthwiseNode(call, x, w, multiplier, found.depthwise_kernel!);
    const attr = { stride: [1, 1], dilation: [1, 1], pad: [0, 0, 0, 0], groups: 1, act: 'none' } as const;
    const y = pointwise(call, middle, found.pointwise_kernel!, [1, 1], filters, found.bias, attr);
    return activated(call, back(call, y, axes));
  };

/** Sizes and padding of TensorFlow: the gradient of a convolution with that padding. */
function transposed(call: LayerCall): TensorId {
  const { fields } = call;
  const x = image(call, 2);
  const w = windowOf(call, 2);
  if (fields.has('output_padding')) throw call.problem('op-attribute', 'output_padding is not supported');
  const [n, height, width, depth] = call.draft.shape(x) as [number, number, number, number];
  const filters = fields.size('filters');
  const { kernel, bias } = call.weights({
    kernel: [...w.kernel, filters, depth],
    bias: fields.flag('use_bias', true) ? [filters] : undefined,
  });
  const isSame = fields.text('padding', 'valid') === 'same';
  const along = (axis: 0 | 1): { size: number; pad: [number, number] } => {
    const [from, stride] = [[height, width][axis]!, w.stride[axis]];
    const reach = (w.kernel[axis] - 1) * w.dilation[axis] + 1;
    const size = isSame ? from * stride : from * stride + Math.max(reach - stride, 0);
    const cut = Math.max((from - 1) * stride + reach - size, 0);
    return { size, pad: [cut >> 1, cut - (cut >> 1)] };
  };
  const [rows, cols] = [along(0), along(1)];
  const weights = call.constant(
    'kernel',
    [filters, ...w.kernel, depth],
    permuted(kernel!, [...w.kernel, filters, depth], [2, 0, 1, 3]),
  );
  const rest = bias ? [call.constant('bias', [filters], bias)] : [];
  const pad = [...rows.pad, ...cols.pad] as const;
  const attr = { stride: w.stride, dilation: w.dilation, pad, groups: 1, act: 'none' } as const;
  return activated(call, call.node('transpose_conv', attr, [x, weights, ...rest], [n, rows.size, cols.size, filters]));
}

export const convolutions: LayerRows = {
  Conv2DTranspose: transposed,
  Convolution2DTranspose: transposed,
  Conv1D: conv(1),
  Conv2D: conv(2),
  Convolution2D: conv(2),
  DepthwiseConv1D: depthwise(1),
  DepthwiseConv2D: depthwise(2),
  SeparableConv1D: separable(1),
  SeparableConv2D: separable(2),
};
