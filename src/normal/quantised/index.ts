import { sweep } from '../../ir/edit.js';
import type { Graph, Node, NodeOf, Quant, TensorId } from '../../ir/graph.js';
import { dequantised } from './dequantised.js';
import { Draft } from './draft.js';
import { Lookahead, movesOnly, sameQuant, signedQuant, type Target } from './lookahead.js';
import { storedOperands, type Weighted } from './weights.js';

/** The parameters that TFLite prescribes for some results. */
const prescribed: Readonly<Record<string, Quant>> = {
  softmax: { scale: [1 / 256], zero: [-128] },
  logistic: { scale: [1 / 256], zero: [-128] },
  tanh: { scale: [1 / 128], zero: [0] },
};
/** Ops whose result has the parameters of the input. */
const keepsQuant = /^(average_pool2d|max_pool2d|resize_bilinear)$/;
const weighted = /^(conv2d|depthwise_conv2d|fully_connected|transpose_conv)$/;
/** Ops that exist on stored values too, `accepted` says for which parameters. */
const computes =
  /^(conv2d|depthwise_conv2d|fully_connected|transpose_conv|add|sub|mul|average_pool2d|max_pool2d|resize_bilinear|mean|softmax|logistic|tanh|relu|unary|binary|batch_matmul|reduce)$/;

/** Puts quantised ops together again. */
class Joiner {
  readonly draft: Draft;
  private readonly ahead: Lookahead;
  private readonly absorbed = new Set<Node>();

  constructor(graph: Graph) {
    this.draft = new Draft(graph);
    this.ahead = new Lookahead(graph);
  }

  node(node: Node): void {
    if (this.absorbed.has(node)) return;
    if (node.op === 'dequantize') this.dequantize(node);
    else if (node.op === 'quantize') this.quantize(node);
    else if (!(this.moved(node) || this.joined(node) || this.padded(node) || this.computed(node))) this.kept(node);
  }

  private kept(node: Node): void {
    for (const id of node.in) this.draft.value(id);
    this.draft.push(node);
  }

  private dequantize(node: NodeOf<'dequantize'>): void {
    const { draft } = this;
    const [x, y] = [node.in[0]!, node.out[0]!];
    const stored = draft.tensor(x);
    if (stored.data) {
      draft.setTwin(y, x);
      draft.tensors[y] = { ...draft.tensor(y), data: dequantised(stored) };
      return;
    }
    const twin = draft.twin(x);
    if (twin === undefined) this.kept(node);
    else draft.represent(y, twin);
  }

  private quantize(node: NodeOf<'quantize'>): void {
    const { draft } = this;
    const [x, y] = [node.in[0]!, node.out[0]!];
    const t = draft.tensor(y);
    const quant = signedQuant(t);
    const from = draft.tensor(x).data ? undefined : draft.twin(x);
    if ((t.type !== 's8' && t.type !== 'u8') || !quant) {
      this.kept(node);
      return;
    }
    const isSame = from !== undefined && sameQuant(draft.tensor(from).quant!, quant);
    if (isSame) {
      draft.represent(y, from);
      return;
    }
    const stored = t.type === 's8' ? y : draft.stored({ ...t, name: `${t.name}/signed` }, quant);
    draft.push({ ...node, in: [from ?? draft.value(x)], out: [stored] } as Node);
    if (stored !== y) draft.represent(y, stored);
  }

  /** Movement of values that are there as stored ones moves those. */
  private moved(node: Node): boolean {
    const { draft } = this;
    const t = draft.tensor(node.out[0]!);
    if (!movesOnly(node) || (t.type !== 'f32' && t.type !== 'u8')) return false;
    const twin = draft.twin(node.in[0]!);
    if (twin === undefined || draft.tensor(node.in[0]!).data) return false;
    const y = draft.stored(t, draft.tensor(twin).quant!);
    const rest = node.in.slice(1).map((id) => draft.value(id));
    if (!draft.accepted({ ...node, in: [twin, ...rest], out: [y] } as Node)) return false;
    draft.represent(node.out[0]!, y);
    return true;
  }

  /** Operands of a concatenation get one scale: the result's, or the one that they share. */
  private joined(node: Node): boolean {
    if (node.op !== 'concatenation') return false;
    const { draft } = this;
    const twins = node.in.map((id) => this.activation(id));
    const quants = twins.map((id) => (id === undefined ? undefined : draft.tensor(id).quant));
    const first = quants[0];
    if (!first || !quants.every((q) => q)) return false;
    const isShared = quants.every((q) => sameQuant(q!, first));
    const quant = this.ahead.quantOf(node.out[0]!) ?? (isShared ? first : undefined);
    if (!quant) return false;
    const inputs = twins.map((id, i) => (sameQuant(quants[i]!, quant) ? id! : draft.requantised(id!, quant)));
    const y = draft.stored(draft.tensor(node.out[0]!), quant);
    if (!draft.accepted({ ...node, in: inputs, out: [y] } as Node)) return false;
    draft.represent(node.out[0]!, y);
    return true;
  }

