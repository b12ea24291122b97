import { elements, type Graph, type Node, type NodeOf, type OpKind, type Shape } from '../ir/graph.js';

/**
 * How the channels (last axis) of a node's output depend on the channels of its inputs. Dead-channel elimination and
 * channel pruning both walk these relations.
 * - `mix`: every output channel reads every channel of x through the weights (convolution, fully connected)
 * - `map`: `from[i][o]` is the one channel of input i that output channel o reads; -1 = it reads none of that input,
 *   and `null` for an input whose channels do not take part (weights, one value broadcast over all channels)
 * - `opaque`: anything may depend on anything
 */
export type ChannelRelation =
  | { readonly kind: 'mix' }
  | { readonly kind: 'map'; readonly from: readonly (Int32Array | null)[] }
  | { readonly kind: 'opaque' };

const opaque: ChannelRelation = { kind: 'opaque' };
const mix: ChannelRelation = { kind: 'mix' };

/** Size of the last axis; 1 for a scalar. */
export const channels = (shape: Shape): number => shape.at(-1) ?? 1;

const range = (n: number, f: (i: number) => number = (i) => i): Int32Array =>
  Int32Array.from({ length: n }, (_, i) => f(i));

const shapeOf = (graph: Graph, id: number): Shape => graph.tensors[id]!.shape;

function elementwise(graph: Graph, node: Node): ChannelRelation {
  const count = channels(shapeOf(graph, node.out[0]!));
  const from = node.in.map((id) => (channels(shapeOf(graph, id)) === count ? range(count) : null));
  // One activation value spread over many channels is read by all of them.
  const spread = node.in.some((id, i) => from[i] === null && !graph.tensors[id]!.data);
  return spread ? opaque : { kind: 'map', from };
}

function flatten(graph: Graph, node: NodeOf<'reshape'>): ChannelRelation {
  const from = shapeOf(graph, node.in[0]!);
  const count = channels(shapeOf(graph, node.out[0]!));
  const merged = from.some((_, axis) => elements(from.slice(axis)) === count);
  return merged ? { kind: 'map', from: [range(count, (o) => o % channels(from))] } : opaque;
}

function concatenated(graph: Graph, node: NodeOf<'concatenation'>): ChannelRelation {
  const shape = shapeOf(graph, node.out[0]!);
  if (node.attr.axis !== shape.length - 1) return elementwise(graph, node);
  let start = 0;
  const from = node.in.map((id) => {
    const size = channels(shapeOf(graph, id));
    const first = start;
    start += size;
    return range(channels(shape), (o) => (o >= first && o < first + size ? o - first : -1));
  });
  return { kind: 'map', from };
}

/** Ops whose every output channel reads the same channel of all inputs. */
const channelwise: ReadonlySet<OpKind> = new Set<OpKind>([
  'add',
  'sub',
  'mul',
  'unary',
  'binary',
  'average_pool2d',
  'max_pool2d',
  'logistic',
  'tanh',
  'relu',
  'quantize',
  'dequantize',
  'resize_bilinear',
]);

/** The relation of a node's output channels to its input channels. */
export function channelRelation(graph: Graph, node: Node): ChannelRelation {
  const x = shapeOf(graph, node.in[0]!);
  const last = x.length - 1;
  switch (node.op) {
    case 'conv2d':
      return node.attr.groups === 1 ? mix : opaque;
    case 'fully_connected':
      return channels(x) === shapeOf(graph, node.in[1]!)[1] ? mix : opaque;
    case 'depthwise_conv2d': {
      const { multiplier } = node.attr;
      return { kind: 'map', from: [range(channels(x) * multiplier, (o) => Math.floor(o / multiplier)), null, null] };
    }
    case 'mean':
      return node.attr.axes.includes(last) ? opaque : elementwise(graph, node);
    case 'pad':
      return node.attr.before[last] || node.attr.after[last] ? opaque : elementwise(graph, node);
    case 'transpose':
      return node.attr.perm[last] === last ? elementwise(graph, node) : opaque;
    case 'reshape':
      return flatten(graph, node);
    case 'concatenation':
      return concatenated(graph, node);
    default:
      // An op that nobody told about here keeps all its channels.
      return channelwise.has(node.op) ? elementwise(graph, node) : opaque;
  }
}
