import type { Border, NodeOf, Padding, Pair, TensorId } from '../../../ir/graph.js';
import { orderIn, permuted } from '../layout.js';
import type { OnnxWriter } from '../writer.js';

/** [top, left, bottom, right], as ONNX has it. */
const pads = ([top, bottom, left, right]: Padding): number[] => [top, left, bottom, right];

type Conv = NodeOf<'conv2d'> | NodeOf<'depthwise_conv2d'>;

/** The bias of every pixel [1, channels, height, width] where it depends on the padding that the window sees. */
function biasMap(w: OnnxWriter, id: TensorId, { rows, cols }: Border): string {
  const { name, data, shape } = w.tensor(id);
  const channels = shape.at(-1)!;
  const classes = Math.max(...cols) + 1;
  const map = new Float32Array(channels * rows.length * cols.length);
  for (let c = 0, at = 0; c < channels; c++)
    for (const row of rows) for (const col of cols) map[at++] = data![(row * classes + col) * channels + c]!;
  return w.floats(`${name}_map`, [1, channels, rows.length, cols.length], map);
}

function convolution(w: OnnxWriter, node: Conv, weights: string, kernel: Pair, group: number): void {
  const [x, , bias] = node.in as [TensorId, TensorId, TensorId?];
  const { stride, dilation, pad, act, border } = node.attr;
  const attributes = { kernel_shape: kernel, strides: stride, dilations: dilation, pads: pads(pad), group };
  const inputs = [w.need(x, 'channels-first'), weights];
  w.activated(node.out[0]!, 'channels-first', act, (output) => {
    if (bias === undefined) w.emit('Conv', inputs, output, attributes);
    else if (border) {
      const sums = w.emit('Conv', inputs, w.unique(`${output}_sums`), attributes);
      w.emit('Add', [sums, biasMap(w, bias, border)], output);
    } else w.emit('Conv', [...inputs, w.need(bias, 'plain')], output, attributes);
  });
}

/** Weights [Co,Kh,Kw,Ci/groups] become [Co,Ci/groups,Kh,Kw]. */
export function writeConv2d(w: OnnxWriter, node: NodeOf<'conv2d'>): void {
  const { shape } = w.tensor(node.in[1]!);
  convolution(w, node, w.need(node.in[1]!, 'channels-first'), [shape[1]!, shape[2]!], node.attr.groups);
}

/** Weights [1,Kh,Kw,C] become [C,1,Kh,Kw]: a group per channel of the input. */
export function writeDepthwise(w: OnnxWriter, node: NodeOf<'depthwise_conv2d'>): void {
  const { name, shape, data } = w.tensor(node.in[1]!);
  const [, height, width, channels] = shape as [number, number, number, number];
  const weights = w.floats(name, [channels, 1, height, width], permuted(data!, shape, [3, 0, 1, 2]));
  convolution(w, node, weights, [height, width], channels / node.attr.multiplier);
}

/** Bilinear, in TFLite's three ways to lay one grid over the other. */
export function writeResize(w: OnnxWriter, node: NodeOf<'resize_bilinear'>): void {
  const [x, y] = [node.in[0]!, node.out[0]!];
  const { alignCorners, halfPixel } = node.attr;
  const mode = alignCorners ? 'align_corners' : halfPixel ? 'half_pixel' : 'asymmetric';
  const source = w.need(x, 'channels-first');
  const output = w.define(y, 'channels-first');
  const sizes = w.integers(`${output}_sizes`, orderIn('channels-first', w.tensor(y).shape));
  w.emit('Resize', [source, '', '', sizes], output, { mode: 'linear', coordinate_transformation_mode: mode });
}

type Pool = NodeOf<'average_pool2d'> | NodeOf<'max_pool2d'>;

/** Pooling; the divisor of an average leaves out the padding, as in the graph. */
export function writePool(w: OnnxWriter, node: Pool): void {
  const { filter, stride, pad, act } = node.attr;
  const isAverage = node.op === 'average_pool2d';
  const attributes = { kernel_shape: filter, strides: stride, pads: pads(pad) };
  const x = w.need(node.in[0]!, 'channels-first');
  w.activated(node.out[0]!, 'channels-first', act, (output) => {
    const more = isAverage ? { count_include_pad: 0 } : {};
    w.emit(isAverage ? 'AveragePool' : 'MaxPool', [x], output, { ...attributes, ...more });
  });
}