  /** A border of a value that the scale can say exactly. */
  private padded(node: Node): boolean {
    if (node.op !== 'pad') return false;
    const { draft } = this;
    const twin = this.activation(node.in[0]!);
    const quant = twin === undefined ? undefined : draft.tensor(twin).quant!;
    const value = quant && node.attr.value / quant.scale[0]! + quant.zero[0]!;
    if (value === undefined || !Number.isInteger(value) || value < -128 || value > 127) return false;
    const y = draft.stored(draft.tensor(node.out[0]!), quant!);
    if (!draft.accepted({ ...node, attr: { ...node.attr, value }, in: [twin!], out: [y] } as Node)) return false;
    draft.represent(node.out[0]!, y);
    return true;
  }

  /** Stored values of an operand, s8 with one scale. */
  private activation(id: TensorId): TensorId | undefined {
    const twin = this.draft.twin(id);
    const t = twin === undefined ? undefined : this.draft.tensor(twin);
    return t?.type === 's8' && t.quant?.scale.length === 1 ? twin : undefined;
  }

  private operands(node: Node): TensorId[] | undefined {
    const x = this.activation(node.in[0]!);
    if (x === undefined || this.draft.tensor(node.in[0]!).data) return undefined;
    if (weighted.test(node.op)) {
      const constants = storedOperands(this.draft, node as Weighted, this.draft.tensor(x));
      return constants && [x, ...constants];
    }
    const all = node.in.map((id) => this.activation(id));
    return all.every((id) => id !== undefined) ? (all as TensorId[]) : undefined;
  }

  /** An op between stored inputs and stored outputs works on those. */
  private computed(node: Node): boolean {
    const { draft } = this;
    const y = node.out[0]!;
    if (!computes.test(node.op) || draft.tensor(y).type !== 'f32') return false;
    const fuses = 'act' in node.attr && node.attr.act === 'none';
    const target = this.ahead.target(y, fuses);
    const inputs = target && this.operands(node);
    if (!inputs || !this.written(node, inputs, target)) return false;
    if (target.through) this.absorbed.add(target.through);
    return true;
  }

  /** An average pool cannot change the scale, a mean can. */
  private meanOfAll(node: Node, x: TensorId, { quant, act }: Target): boolean {
    const { draft } = this;
    if (node.op !== 'average_pool2d' || act !== 'none' || !coversAll(node, draft.tensor(x).shape)) return false;
    if (sameQuant(draft.tensor(x).quant!, quant)) return false;
    const y = draft.stored(draft.tensor(node.out[0]!), quant);
    const mean = { ...node, op: 'mean', attr: { axes: [1, 2], keepDims: true }, in: [x], out: [y] } as unknown as Node;
    if (!draft.accepted(mean)) return false;
    draft.represent(node.out[0]!, y);
    return true;
  }

  private written(node: Node, inputs: readonly TensorId[], target: Target): boolean {
    const { draft } = this;
    if (this.meanOfAll(node, inputs[0]!, target)) return true;
    const fixed = keepsQuant.test(node.op) ? draft.tensor(inputs[0]!).quant! : prescribed[node.op];
    const last = target.through?.out[0] ?? node.out[0]!;
    const y = draft.stored(draft.tensor(last), fixed ?? target.quant);
    const attr = target.through ? { ...node.attr, act: target.act } : node.attr;
    if (!draft.accepted({ ...node, attr, in: inputs, out: [y] } as Node)) return false;
    draft.represent(last, y);
    return true;
  }
}

/** Does one window cover the whole image? */
function coversAll(node: NodeOf<'average_pool2d'>, [, height, width]: readonly number[]): boolean {
  const { filter, pad } = node.attr;
  return filter[0] === height && filter[1] === width && pad.every((p) => p === 0);
}

/**
 * Ops on real numbers between DEQUANTIZE and QUANTIZE become ops on stored numbers, as TFLite computes them; unsigned values
 * become signed ones within. What has no such op stays real.
 */
export function joinQuantised(graph: Graph): Graph {
  if (!graph.nodes.some((n) => n.op === 'dequantize' || n.op === 'quantize')) return graph;
  const joiner = new Joiner(graph);
  for (const node of graph.nodes) joiner.node(node);
  for (const id of graph.outputs) joiner.draft.value(id);
  const { tensors, nodes } = joiner.draft;
  return sweep({ ...graph, tensors, nodes });
}
