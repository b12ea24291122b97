import type { Draft } from '../../formats/message.js';
import type { NodeProto, TensorProto } from '../../formats/onnx/schema.js';
import { type Activation, elements, type Graph, type Node, type TensorId } from '../../ir/graph.js';
import { Problem } from '../../support/problem.js';
import { type Layout, orderIn, permuted, toChannelsFirst, toPlain } from './layout.js';
import { type AttributeValue, attributeProto, floatProto, integersProto } from './proto.js';

/** A tensor of the graph in the ONNX file: the names of the forms that it has there so far. */
type Forms = { [L in Layout]?: string };

const suffix: Readonly<Record<Layout, string>> = { plain: '_nhwc', 'channels-first': '_nchw' };

/**
 * Collects the nodes and initialisers of an ONNX graph. A tensor gets the layout that the node which makes it prefers;
 * the other one, a TRANSPOSE, only when somebody asks for it.
 */
export class OnnxWriter {
  readonly nodes: Draft<NodeProto>[] = [];
  readonly initializers: Draft<TensorProto>[] = [];
  private readonly taken = new Set<string>();
  private readonly forms = new Map<TensorId, Forms>();
  /** what a tensor is called outside: of inputs and outputs its plain form, of others the first form */
  private readonly names: readonly string[];

  constructor(readonly graph: Graph) {
    this.names = graph.tensors.map((t, id) => this.unique(t.name || `tensor_${id}`));
    for (const id of graph.inputs) this.forms.set(id, { plain: this.names[id]! });
  }

  /** A name that is not used yet. */
  unique(wanted: string): string {
    let name = wanted;
    for (let i = 2; this.taken.has(name); i++) name = `${wanted}_${i}`;
    this.taken.add(name);
    return name;
  }

  nameOf = (id: TensorId): string => this.names[id]!;
  tensor = (id: TensorId) => this.graph.tensors[id]!;

  /** Has the tensor this form already? Constants have both. */
  has = (id: TensorId, layout: Layout): boolean =>
    this.tensor(id).data !== undefined || this.forms.get(id)?.[layout] !== undefined;

  /** Adds a node of ONNX; its output has the name of the node's result, or one made from it. */
  emit(
    opType: string,
    input: readonly string[],
    output: string,
    attributes: Record<string, AttributeValue> = {},
  ): string {
    const attribute = Object.entries(attributes).map(([name, value]) => attributeProto(name, value));
    this.nodes.push({ opType, input, output: [output], name: this.unique(`${opType}_${output}`), attribute });
    return output;
  }

  /** An initialiser of real numbers; returns its name. */
  floats(wanted: string, shape: readonly number[], data: ArrayLike<number>): string {
    const name = this.unique(wanted);
    this.initializers.push(floatProto(name, shape, Float32Array.from(data)));
    return name;
  }

  /** An initialiser of whole numbers, as shapes and axes are given. */
  integers(wanted: string, values: readonly number[]): string {
    const name = this.unique(wanted);
    this.initializers.push(integersProto(name, values));
    return name;
  }

  /** The name of a tensor in a layout, made from the other one where it is not there yet. */
  need(id: TensorId, layout: Layout): string {
    const forms = this.formsOf(id);
    const known = forms[layout];
    if (known !== undefined) return known;
    const t = this.tensor(id);
    if (t.data) return this.constant(id, layout);
    const other = forms[layout === 'plain' ? 'channels-first' : 'plain'];
    if (other === undefined) throw new Error(`${t.name} is read before it is written`);
    const perm = layout === 'plain' ? toPlain : toChannelsFirst;
    return this.emit('Transpose', [other], this.define(id, layout), { perm });
  }

  /** Values of a constant; all are real in a float graph. */
  private constant(id: TensorId, layout: Layout): string {
    const { data, shape } = this.tensor(id);
    const values = layout === 'plain' ? data! : permuted(data!, shape, toChannelsFirst);
    const name = this.define(id, layout);
    this.initializers.push(floatProto(name, orderIn(layout, shape), Float32Array.from(values)));
    return name;
  }

  private formsOf(id: TensorId): Forms {
    const forms = this.forms.get(id) ?? {};
    this.forms.set(id, forms);
    return forms;
  }

  /** A new form of a tensor: the name that its maker has to write. */
  define(id: TensorId, layout: Layout): string {
    const forms = this.formsOf(id);
    const isOuter = this.graph.outputs.includes(id) || this.graph.inputs.includes(id);
    const isFirst = Object.keys(forms).length === 0;
    const ownsName = isOuter ? layout === 'plain' : isFirst;
    const name = ownsName ? this.nameOf(id) : this.unique(`${this.nameOf(id)}${suffix[layout]}`);
    forms[layout] = name;
    return name;
  }

  /** The activation of a node: `make` writes what comes before it under the name that it is given. */
  activated(id: TensorId, layout: Layout, act: Activation, make: (output: string) => void): void {
    const output = this.define(id, layout);
    const raw = act === 'none' ? output : this.unique(`${output}_linear`);
    make(raw);
    if (act !== 'none') this.activation(act, raw, output);
  }

  /** RELU as such, bounds on both sides as CLIP. */
  activation(act: Exclude<Activation, 'none'>, input: string, output: string): void {
    if (act === 'relu') {
      this.emit('Relu', [input], output);
      return;
    }
    const [low, high] = act === 'relu6' ? [0, 6] : [-1, 1];
    const bounds = [this.floats(`${output}_min`, [], [low]), this.floats(`${output}_max`, [], [high])];
    this.emit('Clip', [input, ...bounds], output);
  }

  /** The tensor as rows of its last axis, or in another shape of as many elements, elements in the graph's order. */
  reshaped(id: TensorId, shape: readonly number[], output: string): string {
    const source = this.inOrder(id);
    return this.emit('Reshape', [source, this.integers(`${output}_shape`, shape)], output);
  }

  /** A form whose elements lie in the order of the graph, without a TRANSPOSE where that can be. */
  inOrder(id: TensorId): string {
    const { shape } = this.tensor(id);
    const isFree = shape.length === 4 && (shape[3] === 1 || elements(shape) === shape[0]! * shape[3]!);
    return this.need(id, isFree && !this.has(id, 'plain') ? 'channels-first' : 'plain');
  }
}

/** An op that a file of another kind cannot hold. */
export const unsupported = (node: Node, hint = 'compile without --export'): Problem =>
  new Problem('export-unsupported', `${node.op} cannot be written as ONNX`, node.from, hint);
