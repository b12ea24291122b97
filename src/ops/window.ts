import { type NodeOf, type Padding, type Pair, type Shape, shapeText, type Tensor } from '../ir/graph.js';
import { demand, demandPair, demandRank } from './validate.js';

/** A kernel sliding over an image: all that convolutions and poolings share. Sizes in pixels. */
export interface Window {
  readonly batch: number;
  readonly inHeight: number;
  readonly inWidth: number;
  readonly outHeight: number;
  readonly outWidth: number;
  /** [height, width] of the kernel in taps */
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly pad: Padding;
}

interface Sliding {
  readonly stride: Pair;
  readonly dilation?: Pair;
  readonly pad: Padding;
}

/** Distance between the first and the last tap, plus one. */
const reach = (taps: number, dilation: number): number => (taps - 1) * dilation + 1;

const steps = (size: number, taps: number, dilation: number, stride: number, padding: number): number =>
  Math.floor((size + padding - reach(taps, dilation)) / stride) + 1;

/** The window of a kernel over x [N,H,W,C]; output sizes below 1 where it does not fit. */
export function windowOver(x: Shape, kernel: Pair, { stride, dilation = [1, 1], pad }: Sliding): Window {
  const [batch, inHeight, inWidth] = x as [number, number, number];
  return {
    batch,
    inHeight,
    inWidth,
    outHeight: steps(inHeight, kernel[0], dilation[0], stride[0], pad[0] + pad[1]),
    outWidth: steps(inWidth, kernel[1], dilation[1], stride[1], pad[2] + pad[3]),
    kernel,
    stride,
    dilation,
    pad,
  };
}

type Windowed = NodeOf<'conv2d'> | NodeOf<'depthwise_conv2d'> | NodeOf<'average_pool2d'> | NodeOf<'max_pool2d'>;

/**
 * Window of a node after checking its attributes.
 * @throws Problem when x is no image, an attribute is out of range, or a pooling window would lie wholly in the padding
 */
export function checkedWindow(node: Windowed, x: Tensor, kernel: Pair): Window {
  const { stride, pad } = node.attr;
  const dilation: Pair = 'dilation' in node.attr ? node.attr.dilation : [1, 1];
  demandRank(node, 'the input', x, 4);
  demandPair(node, 'stride', stride);
  demandPair(node, 'dilation', dilation);
  demandPair(node, 'the kernel', kernel);
  const padded = pad.length === 4 && pad.every((p) => Number.isInteger(p) && p >= 0);
  demand(node, padded, 'op-attribute', `padding [${pad}] should be four whole numbers >= 0`);
  const [height, width] = [reach(kernel[0], dilation[0]), reach(kernel[1], dilation[1])];
  // A convolution of padding alone is its bias; a pool of nothing has no value.
  const pools = node.op === 'average_pool2d' || node.op === 'max_pool2d';
  const touches = !pools || (Math.max(pad[0], pad[1]) < height && Math.max(pad[2], pad[3]) < width);
  demand(node, touches, 'op-attribute', `padding [${pad}] exceeds the window of ${height}x${width}`);
  const w = windowOver(x.shape, kernel, node.attr);
  const fits = w.outHeight >= 1 && w.outWidth >= 1;
  demand(node, fits, 'op-shape', `a window of ${height}x${width} does not fit the input ${shapeText(x.shape)}`);
  return w;
}

/**
 * Calls `visit` for every tap of every output pixel that lies inside the image, in raster order of the output.
 * @param visit gets the indices of the output pixel, of the input pixel and of the tap in the kernel
 */
export function eachTap(w: Window, visit: (out: number, input: number, tap: number) => void): void {
  const [kernelHeight, kernelWidth] = w.kernel;
  for (let p = 0; p < w.batch * w.outHeight * w.outWidth; p++) {
    const row = Math.floor(p / w.outWidth);
    const image = Math.floor(row / w.outHeight);
    const top = (row % w.outHeight) * w.stride[0] - w.pad[0];
    const left = (p % w.outWidth) * w.stride[1] - w.pad[2];
    for (let ky = 0; ky < kernelHeight; ky++) {
      const y = top + ky * w.dilation[0];
      if (y < 0 || y >= w.inHeight) continue;
      const line = (image * w.inHeight + y) * w.inWidth;
      for (let kx = 0; kx < kernelWidth; kx++) {
        const x = left + kx * w.dilation[1];
        if (x >= 0 && x < w.inWidth) visit(p, line + x, ky * kernelWidth + kx);
      }
    }
  }
}
