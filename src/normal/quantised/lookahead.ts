import { readers } from '../../ir/edit.js';
import type { Activation, Graph, Node, Quant, Tensor, TensorId } from '../../ir/graph.js';

/** Ops that move values, whatever these mean: on stored values they do the same. */
export const movesOnly = (node: Node): boolean =>
  /^(reshape|transpose|strided_slice|tile|broadcast_to|resize_nearest)$/.test(node.op) ||
  (node.op === 'gather' && node.attr.batchDims === 0) ||
  (node.op === 'max_pool2d' && node.attr.act === 'none');

/** 8-bit parameters for signed values: unsigned ones are moved by 128. */
export const signedQuant = (t: Tensor): Quant | undefined =>
  t.quant && t.type === 'u8' ? { ...t.quant, zero: t.quant.zero.map((z) => z - 128) } : t.quant;

export const sameQuant = (a: Quant, b: Quant): boolean =>
  a.scale.length === 1 && b.scale.length === 1 && a.scale[0] === b.scale[0] && a.zero[0] === b.zero[0];

/** How a real value is stored in the end. */
export interface Target {
  readonly quant: Quant;
  /** an activation on the way, that the op itself can do */
  readonly act: Activation;
  /** the node of that activation */
  readonly through?: Node;
}

/** Looks forward from real tensors to where they are quantised. */
export class Lookahead {
  private readonly read: readonly Node[][];
  constructor(private readonly graph: Graph) {
    this.read = readers(graph);
  }

  private stored(node: Node): Quant | undefined {
    const y = this.graph.tensors[node.out[0]!]!;
    return node.op === 'quantize' && (y.type === 's8' || y.type === 'u8') ? signedQuant(y) : undefined;
  }

  /** What all readers quantise the tensor to; undefined when one wants the real values, or they differ. */
  quantOf(id: TensorId): Quant | undefined {
    if (this.graph.outputs.includes(id)) return undefined;
    const quants = this.read[id]!.map((node) => (movesOnly(node) ? this.quantOf(node.out[0]!) : this.stored(node)));
    const [first] = quants;
    return first && quants.every((q) => q && sameQuant(q, first)) ? first : undefined;
  }

  /** The same, or beyond an activation that is the only reader. */
  target(id: TensorId, fuses: boolean): Target | undefined {
    const quant = this.quantOf(id);
    if (quant) return { quant, act: 'none' };
    const [only, ...others] = this.read[id]!;
    if (!fuses || only?.op !== 'relu' || others.length || this.graph.outputs.includes(id)) return undefined;
    const beyond = this.quantOf(only.out[0]!);
    return beyond && { quant: beyond, act: only.attr.act, through: only };
  }
}
