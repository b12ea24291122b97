import type { NodeOf, Padding, Pair, Tensor } from '../ir/graph.js';
import type { Field, Site } from './kernel.js';
import type { AccessOrder } from './overlap.js';

/** A window sliding over an image, sizes in pixels. */
export interface Geometry {
  readonly batch: number;
  readonly inH: number;
  readonly inW: number;
  readonly inC: number;
  readonly outH: number;
  readonly outW: number;
  readonly outC: number;
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly pad: Padding;
}

type Windowed = NodeOf<'conv2d'> | NodeOf<'depthwise_conv2d'> | NodeOf<'average_pool2d'> | NodeOf<'max_pool2d'>;

/** The geometry of a site whose node slides a window. */
export function geometryOf({ node, inputs, middle }: Site): Geometry {
  const { attr } = node as Windowed;
  const [batch, inH, inW, inC] = inputs[0]!.shape as [number, number, number, number];
  const [, outH, outW, outC] = middle.shape as [number, number, number, number];
  const kernel: Pair = 'filter' in attr ? attr.filter : [inputs[1]!.shape[1]!, inputs[1]!.shape[2]!];
  const dilation: Pair = 'dilation' in attr ? attr.dilation : [1, 1];
  return { batch, inH, inW, inC, outH, outW, outC, kernel, stride: attr.stride, dilation, pad: attr.pad };
}

/** First tap of a window that lies inside the image, as a position in it. */
function firstInside(start: number, dilation: number): number {
  return start >= 0 ? start : start + Math.ceil(-start / dilation) * dilation;
}

/** Number of the first input pixel that the window of output pixel (y, x) reads; in its own image. */
export function firstPixel(g: Geometry, y: number, x: number): number {
  const row = firstInside(y * g.stride[0] - g.pad[0], g.dilation[0]);
  const column = firstInside(x * g.stride[1] - g.pad[2], g.dilation[1]);
  return row * g.inW + column;
}

/** Do all taps of the window of output pixel (y, x) lie inside the image? */
export function isInside(g: Geometry, y: number, x: number): boolean {
  const top = y * g.stride[0] - g.pad[0];
  const left = x * g.stride[1] - g.pad[2];
  const bottom = top + (g.kernel[0] - 1) * g.dilation[0];
  const right = left + (g.kernel[1] - 1) * g.dilation[1];
  return top >= 0 && left >= 0 && bottom < g.inH && right < g.inW;
}

/** Does any window reach beyond the image? */
export function crossesBorder(g: Geometry): boolean {
  return !isInside(g, 0, 0) || !isInside(g, g.outH - 1, g.outW - 1);
}

/** Output pixels of a batch in raster order: numbers of the pixel and of the first input pixel read, batch included. */
export function* pixels(g: Geometry): Generator<{ y: number; x: number; out: number; first: number }> {
  for (let n = 0; n < g.batch; n++)
    for (let y = 0; y < g.outH; y++)
      for (let x = 0; x < g.outW; x++)
        yield { y, x, out: (n * g.outH + y) * g.outW + x, first: n * g.inH * g.inW + firstPixel(g, y, x) };
}

/**
 * The order of a kernel that, pixel by pixel, goes through the input channels, writing the `multiples` outputs of each.
 * Copied pixels are read whole before anything is written.
 */
export function channelwise(
  g: Geometry,
  order: AccessOrder,
  bytes: number,
  copied: (y: number, x: number) => boolean = () => false,
): number {
  for (const { y, x, out, first } of pixels(g)) {
    order.read(first * g.inC * bytes);
    if (!copied(y, x)) {
      // Outputs run ahead of inputs, so the last output but one against the last channel is the worst of the pixel.
      order.write(((out + 1) * g.outC - 1) * bytes);
      order.read((first * g.inC + g.inC - 1) * bytes);
    }
    order.write((out + 1) * g.outC * bytes);
  }
  return order.distance;
}

/** `49x10x1` for the comment of a field. */
const size = (h: number, w: number, c: number): string => `${h}x${w}x${c}`;

/** batch; input; output sizes */
export const imageFields = (g: Geometry): Field[] => [
  { comment: 'images', values: [g.batch] },
  { comment: `input ${size(g.inH, g.inW, g.inC)}`, values: [g.inH, g.inW, g.inC] },
];

/** kernel; stride; dilation; padding at the top and left */
export const windowFields = (g: Geometry): Field[] => [
  { comment: 'window', values: g.kernel },
  { comment: 'stride', values: g.stride },
  { comment: 'dilation', values: g.dilation },
  { comment: 'padding at the top, left', values: [g.pad[0], g.pad[2]] },
];

/** Are all tensors of a site's node of this type, biases aside, and of 4 dimensions? */
export const isImage = (t: Tensor): boolean => t.shape.length === 4;
