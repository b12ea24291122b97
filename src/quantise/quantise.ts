import type { Graph, Node, Quant, Tensor, TensorId } from '../ir/graph.js';
import type { Calibration } from '../ops/float/calibration.js';
import type { Linear } from '../support/linear.js';
import { Problem } from '../support/problem.js';
import { activationParameters, activationQuant } from './parameters.js';
import { type RangeRule, rangesOf } from './ranges.js';
import { storeBias, withRoom } from './restore.js';
import { storeWeights, weightQuant } from './weights.js';

const weighted = ['conv2d', 'depthwise_conv2d', 'fully_connected', 'transpose_conv'];

/** Functions of stored values whose operands need the parameters of the result. */
const isExtreme = (node: Node): boolean =>
  (node.op === 'binary' && ['maximum', 'minimum'].includes(node.attr.fn)) ||
  (node.op === 'reduce' && ['max', 'min'].includes(node.attr.fn));

const realOps: readonly Node['op'][] = [
  'select',
  'cumsum',
  'top_k',
  'scatter_elements',
  'scatter_nd',
  'one_hot',
  'cast',
  'log_softmax',
  'local_response_normalization',
  'lstm',
  'gru',
];

/** Ops that no kernel computes on stored values: they stay float, between a DEQUANTIZE and a QUANTIZE. */
function staysReal(node: Node): boolean {
  if (node.op === 'binary') return !isExtreme(node) && !['prelu', 'squared_difference'].includes(node.attr.fn);
  if (node.op === 'reduce') return !isExtreme(node) && node.attr.fn !== 'sum';
  if (node.op === 'unary') return node.attr.fn === 'is_nan' || node.attr.fn === 'is_inf';
  return realOps.includes(node.op);
}

const same = (a: Quant, b: Quant): boolean => a.scale[0] === b.scale[0] && a.zero[0] === b.zero[0];

/** Collects quantised tensors, and nodes that change parameters where ops need equal ones. */
class Quantiser {
  readonly nodes: Node[] = [];
  readonly tensors: Tensor[];
  constructor(
    private graph: Graph,
    private readonly params: ReadonlyMap<TensorId, Quant>,
  ) {
    this.tensors = graph.tensors.map((t, id) => this.activation(t, id));
  }

  private activation(t: Tensor, id: TensorId): Tensor {
    const quant = this.params.get(id);
    return quant && !t.data && t.type === 'f32' ? { ...t, type: 's8', quant } : t;
  }

  node(node: Node): void {
    if (staysReal(node)) {
      this.real(node);
      return;
    }
    if (weighted.includes(node.op)) this.weighted(node);
    else this.constants(node);
    this.nodes.push(this.adapted(node));
  }

  private weighted(node: Node): void {
    const [x, w] = [this.tensors[node.in[0]!]!, this.graph.tensors[node.in[1]!]!];
    if (!w.data) throw new Problem('weights-computed', 'weights that are computed cannot be quantised', node.from);
    const bias = node.in[2] === undefined ? undefined : this.graph.tensors[node.in[2]]!;
    const scaleX = x.quant!.scale[0]!;
    const quant = withRoom(weightQuant(node, w.shape, w.data, true), bias?.data, scaleX);
    this.tensors[node.in[1]!] = { ...w, type: 's8', quant, data: storeWeights(w.data, { shape: w.shape, quant }) };
    if (!bias) return;
    const data = storeBias(bias.data!, scaleX, quant.scale, bias.shape.at(-1)!);
    this.tensors[node.in[2]!] = { ...bias, type: 's32', data };
  }

  /** Stored values as real ones, for one node. */
  private realInput(id: TensorId, node: Node, i: number): TensorId {
    const t = this.tensors[id]!;
    if (t.type !== 's8') return id;
    const out = this.tensors.push({ name: `${t.name}_real_${i}`, shape: t.shape, type: 'f32' }) - 1;
    const name = `${node.name}_real_${i}`;
    this.nodes.push({ op: 'dequantize', name, attr: {}, in: [id], out: [out], from: node.from });
    return out;
  }

  /** The node on real values, its result stored again. */
  private real(node: Node): void {
    const inputs = node.in.map((id, i) => this.realInput(id, node, i));
    const y = this.tensors[node.out[0]!]!;
    if (y.type !== 's8') {
      this.nodes.push({ ...node, in: inputs });
      return;
    }
    const result = this.tensors.push({ name: `${y.name}_real`, shape: y.shape, type: 'f32' }) - 1;
    this.nodes.push({ ...node, in: inputs, out: [result] });
    const name = `${node.name}_stored`;
    this.nodes.push({ op: 'quantize', name, attr: {}, in: [result], out: node.out, from: node.from });
  }

  /** Constant operands of elementwise ops get parameters of their own range. */
  private constants(node: Node): void {
    for (const id of node.in) {
      const t = this.graph.tensors[id]!;
      if (!t.data || t.type !== 'f32') continue;
      const quant = activationQuant({ low: Math.min(...t.data), high: Math.max(...t.data) });
      const data = Int8Array.from(t.data, (v) =>
        Math.max(-128, Math.min(127, Math.round(v / quant.scale[0]!) + quant.zero[0]!)),
      );
      this.tensors[id] = { ...t, type: 's8', quant, data };
    }
  }

  /** Attributes and inputs as the op needs them in s8. */
  private adapted(node: Node): Node {
    const quant = this.tensors[node.out[0]!]!.quant!;
    if (node.op === 'pad') {
      const stored = Math.round(node.attr.value / quant.scale[0]!) + quant.zero[0]!;
      return { ...node, attr: { ...node.attr, value: Math.max(-128, Math.min(127, stored)) } };
    }
    if (node.op !== 'concatenation' && !isExtreme(node)) return node;
    return { ...node, in: node.in.map((id, i) => this.brought(id, quant, node, i)) };
  }

  /** The tensor itself, or its values with other parameters. */
  private brought(id: TensorId, quant: Quant, node: Node, i: number): TensorId {
    const t = this.tensors[id]!;
    if (same(t.quant!, quant)) return id;
    const out = this.tensors.push({ name: `${t.name}_rescaled_${i}`, shape: t.shape, type: 's8', quant }) - 1;
    const name = `${node.name}_input_${i}`;
    this.nodes.push({ op: 'quantize', name, attr: {}, in: [id], out: [out], from: node.from });
    return out;
  }

  result = (): Graph => ({ ...this.graph, tensors: this.tensors, nodes: this.nodes });
}

/**
 * Post-training quantisation of a float graph to int8 as the TFLite specification says: activations per tensor from
 * calibration data, weights symmetric per output channel, biases s32; inputs and outputs of the graph are s8. Tensors keep
 * their numbers, so that the float graph stays its twin; nodes may be added.
 */
export function quantiseGraph(
  linear: Linear,
  graph: Graph,
  calibration: Calibration,
  rule: RangeRule = 'minmax',
): Graph {
  const quantiser = new Quantiser(graph, activationParameters(graph, rangesOf(linear, graph, calibration, rule)));
  for (const node of graph.nodes) quantiser.node(node);
  return quantiser.result();
}
