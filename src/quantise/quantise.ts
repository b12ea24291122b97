import { readers } from '../ir/edit.js';
import { type Graph, type Node, type Quant, results, type Tensor, type TensorId } from '../ir/graph.js';
import type { Calibration } from '../ops/float/calibration.js';
import { typeRange } from '../ops/quantised.js';
import type { Linear } from '../support/linear.js';
import { Problem } from '../support/problem.js';
import { type Cell, isCell, storeCell, storedCell } from './cells.js';
import { activationParameters, activationQuant, type StoredType } from './parameters.js';
import { minMax, type RangeRule, type Ranges, rangesOf } from './ranges.js';
import { isExtreme, staysReal } from './real.js';
import { storeBias, withRoom } from './restore.js';
import { storeWeights, weightQuant } from './weights.js';

const same = (a: Quant, b: Quant): boolean => a.scale[0] === b.scale[0] && a.zero[0] === b.zero[0];

const weighted = ['conv2d', 'depthwise_conv2d', 'fully_connected', 'transpose_conv'];

/** How a graph is stored. */
export interface Stored {
  /** of activations; default s8 */
  readonly type?: StoredType;
  /** names of nodes that stay float beside those that no kernel computes on stored values */
  readonly real?: ReadonlySet<string>;
}

/** Collects quantised tensors, and nodes that change parameters where ops need equal ones. */
class Quantiser {
  readonly nodes: Node[] = [];
  readonly tensors: Tensor[];
  private readonly type: StoredType;
  /** tensors that only float nodes know */
  private readonly between: ReadonlySet<TensorId>;
  constructor(
    private graph: Graph,
    private readonly params: ReadonlyMap<TensorId, Quant>,
    private readonly cells: Ranges['cells'],
    private readonly stored: Stored,
  ) {
    this.type = stored.type ?? 's8';
    this.between = betweenReal(graph, (node) => this.isReal(node));
    this.tensors = graph.tensors.map((t, id) => this.activation(t, id));
  }

  private activation(t: Tensor, id: TensorId): Tensor {
    const quant = this.params.get(id);
    return quant && !t.data && t.type === 'f32' && !this.between.has(id) ? { ...t, type: this.type, quant } : t;
  }

  private isReal = (node: Node): boolean => staysReal(node, this.type) || this.stored.real?.has(node.name) === true;

  node(node: Node): void {
    if (this.isReal(node)) {
      this.real(node);
      return;
    }
    if (isCell(node)) {
      this.cell(node);
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

  private cell(node: Cell): void {
    const [x, w, r, b] = node.in as [TensorId, TensorId, TensorId, TensorId];
    const y = node.out[0]!;
    const real = { w: this.graph.tensors[w]!, r: this.graph.tensors[r]!, b: this.graph.tensors[b]! };
    const fresh = storeCell(node, real, this.tensors[x]!.quant!, this.tensors[y]!.quant!);
    this.tensors[w] = fresh.w;
    this.tensors[r] = fresh.r;
    this.tensors[b] = fresh.b;
    this.nodes.push(storedCell(node, this.cells.get(y) ?? 0));
  }

  /** Stored values as real ones, for one node. */
  private realInput(id: TensorId, node: Node, i: number): TensorId {
    const t = this.tensors[id]!;
    if (t.type !== this.type) return id;
    const out = this.tensors.push({ name: `${t.name}_real_${i}`, shape: t.shape, type: 'f32' }) - 1;
    const name = `${node.name}_real_${i}`;
    this.nodes.push({ op: 'dequantize', name, attr: {}, in: [id], out: [out], from: node.from });
    return out;
  }

  /** The node on real values, its result stored again. */
  private real(node: Node): void {
    const inputs = node.in.map((id, i) => this.realInput(id, node, i));
    const y = this.tensors[node.out[0]!]!;
    if (y.type !== this.type) {
      this.nodes.push({ ...node, in: inputs });
      return;
    }
    const result = this.tensors.push({ name: `${y.name}_real`, shape: y.shape, type: 'f32' }) - 1;
    this.nodes.push({ ...node, in: inputs, out: [result, ...node.out.slice(1)] });
    const name = `${node.name}_stored`;
    this.nodes.push({ op: 'quantize', name, attr: {}, in: [result], out: [node.out[0]!], from: node.from });
  }

  private encoded(data: ArrayLike<number>, quant: Quant): Int8Array | Int16Array {
    const [least, most] = typeRange(this.type);
    const store = (v: number) => Math.max(least, Math.min(most, Math.round(v / quant.scale[0]!) + quant.zero[0]!));
    return this.type === 's8' ? Int8Array.from(data, store) : Int16Array.from(data, store);
  }

  /** Constant operands of elementwise ops get parameters of their own range. */
  private constants(node: Node): void {
    for (const id of node.in) {
      const t = this.graph.tensors[id]!;
      if (!t.data || t.type !== 'f32') continue;
      const quant = activationQuant(minMax(t.data), this.type);
      this.tensors[id] = { ...t, type: this.type, quant, data: this.encoded(t.data, quant) };
    }
  }

  /** Attributes and inputs as the op needs them in s8. */
  private adapted(node: Node): Node {
    const quant = this.tensors[node.out[0]!]!.quant!;
    if (node.op === 'pad') {
      return { ...node, attr: { ...node.attr, value: this.encoded([node.attr.value], quant)[0]! } };
    }
    if (node.op !== 'concatenation' && !isExtreme(node)) return node;
    return { ...node, in: node.in.map((id, i) => this.brought(id, quant, node, i)) };
  }

  /** The tensor itself, or its values with other parameters. */
  private brought(id: TensorId, quant: Quant, node: Node, i: number): TensorId {
    const t = this.tensors[id]!;
    if (same(t.quant!, quant)) return id;
    const out = this.tensors.push({ name: `${t.name}_rescaled_${i}`, shape: t.shape, type: this.type, quant }) - 1;
    const name = `${node.name}_input_${i}`;
    this.nodes.push({ op: 'quantize', name, attr: {}, in: [id], out: [out], from: node.from });
    return out;
  }

  result = (): Graph => ({ ...this.graph, tensors: this.tensors, nodes: this.nodes });
}

/** Tensors that a float node writes and only float nodes read. */
function betweenReal(graph: Graph, isReal: (node: Node) => boolean): ReadonlySet<TensorId> {
  const read = readers(graph);
  const kept = new Set(results(graph));
  const own = graph.nodes.filter(isReal).map((node) => node.out[0]!);
  return new Set(own.filter((id) => !kept.has(id) && read[id]!.length > 0 && read[id]!.every(isReal)));
}

/**
 * Post-training quantisation of a float graph as the TFLite specification says: activations per tensor from the ranges of
 * calibration data, weights s8, symmetric per output channel, biases s32; inputs and outputs of the graph are stored too.
 * Tensors keep their numbers, so that the float graph stays its twin; nodes may be added.
 */
export function quantiseBy(graph: Graph, ranges: Ranges, stored: Stored = {}): Graph {
  const quantiser = new Quantiser(graph, activationParameters(graph, ranges, stored.type), ranges.cells, stored);
  for (const node of graph.nodes) quantiser.node(node);
  return quantiser.result();
}

/** As `quantiseBy`, with ranges from data by a rule. */
export const quantiseGraph = (
  linear: Linear,
  graph: Graph,
  calibration: Calibration,
  rule: RangeRule = 'minmax',
): Graph => quantiseBy(graph, rangesOf(linear, graph, calibration, rule));
