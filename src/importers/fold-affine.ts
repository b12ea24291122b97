import { addTensors, filterNodes, readers, redirect, sweep, writers } from '../ir/edit.js';
import { elements, type Graph, type Node, results, type Tensor, type TensorId } from '../ir/graph.js';

type Weighted = Extract<Node, { op: 'conv2d' | 'depthwise_conv2d' | 'fully_connected' }>;

const isWeighted = (node: Node | undefined): node is Weighted =>
  node?.op === 'conv2d' || node?.op === 'depthwise_conv2d' || node?.op === 'fully_connected';

/** The constant operand of a float mul or add, if it is one number per channel of the other operand (or one in all). */
function perChannel(graph: Graph, node: Node): { x: TensorId; values: Float64Array } | undefined {
  if (node.op !== 'mul' && node.op !== 'add') return undefined;
  const index = node.in.findIndex((id) => graph.tensors[id]!.data);
  if (index < 0 || node.in.length !== 2) return undefined;
  const [c, x] = [graph.tensors[node.in[index]!]!, node.in[1 - index]!];
  const channels = graph.tensors[x]!.shape.at(-1) ?? 1;
  const many = elements(c.shape);
  const fits = c.type === 'f32' && (many === 1 || (many === channels && c.shape.at(-1) === channels));
  if (!fits || c.shape.length > graph.tensors[x]!.shape.length || graph.tensors[x]!.data) return undefined;
  return { x, values: Float64Array.from({ length: channels }, (_, i) => c.data![many === 1 ? 0 : i]!) };
}

/** Weights times a factor per output channel. */
function scaled(w: Tensor, op: Weighted['op'], factor: Float64Array): Tensor {
  const inner = op === 'depthwise_conv2d' ? 1 : elements(w.shape.slice(1));
  const data = (w.data as Float32Array).map((v, i) => v * factor[Math.floor(i / inner) % factor.length]!);
  return { ...w, data };
}

/** The weighted node with `x * mul + add` behind it made part of its weights and bias. */
function absorb(graph: Graph, node: Weighted, mul: Float64Array, add: Float64Array): { graph: Graph; node: Weighted } {
  const [x, w, b] = node.in;
  const weights = graph.tensors[w!]!;
  const before = b === undefined ? undefined : graph.tensors[b]!.data!;
  const bias = Float32Array.from(add, (v, i) => (before ? before[i]! * mul[i]! : 0) + v);
  const { graph: next, ids } = addTensors(graph, [
    scaled(weights, node.op, mul),
    { name: `${node.name}/bias`, shape: [bias.length], type: 'f32', data: bias },
  ]);
  return { graph: next, node: { ...node, in: [x!, ...ids] } as Weighted };
}

/**
 * Multiplications and additions of one constant per channel that follow a float convolution or fully connected layer, as
 * batch normalisation is, become part of its weights and bias. Computed in double precision, rounded once.
 */
export function foldAffine(graph: Graph): Graph {
  let next = graph;
  const by = writers(graph);
  const read = readers(graph);
  const current = new Map<Node, Weighted>();
  const map = new Map<TensorId, TensorId>();
  const gone = new Set<Node>();
  const source = new Map<TensorId, Node>();
  for (const node of graph.nodes) {
    const found = perChannel(graph, node);
    const before = found && (source.get(found.x) ?? by[found.x]);
    if (!found || !isWeighted(before) || !isAlone(graph, before, found.x, read)) continue;
    const ones = found.values.map(() => 1);
    const zeros = found.values.map(() => 0);
    const { graph: after, node: changed } =
      node.op === 'mul'
        ? absorb(next, current.get(before) ?? before, found.values, zeros)
        : absorb(next, current.get(before) ?? before, ones, found.values);
    next = after;
    const act = (node.attr as Weighted['attr']).act;
    current.set(before, { ...changed, attr: { ...changed.attr, act } } as Weighted);
    gone.add(node);
    map.set(node.out[0]!, before.out[0]!);
    if (act === 'none') source.set(node.out[0]!, before);
  }
  const nodes = next.nodes.map((node) => current.get(node) ?? node);
  return gone.size
    ? sweep(
        redirect(
          filterNodes({ ...next, nodes }, (node) => !gone.has(node)),
          map,
        ),
      )
    : graph;
}

/** Nobody else reads the value between, and it passes no activation. */
function isAlone(graph: Graph, node: Weighted, x: TensorId, read: readonly Node[][]): boolean {
  const weights = graph.tensors[node.in[1]!]!;
  const bias = node.in[2] === undefined || graph.tensors[node.in[2]]!.data;
  const plain = node.attr.act === 'none' && !('border' in node.attr && node.attr.border);
  const float = weights.type === 'f32' && weights.data && bias;
  return Boolean(plain && float && read[x]!.length === 1 && !results(graph).includes(x));
}
