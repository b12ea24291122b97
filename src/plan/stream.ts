import { readers } from '../ir/edit.js';
import {
  elements,
  type Graph,
  type Node,
  type Padding,
  type Pair,
  results,
  type TensorId,
  tensorBytes,
} from '../ir/graph.js';
import type { Choice } from './select.js';

/** Vertical geometry of a window op: which input rows an output row reads. */
interface Rows {
  readonly kernel: number;
  readonly stride: number;
  readonly pad: number;
}

/** How two window ops interleave: the middle tensor exists only as a window of rows. */
export interface StreamShape {
  readonly windowRows: number;
  /** bytes of a row of the middle tensor */
  readonly rowBytes: number;
}

const windowOf = (stride: Pair, pad: Padding, kernel: number, dilation: number): Rows => ({
  kernel: (kernel - 1) * dilation + 1,
  stride: stride[0],
  pad: pad[0],
});

/** Vertical geometry of a node, if it has one. */
export function rowsOf(graph: Graph, node: Node): Rows | undefined {
  switch (node.op) {
    case 'conv2d':
    case 'depthwise_conv2d':
      return windowOf(node.attr.stride, node.attr.pad, graph.tensors[node.in[1]!]!.shape[1]!, node.attr.dilation[0]);
    case 'average_pool2d':
    case 'max_pool2d':
      return windowOf(node.attr.stride, node.attr.pad, node.attr.filter[0], 1);
    default:
      return undefined;
  }
}

const height = (graph: Graph, id: TensorId): number => graph.tensors[id]!.shape[1]!;

/** Bytes of one row of an NHWC tensor. */
export const rowBytes = (graph: Graph, id: TensorId): number => tensorBytes(graph.tensors[id]!) / height(graph, id);

const streams = (choice: Choice): boolean => choice.kernel.rows === true && choice.site.output.shape[0] === 1;

/**
 * Can `consumer` read `producer`'s output row by row? Both kernels compute ranges of rows, nobody else wants the tensor
 * between, and the window is smaller than the tensor.
 */
export function streamShape(graph: Graph, producer: Choice, consumer: Choice): StreamShape | undefined {
  const middle = producer.writes;
  if (!streams(producer) || !streams(consumer) || producer.site.add || consumer.site.add) return undefined;
  if (consumer.reads[0] !== middle || results(graph).includes(middle) || readers(graph)[middle]!.length !== 1)
    return undefined;
  const rows = rowsOf(graph, consumer.site.node)!;
  if (!rowsOf(graph, producer.site.node) || rows.kernel >= height(graph, middle)) return undefined;
  return elements(producer.site.output.shape)
    ? { windowRows: rows.kernel, rowBytes: rowBytes(graph, middle) }
    : undefined;
}

/**
 * Least distance by which the consumer's output may start before the producer's input: after each output row is written,
 * the producer's next row must still find its input rows intact.
 */
export function streamOverlap(task: { readonly producer: Choice; readonly consumer: Choice }): number {
  const { graph } = task.producer.site;
  const [a, b] = [rowsOf(graph, task.producer.site.node)!, rowsOf(graph, task.consumer.site.node)!];
  const [middle, out, x] = [height(graph, task.producer.writes), task.consumer.writes, task.producer.reads[0]!];
  let distance = 0;
  for (let y = 0; y + 1 < height(graph, out); y++) {
    const next = Math.min(middle, Math.max(0, y * b.stride - b.pad + b.kernel));
    const oldest = Math.max(0, next * a.stride - a.pad);
    if (next < middle) distance = Math.max(distance, (y + 1) * rowBytes(graph, out) - oldest * rowBytes(graph, x));
  }
  return distance;
}
