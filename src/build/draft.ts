import {
  type Graph,
  type Node,
  type NodeOf,
  type OpAttrs,
  type OpKind,
  type Shape,
  shapeText,
  type Tensor,
  type TensorId,
} from '../ir/graph.js';
import { checkGraph } from '../ops/check.js';
import { opDef } from '../ops/index.js';
import { Problem } from '../support/problem.js';
import { random } from '../support/rng.js';
import { heUniform } from './initial.js';

/** A float graph while layers are added to it. */
export class Draft {
  private readonly tensors: Tensor[] = [];
  private readonly nodes: Node[] = [];
  private readonly counts = new Map<string, number>();
  private readonly next: () => number;

  constructor(seed: number) {
    this.next = random(seed);
  }

  private add(t: Tensor): TensorId {
    return this.tensors.push(t) - 1;
  }

  shape = (id: TensorId): Shape => this.tensors[id]!.shape;

  input = (shape: Shape): TensorId => this.add({ name: 'input', shape: [1, ...shape], type: 'f32' });

  /** Untrained weights. */
  weights(layer: string, shape: Shape, fanIn: number): TensorId {
    return this.add({ name: `${layer}/weights`, shape, type: 'f32', data: heUniform(shape, fanIn, this.next) });
  }

  /** Biases, all 0. */
  bias(layer: string, channels: number): TensorId {
    return this.add({ name: `${layer}/bias`, shape: [channels], type: 'f32', data: new Float32Array(channels) });
  }

  /** A name for the next layer of a kind: `conv_1`, `conv_2`, ... */
  layer(kind: string): string {
    const count = (this.counts.get(kind) ?? 0) + 1;
    this.counts.set(kind, count);
    return `${kind}_${count}`;
  }

  /** A node and its result; the op tells the shape unless `shape` does. @throws Problem naming the layer */
  node<K extends OpKind>(op: K, name: string, attr: OpAttrs[K], inputs: readonly TensorId[], shape?: Shape): TensorId {
    const from = `layer ${this.nodes.length + 1} "${name}"`;
    const draft = { op, name, attr, in: inputs, out: [] as number[], from } as unknown as NodeOf<K>;
    const operands = inputs.map((id) => this.tensors[id]!);
    const wanted: Tensor = { name, shape: shape ?? operands[0]!.shape, type: 'f32' };
    const [inferred] = opDef(draft as Node).infer(draft as never, operands, [wanted]);
    const out = this.add({ ...wanted, shape: inferred! });
    this.nodes.push({ ...draft, out: [out] } as unknown as Node);
    return out;
  }

  /** @throws Problem `network-shape` where a layer needs an image, and `id` is none */
  image(id: TensorId, layer: string): readonly [height: number, width: number, channels: number] {
    const shape = this.shape(id);
    if (shape.length === 4) return shape.slice(1) as unknown as [number, number, number];
    throw new Problem('network-shape', `needs an image, not ${shapeText(shape)}`, layer, 'put it before flatten()');
  }

  /** @throws Problem where the graph is not well formed */
  graph(name: string, input: TensorId, output: TensorId): Graph {
    const graph = { name, tensors: this.tensors, nodes: this.nodes, inputs: [input], outputs: [output] };
    checkGraph(graph);
    return graph;
  }
}
