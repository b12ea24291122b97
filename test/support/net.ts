/** Small graphs for tests, built node by node. */
import type { Graph, Node, OpAttrs, OpKind, Quant, Tensor, TensorId } from '../../src/ir/graph.js';

export type Spec = Omit<Tensor, 'name'>;

/** One scale and zero point for a whole tensor. */
export const quant = (scale: number, zero = 0): Quant => ({ scale: [scale], zero: [zero] });

/** Symmetric scales along an axis. */
export const perAxis = (scale: readonly number[], axis: number): Quant => ({ scale, zero: scale.map(() => 0), axis });

/** An s8 activation. */
export const s8 = (shape: readonly number[], scale = 1, zero = 0): Spec => ({
  type: 's8',
  shape,
  quant: quant(scale, zero),
});

/** An s16 activation. */
export const s16 = (shape: readonly number[], scale = 1): Spec => ({ type: 's16', shape, quant: quant(scale) });

/** A float activation. */
export const f32 = (shape: readonly number[]): Spec => ({ type: 'f32', shape });

export interface Net {
  /** all so far, by id */
  readonly tensors: readonly Tensor[];
  /** a graph input (no data) or a constant */
  add(spec: Spec): TensorId;
  /** a node and its result */
  node<K extends OpKind>(op: K, attr: OpAttrs[K], inputs: readonly TensorId[], output: Spec): TensorId;
  /** the graph whose inputs are all tensors that nobody writes and that hold no data */
  graph(...outputs: TensorId[]): Graph;
}

export function net(name = 'net'): Net {
  const tensors: Tensor[] = [];
  const nodes: Node[] = [];
  const add = (spec: Spec): TensorId => tensors.push({ name: `t${tensors.length}`, ...spec }) - 1;
  return {
    tensors,
    add,
    node(op, attr, inputs, output) {
      const id = add(output);
      const from = `op #${nodes.length} ${op}`;
      nodes.push({ op, name: `${op}_${nodes.length}`, attr, in: inputs, out: [id], from } as unknown as Node);
      return id;
    },
    graph(...outputs) {
      const written = new Set(nodes.flatMap((n) => n.out));
      const inputs = tensors.flatMap((t, id) => (t.data || written.has(id) ? [] : [id]));
      return { name, tensors, nodes, inputs, outputs };
    },
  };
}

/** A graph of one node: inputs without data are graph inputs. */
export function one<K extends OpKind>(op: K, attr: OpAttrs[K], inputs: readonly Spec[], output: Spec): Graph {
  const n = net(op);
  return n.graph(n.node(op, attr, inputs.map(n.add), output));
}
