import { writers } from '../ir/edit.js';
import type { Graph, Node, NodeOf, Padding } from '../ir/graph.js';
import { zeroPoint } from '../ops/quantised.js';

type Windowed = NodeOf<'conv2d'> | NodeOf<'depthwise_conv2d'>;

/** Only rows and columns are padded, and with the value that convolutions take for outside pixels. */
function isZeroBorder(pad: NodeOf<'pad'>, graph: Graph): boolean {
  const x = graph.tensors[pad.in[0]!]!;
  const { before, after, value } = pad.attr;
  return (
    x.shape.length === 4 && [0, 3].every((axis) => before[axis] === 0 && after[axis] === 0) && value === zeroPoint(x)
  );
}

function grow(conv: Windowed, pad: NodeOf<'pad'>): Node {
  const { before, after } = pad.attr;
  const [top, bottom, left, right] = conv.attr.pad;
  const all: Padding = [top + before[1]!, bottom + after[1]!, left + before[2]!, right + after[2]!];
  return { ...conv, attr: { ...conv.attr, pad: all }, in: [pad.in[0]!, ...conv.in.slice(1)] } as Node;
}

/** PAD before a convolution becomes the convolution's own padding; the padded tensor is never stored. */
export function foldPad(graph: Graph): Graph {
  const by = writers(graph);
  const nodes = graph.nodes.map((node) => {
    if ((node.op !== 'conv2d' && node.op !== 'depthwise_conv2d') || node.attr.border) return node;
    const pad = by[node.in[0]!];
    return pad?.op === 'pad' && isZeroBorder(pad, graph) ? grow(node, pad) : node;
  });
  return { ...graph, nodes };
}
