import { elements, type Graph, type Node, type Tensor } from '../ir/graph.js';
import { isMatrix } from '../ops/float/batch.js';

/** A layer whose weights can be pruned, as a matrix. */
export interface Layer {
  readonly name: string;
  /** number of its node in the graph */
  readonly index: number;
  readonly op: 'conv2d' | 'fully_connected' | 'depthwise_conv2d';
  /** output channels */
  readonly rows: number;
  /** inputs of one output channel, in the order [Kh, Kw, Ci] */
  readonly depth: number;
  /** [rows, depth]; of a depthwise convolution turned round from its own [Kh, Kw, C] */
  readonly weights: Float32Array;
  /** multiply-accumulates of one weight in one inference */
  readonly uses: number;
  /** depthwise layers and first convolutions stay dense unless they are asked for by name */
  readonly byDefault: boolean;
}

/** [a, b] -> [b, a] */
function turned(data: ArrayLike<number>, a: number, b: number): Float32Array {
  const out = new Float32Array(a * b);
  for (let i = 0; i < a; i++) for (let j = 0; j < b; j++) out[j * a + i] = data[i * b + j]!;
  return out;
}

/** Rows [rows, depth] in the order in which the node stores its weights. */
export const toStored = (layer: Pick<Layer, 'op' | 'rows' | 'depth'>, rows: Float32Array): Float32Array =>
  layer.op === 'depthwise_conv2d' ? turned(rows, layer.rows, layer.depth) : rows;

/** The inverse of `toStored`. */
export const fromStored = (layer: Pick<Layer, 'op' | 'rows' | 'depth'>, data: Float32Array): Float32Array =>
  layer.op === 'depthwise_conv2d' ? turned(data, layer.depth, layer.rows) : data;

function readsInput(graph: Graph, node: Node): boolean {
  const seen = new Set(graph.inputs);
  for (const n of graph.nodes) {
    if (n === node) return seen.has(n.in[0]!);
    // A copy, a pad or a change of scale of the input is still the input.
    if (['reshape', 'pad', 'quantize', 'dequantize', 'mul', 'sub', 'add', 'transpose'].includes(n.op))
      if (n.in.every((id) => seen.has(id) || graph.tensors[id]!.data)) seen.add(n.out[0]!);
  }
  return false;
}

function layerOf(graph: Graph, node: Node, index: number): Layer | undefined {
  const depthwise = node.op === 'depthwise_conv2d';
  const w: Tensor | undefined = node.in[1] === undefined ? undefined : graph.tensors[node.in[1]];
  if (!w?.data || (!depthwise && !isMatrix(graph, node))) return undefined;
  const rows = depthwise ? w.shape[3]! : w.shape[0]!;
  const depth = elements(w.shape) / rows;
  return {
    ...{ name: node.name, index, op: node.op as Layer['op'], rows, depth },
    weights: depthwise ? turned(w.data, depth, rows) : Float32Array.from(w.data),
    uses: elements(graph.tensors[node.out[0]!]!.shape) / rows,
    byDefault: !depthwise && !(node.op === 'conv2d' && readsInput(graph, node)),
  };
}

/** All layers with constant weights, in order. */
export const layersOf = (graph: Graph): Layer[] =>
  graph.nodes.map((node, i) => layerOf(graph, node, i)).filter((l) => l !== undefined);
