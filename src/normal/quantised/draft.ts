import type { Graph, Node, Quant, Tensor, TensorId } from '../../ir/graph.js';
import { opDef } from '../../ops/index.js';
import { Problem } from '../../support/problem.js';
import { signedQuant } from './lookahead.js';

/** The new graph while it is made: real tensors with stored twins, and what is written only when somebody reads it. */
export class Draft {
  readonly tensors: Tensor[];
  readonly nodes: Node[] = [];
  /** stored (s8, or s32 of a bias) values of real tensors and of u8 tensors */
  private readonly twins = new Map<TensorId, TensorId>();
  private readonly deferred = new Map<TensorId, () => void>();
  private readonly names: Set<string>;

  constructor(graph: Graph) {
    this.tensors = [...graph.tensors];
    this.names = new Set(graph.nodes.map((n) => n.name));
  }

  tensor = (id: TensorId): Tensor => this.tensors[id]!;

  add(t: Tensor): TensorId {
    return this.tensors.push(t) - 1;
  }

  name(wanted: string): string {
    let name = wanted;
    for (let i = 2; this.names.has(name); i++) name = `${wanted}_${i}`;
    this.names.add(name);
    return name;
  }

  push(node: Node): void {
    this.nodes.push(node);
  }

  /** The tensor as its name says, written now if it was not yet. */
  value(id: TensorId): TensorId {
    const write = this.deferred.get(id);
    this.deferred.delete(id);
    write?.();
    return id;
  }

  defer(id: TensorId, write: () => void): void {
    this.deferred.set(id, write);
  }

  /** Stored values of a tensor; an unsigned one is made signed. */
  twin(id: TensorId): TensorId | undefined {
    const known = this.twins.get(id);
    if (known !== undefined) return known;
    const t = this.tensors[id]!;
    if (t.type === 's8' && t.quant) return id;
    if (t.type !== 'u8' || !t.quant || t.data || t.quant.scale.length !== 1) return undefined;
    const twin = this.add({ ...t, name: `${t.name}/signed`, type: 's8', quant: signedQuant(t)! });
    this.push(this.node('quantize', this.value(id), twin));
    this.twins.set(id, twin);
    return twin;
  }

  setTwin(id: TensorId, twin: TensorId): void {
    this.twins.set(id, twin);
  }

  private node(op: 'quantize' | 'dequantize', x: TensorId, y: TensorId): Node {
    const from = `tensor "${this.tensors[y]!.name}"`;
    return { op, name: this.name(op), attr: {}, in: [x], out: [y], from } as Node;
  }

  /** A new stored tensor for `like`. */
  stored(like: Tensor, quant: Quant): TensorId {
    const { data: _, ...rest } = like;
    return this.add({ ...rest, name: like.name, type: 's8', quant });
  }

  /** `id` gets the stored values `twin`; the tensor itself is made of them if somebody wants it. */
  represent(id: TensorId, twin: TensorId): void {
    this.setTwin(id, twin);
    const op = this.tensors[id]!.type === 'f32' ? 'dequantize' : 'quantize';
    this.defer(id, () => this.push(this.node(op, twin, id)));
  }

  /** Stored values in other parameters. */
  requantised(twin: TensorId, quant: Quant): TensorId {
    const t = this.tensors[twin]!;
    const y = this.add({ ...t, name: `${t.name}/scaled`, quant });
    this.push(this.node('quantize', twin, y));
    return y;
  }

  /** Adds the node if its op takes these tensors. */
  accepted(node: Node): boolean {
    const def = opDef(node);
    const inputs = node.in.map((id) => this.tensors[id]!);
    const y = this.tensors[node.out[0]!]!;
    try {
      const [shape] = def.infer(node, inputs, [y]);
      if (`${shape}` !== `${y.shape}`) return false;
    } catch (error) {
      if (error instanceof Problem) return false;
      throw error;
    }
    this.push(node);
    return true;
  }
}
