import { readers, sweep } from '../../ir/edit.js';
import type { Graph, Node, Shape, Tensor, TensorData, TensorId } from '../../ir/graph.js';
import { identity, isIdentity, keepsOrder, type Perm, permuted, permutedData, unpermuted } from './perm.js';

/** A tensor of the old graph as one of the new graph: it is what TRANSPOSE by `perm` would make of `id`. */
export interface View {
  readonly id: TensorId;
  readonly perm: Perm;
  /** the last axis holds the elements in another order too: place k of `id` is place `order[k]` of the tensor */
  readonly order?: Int32Array;
}

/** The new graph while it is made, and how it holds the tensors of the old one. */
export class Views {
  private readonly tensors: Tensor[];
  private readonly nodes: Node[] = [];
  private readonly views = new Map<TensorId, View>();
  private readonly made = new Map<string, TensorId>();
  /** constants that are real values of stored ones: the node that says so */
  private readonly restored = new Map<TensorId, Node>();
  readonly readers: readonly Node[][];
  private readonly names: Set<string>;

  constructor(private readonly graph: Graph) {
    this.tensors = [...graph.tensors];
    this.readers = readers(graph);
    this.names = new Set(graph.nodes.map((n) => n.name));
  }

  tensor = (id: TensorId): Tensor => this.tensors[id]!;
  shape = (id: TensorId): Shape => this.tensors[id]!.shape;
  isOutput = (id: TensorId): boolean => this.graph.outputs.includes(id);

  view(id: TensorId): View {
    return this.views.get(id) ?? { id, perm: identity(this.shape(id).length) };
  }

  set(id: TensorId, view: View): void {
    this.views.set(id, view);
  }

  isConstant = (id: TensorId): boolean => this.tensors[id]!.data !== undefined || this.restored.has(id);

  /** A node of the old graph as it is, on plain inputs. */
  keep(node: Node): void {
    const inputs = node.in.map((id) => this.plain(id));
    const next = { ...node, in: inputs } as Node;
    if (node.op === 'dequantize' && this.tensors[inputs[0]!]!.data) this.restored.set(node.out[0]!, next);
    this.nodes.push(next);
  }

  /**
   * A node of the old graph with another attribute or other inputs, its output laid out by `perm`.
   * @param inputs of the new graph
   */
  rewrite(node: Node, inputs: readonly TensorId[], perm: Perm, attr: object = node.attr, order?: Int32Array): void {
    const old = node.out[0]!;
    const t = this.tensors[old]!;
    const id = isIdentity(perm) && !order ? old : this.add({ ...t, shape: unpermuted(t.shape, perm) });
    this.nodes.push({ ...node, attr, in: inputs, out: [id] } as unknown as Node);
    this.set(old, { id, perm, ...(order && { order }) });
  }

  /** A reshape of a tensor of the new graph, to stand for what `node` makes. */
  reshapeFor(node: Node, source: TensorId, shape: Shape, perm: Perm, order?: Int32Array): void {
    const old = node.out[0]!;
    const id = this.add({ ...this.tensors[old]!, shape });
    this.nodes.push({ ...node, in: [source], out: [id] } as Node);
    this.set(old, { id, perm, ...(order && { order }) });
  }

  /** The tensor in its own order of axes. */
  plain(id: TensorId): TensorId {
    const { perm } = this.view(id);
    return this.laidOut(id, identity(perm.length), id);
  }

  /** A tensor of which the old one is the TRANSPOSE by `wanted`. */
  laidOut(id: TensorId, wanted: Perm, name?: TensorId): TensorId {
    const { id: source, perm } = this.view(id);
    const turn = unpermuted(perm, wanted);
    if (isIdentity(turn)) return source;
    const key = `${source}:${turn}`;
    const known = this.made.get(key);
    if (known !== undefined) return known;
    const fresh = this.turned(source, turn, name !== undefined && !this.isDefined(name) ? name : undefined);
    this.made.set(key, fresh);
    return fresh;
  }

