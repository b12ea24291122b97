import { elements, type Graph, type Node, type Tensor, type TensorId } from '../ir/graph.js';
import { zeroPoint } from '../ops/quantised.js';
import { Problem } from '../support/problem.js';
import { isCell, realCell, realGateBias } from './cells.js';

/** Scale of every slice along the quantised axis, spread over the elements: the scale of element `i`. */
export function scaleAt(t: Tensor): (i: number) => number {
  const { scale, axis } = t.quant!;
  if (scale.length === 1) return () => scale[0]!;
  const inner = elements(t.shape.slice(axis! + 1));
  return (i) => scale[Math.floor(i / inner) % scale.length]!;
}

/** Real values of stored ones. */
export function realValues(t: Tensor, data: ArrayLike<number>): Float32Array {
  const out = new Float32Array(data.length);
  if (!t.quant) {
    out.set(data);
    return out;
  }
  const scale = scaleAt(t);
  const zero = zeroPoint(t);
  for (let i = 0; i < out.length; i++) out[i] = (data[i]! - zero) * scale(i);
  return out;
}

const weighted = ['conv2d', 'depthwise_conv2d', 'fully_connected', 'transpose_conv'];

/** Scale of each channel of a bias: input scale times weight scale. */
export function biasScales(graph: Graph, node: Node): (channel: number) => number {
  const [x, w] = [graph.tensors[node.in[0]!]!, graph.tensors[node.in[1]!]!];
  const scales = w.quant!.scale;
  return (c) => x.quant!.scale[0]! * (scales[c] ?? scales[0]!);
}

function realBias(graph: Graph, node: Node): Float32Array {
  const bias = graph.tensors[node.in[2]!]!;
  const channels = bias.shape.at(-1)!;
  const scale = biasScales(graph, node);
  return Float32Array.from(bias.data!, (v, i) => v * scale(i % channels));
}

function floatTensor(t: Tensor): Tensor {
  if (t.type === 'f32') return t;
  // Positions and truth values are no quantised numbers.
  if (!t.quant && (t.type === 's32' || t.type === 'bool')) return t;
  if (!t.quant) throw new Problem('quant-missing', `${t.type} values without a scale`, `tensor "${t.name}"`);
  const { quant: _, data, ...rest } = t;
  return { ...rest, type: 'f32', ...(data && { data: realValues(t, data) }) };
}

function floatNode(graph: Graph, node: Node): Node {
  if (node.op === 'quantize' || node.op === 'dequantize') return { ...node, op: 'reshape', attr: {} };
  const x = graph.tensors[node.in[0]!]!;
  if (isCell(node) && x.type !== 'f32') return realCell(node);
  if (node.op === 'pad' && x.quant)
    return { ...node, attr: { ...node.attr, value: (node.attr.value - zeroPoint(x)) * x.quant.scale[0]! } };
  return node;
}

/**
 * The float graph that a quantised one stands for: the same nodes and tensor numbers, real values. QUANTIZE and
 * DEQUANTIZE become copies. A float graph is its own twin.
 * @throws Problem for integer tensors without a scale
 */
export function floatTwin(graph: Graph): Graph {
  const biases = new Map<TensorId, Tensor>();
  for (const node of graph.nodes) {
    const bias = weighted.includes(node.op) ? node.in[2] : isCell(node) ? node.in[3] : undefined;
    if (bias === undefined || graph.tensors[bias]!.type === 'f32') continue;
    const { quant: _, ...t } = graph.tensors[bias]!;
    biases.set(bias, { ...t, type: 'f32', data: isCell(node) ? realGateBias(graph, node) : realBias(graph, node) });
  }
  const states = graph.states?.map(({ initial, ...s }) => ({
    ...s,
    ...(initial && { initial: realValues(graph.tensors[s.before]!, initial) }),
  }));
  return {
    ...graph,
    ...(states && { states }),
    tensors: graph.tensors.map((t, id) => biases.get(id) ?? floatTensor(t)),
    nodes: graph.nodes.map((node) => floatNode(graph, node)),
  };
}
