import { elements, type Graph, type NodeOf } from '../../ir/graph.js';
import type { Linear, Pointer, Walk } from '../../support/linear.js';
import { type Window, windowOver } from '../window.js';

/** A layer that is a matrix product: every output pixel is the weights [rows, depth] times what the pixel reads, plus a bias. */
export type MatrixNode = NodeOf<'conv2d'> | NodeOf<'fully_connected'>;

/** Rows of a fully connected or pointwise layer that are treated as one image. */
const flatRows = 256;

/** What one batch holds for a matrix layer: images of the same size (the last may be shorter when they are flat). */
export interface Images {
  readonly walk: Walk;
  /** of a full image */
  readonly pixels: number;
  readonly count: number;
  /** over all images */
  readonly total: number;
  /** inputs of one output pixel */
  readonly depth: number;
}

const flatWalk = (rows: number, depth: number): Walk => ({
  ...{ height: rows, width: 1, channels: depth, kernel: [1, 1], stride: [1, 1], dilation: [1, 1], top: 0, left: 0 },
  ...{ outHeight: rows, outWidth: 1 },
});

const flatImages = (total: number, depth: number): Images => {
  const rows = Math.min(flatRows, total);
  return { walk: flatWalk(rows, depth), pixels: rows, count: Math.ceil(total / rows), total, depth };
};

const isPointwise = (w: Window): boolean =>
  w.kernel[0] * w.kernel[1] === 1 && w.stride[0] * w.stride[1] === 1 && w.pad.every((p) => p === 0);

/** The walk of a window over one image of `channels`. */
export const walkOf = (w: Window, channels: number): Walk => ({
  ...{ height: w.inHeight, width: w.inWidth, channels, kernel: w.kernel, stride: w.stride, dilation: w.dilation },
  ...{ top: w.pad[0], left: w.pad[2], outHeight: w.outHeight, outWidth: w.outWidth },
});

/** The images of `count` samples as a matrix layer sees them. */
export function imagesOf(graph: Graph, node: MatrixNode, count: number): Images {
  const x = graph.tensors[node.in[0]!]!.shape;
  const w = graph.tensors[node.in[1]!]!.shape;
  if (node.op === 'fully_connected') return flatImages((count * elements(x)) / w[1]!, w[1]!);
  const window = windowOver(x, [w[1]!, w[2]!], node.attr);
  if (isPointwise(window)) return flatImages((count * elements(x)) / x[3]!, x[3]!);
  const pixels = window.outHeight * window.outWidth;
  const images = count * window.batch;
  return { walk: walkOf(window, x[3]!), pixels, count: images, total: images * pixels, depth: w[1]! * w[2]! * x[3]! };
}

/** Reads the inputs of chosen output pixels of a matrix layer, image by image. Take it inside `linear.scoped`. */
export class PatchReader {
  private readonly image: Pointer;
  private readonly floats: number;

  constructor(
    private readonly linear: Linear,
    readonly images: Images,
  ) {
    const { height, width, channels } = images.walk;
    this.floats = height * width * channels;
    this.image = linear.takeF32(this.floats);
  }

  /** Number of output pixels of image `i`. */
  size = (i: number): number => Math.min(this.images.pixels, this.images.total - i * this.images.pixels);

  /** Makes image `i` of the layer's input the current one. */
  load(i: number, x: Float32Array): void {
    const data = x.subarray(i * this.floats, Math.min((i + 1) * this.floats, x.length));
    this.linear.f32(this.image, this.floats).set(data);
  }

  /** Rows of `depth` inputs, `stride` floats apart, of the output pixels whose numbers are at `pixels`. */
  read(pixels: Pointer, count: number, out: Pointer, stride: number): void {
    this.linear.patches(this.image, this.images.walk, pixels, count, out, stride);
  }
}
