/** Images of another size: interpolated, or by transposed convolutions. */
import type { Pair } from '../../../ir/graph.js';
import { permuted } from '../../permute.js';
import { transposedPadding } from '../../window.js';
import type { GraphNode, NodeRow, NodeRows } from '../node.js';

const flags = (node: GraphNode) => ({
  alignCorners: node.flag('align_corners'),
  halfPixel: node.flag('half_pixel_centers'),
});

function sizeOf(node: GraphNode): Pair {
  const [height, width] = node.constant(1, 'its size');
  return [height!, width!];
}

const bilinear: NodeRow = (node) => {
  node.image(0);
  return node.node('resize_bilinear', { size: sizeOf(node), ...flags(node) }, [node.input(0)]);
};

/** As TensorFlow: with aligned corners halves away from zero, else the pixel that a point lies in. */
const nearest: NodeRow = (node) => {
  const { alignCorners, halfPixel } = flags(node);
  const [from, [height, width]] = [node.image(0), sizeOf(node)];
  const to = [from[0]!, height, width, from[3]!];
  const steps = from.map((size, axis) => Math.fround(size / to[axis]!));
  const coordinates = alignCorners ? 'align_corners' : halfPixel ? 'tf_half_pixel' : 'asymmetric';
  const rounding = alignCorners ? 'prefer_ceil' : 'floor';
  return node.node('resize_nearest', { coordinates, rounding, steps }, [node.input(0)], to);
};

function isSame(node: GraphNode): boolean {
  const scheme = node.text('padding');
  if (scheme !== 'SAME' && scheme !== 'VALID') throw node.problem('op-attribute', `padding ${scheme.slice(0, 20)}`);
  return scheme === 'SAME';
}

/** Inputs: the size of the result, kernel [h, w, out, in], x. */
const transposed: NodeRow = (node) => {
  node.demandNhwc();
  const size = Array.from(node.constant(0, 'its size'));
  const [kernel, x] = [node.shape(1), node.image(2)];
  // Exporters may leave the batch, or more, open.
  const [height, width] = size.slice(-(size.length === 2 ? 2 : 3)) as [number, number];
  if (kernel.length !== 4 || ![height, width].every((n) => n >= 1))
    throw node.problem('op-shape', `kernel [${kernel}], result [${size}]`);
  const [kh, kw, filters, depth] = kernel as [number, number, number, number];
  const [stride, dilation] = [node.pair('strides', [1, 1]), node.pair('dilations', [1, 1])];
  if (dilation.some((d) => d !== 1)) throw node.problem('op-attribute', `dilations [${dilation}] are not supported`);
  const pad = transposedPadding(isSame(node), [x[1]!, x[2]!], [height, width], [kh, kw], stride);
  const data = permuted(node.constant(1, 'its kernel'), kernel, [2, 0, 1, 3]);
  const weights = node.weights('kernel', [filters, kh, kw, depth], data);
  const attr = { stride, dilation: [1, 1], pad, groups: 1, act: 'none' } as const;
  return node.node('transpose_conv', attr, [node.input(2), weights], [x[0]!, height, width, filters]);
};

export const resizes: NodeRows = {
  ResizeBilinear: bilinear,
  ResizeNearestNeighbor: nearest,
  Conv2DBackpropInput: transposed,
};
