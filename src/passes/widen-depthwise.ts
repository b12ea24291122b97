import { addTensors } from '../ir/edit.js';
import type { Graph, Node, NodeOf, Quant, Tensor } from '../ir/graph.js';

const isOfOneChannel = (node: Node, graph: Graph): node is NodeOf<'depthwise_conv2d'> => {
  if (node.op !== 'depthwise_conv2d' || node.attr.multiplier === 1) return false;
  const [x, w] = node.in.map((id) => graph.tensors[id]!);
  return x!.shape[3] === 1 && w!.data !== undefined && w!.type === x!.type && ['f32', 's8'].includes(x!.type);
};

/** Scales along the last axis go along the first one. */
const alongFirst = (quant: Quant): Quant => (quant.axis === undefined ? quant : { ...quant, axis: 0 });

/** [1,Kh,Kw,Co] to [Co,Kh,Kw,1]. */
function turned(w: Tensor): Tensor {
  const [, height, width, channels] = w.shape as [number, number, number, number];
  const taps = height * width;
  const data = w.data!.map((_, i) => w.data![(i % taps) * channels + Math.floor(i / taps)]!);
  return { ...w, shape: [channels, height, width, 1], data, ...(w.quant && { quant: alongFirst(w.quant) }) };
}

/**
 * A depthwise convolution of an input of one channel is a convolution: the same products in the same order. Converters write
 * first layers so; the kernels of convolutions are faster, and pruning knows how to thin them out.
 */
export function widenDepthwise(graph: Graph): Graph {
  let result = graph;
  const nodes = graph.nodes.map((node) => {
    if (!isOfOneChannel(node, graph)) return node;
    const [x, w, ...bias] = node.in;
    const { multiplier: _, ...attr } = node.attr;
    const added = addTensors(result, [turned(graph.tensors[w!]!)]);
    result = added.graph;
    return { ...node, op: 'conv2d', attr: { ...attr, groups: 1 }, in: [x!, added.ids[0]!, ...bias] } as Node;
  });
  return { ...result, nodes };
}