  /** Axes of 1 before the others, as numpy's rules put them there. */
  raised(id: TensorId, rank: number): TensorId {
    const { shape } = this.tensors[id]!;
    if (shape.length === rank) return id;
    const full = [...new Array<number>(rank - shape.length).fill(1), ...shape];
    const key = `${id}^${rank}`;
    const known = this.made.get(key);
    if (known !== undefined) return known;
    const source = this.plain(id);
    const t = this.tensors[source]!;
    const { data: _, ...rest } = t;
    const fresh = this.add(t.data ? { ...t, shape: full } : { ...rest, shape: full });
    if (!t.data) this.make('reshape', {}, source, fresh);
    this.made.set(key, fresh);
    return fresh;
  }

  private isDefined = (id: TensorId): boolean =>
    this.nodes.some((n) => n.out[0] === id) || this.graph.inputs.includes(id);

  private turned(source: TensorId, turn: Perm, target: TensorId | undefined): TensorId {
    const t = this.tensors[source]!;
    const shape = permuted(t.shape, turn);
    if (t.data) return this.add({ ...this.constant(t, t.data, turn), shape });
    const restored = this.restored.get(source);
    if (restored) return this.turnedRestored(restored, turn, shape);
    const fresh = target ?? this.add({ ...t, shape });
    if (keepsOrder(t.shape, turn)) this.make('reshape', {}, source, fresh);
    else this.make('transpose', { perm: turn }, source, fresh);
    return fresh;
  }

  private constant(t: Tensor, data: TensorData, turn: Perm): Tensor {
    const { quant } = t;
    const axis = quant?.axis === undefined ? undefined : turn.indexOf(quant.axis);
    const moved = { ...t, data: permutedData(data, t.shape, turn, t.type) };
    return axis === undefined ? moved : { ...moved, quant: { ...quant!, axis } };
  }

  private turnedRestored(node: Node, turn: Perm, shape: Shape): TensorId {
    const stored = this.turned(node.in[0]!, turn, undefined);
    const fresh = this.add({ ...this.tensors[node.out[0]!]!, shape });
    const next = { ...node, name: this.name(node.name), in: [stored], out: [fresh] } as Node;
    this.nodes.push(next);
    this.restored.set(fresh, next);
    return fresh;
  }

  /** Weights [Co, K] whose K inputs come in another order. */
  reordered(id: TensorId, order: Int32Array): TensorId {
    const restored = this.restored.get(id);
    if (restored) {
      const fresh = this.add(this.tensors[id]!);
      const next = {
        ...restored,
        name: this.name(restored.name),
        in: [this.reordered(restored.in[0]!, order)],
        out: [fresh],
      } as Node;
      this.nodes.push(next);
      this.restored.set(fresh, next);
      return fresh;
    }
    const t = this.tensors[id]!;
    const depth = t.shape[1]!;
    const data = t.data!.slice();
    for (let i = 0; i < data.length; i++) data[i] = t.data![i - (i % depth) + order[i % depth]!]!;
    return this.add({ ...t, data });
  }

  private add(t: Tensor): TensorId {
    return this.tensors.push(t) - 1;
  }

  private make(op: 'reshape' | 'transpose', attr: object, source: TensorId, out: TensorId): void {
    const name = this.name(op);
    const from = `tensor "${this.tensors[source]!.name}"`;
    this.nodes.push({ op, name, attr, in: [source], out: [out], from } as unknown as Node);
  }

  private name(wanted: string): string {
    let name = wanted;
    for (let i = 2; this.names.has(name); i++) name = `${wanted}_${i}`;
    this.names.add(name);
    return name;
  }

  /** The new graph; its outputs are in their own order of axes. */
  finish(): Graph {
    const outputs = this.graph.outputs.map((id) => this.plain(id));
    const taken = new Set(this.graph.inputs);
    outputs.forEach((id, i) => {
      if (id === this.graph.outputs[i]) taken.add(id);
    });
    const named = outputs.map((id, i) => this.ownOutput(id, this.graph.outputs[i]!, taken));
    return sweep({ ...this.graph, tensors: this.tensors, nodes: this.nodes, outputs: named });
  }

  /** Outputs keep their names; one that became an input or another output is copied. */
  private ownOutput(id: TensorId, old: TensorId, taken: Set<TensorId>): TensorId {
    if (id === old) return id;
    const { name } = this.tensors[old]!;
    if (taken.has(id)) {
      const copy = this.add({ ...this.tensors[id]!, name });
      this.make('reshape', {}, id, copy);
      return copy;
    }
    taken.add(id);
    this.tensors[id] = { ...this.tensors[id]!, name };
    return id;
  }
}
