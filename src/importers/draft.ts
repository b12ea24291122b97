import {
  type DType,
  elements,
  type Graph,
  type Node,
  type NodeOf,
  type OpAttrs,
  type OpKind,
  type Shape,
  type State,
  type Tensor,
  type TensorData,
  type TensorId,
} from '../ir/graph.js';
import { opDef } from '../ops/index.js';
import type { Value } from '../ops/op.js';
import { Problem } from '../support/problem.js';
import { Names, shortName } from './names.js';

/** What a node is called, and where in the model file it comes from. */
export interface Place {
  readonly name: string;
  readonly from: string;
}

const mostElements = 2 ** 26;
const mostRank = 8;

/**
 * A shape of a model file, every dimension checked.
 * @throws Problem `tensor-dynamic`, `tensor-shape`, `too-large`
 */
export function checkedShape(shape: readonly unknown[], where: string): Shape {
  if (shape.length > mostRank)
    throw new Problem('tensor-shape', `${shape.length} dimensions; at most ${mostRank} are supported`, where);
  for (const [axis, d] of shape.entries()) {
    if (d === null || d === -1)
      throw new Problem(
        'tensor-dynamic',
        `dimension ${axis} of [${shape.map((s) => s ?? '?')}] is not fixed`,
        where,
        'export the model with fixed input shapes',
      );
    if (!Number.isInteger(d) || (d as number) < 1)
      throw new Problem('tensor-shape', `dimension ${axis} is ${JSON.stringify(d)}, not a whole number >= 1`, where);
  }
  const whole = shape as number[];
  if (elements(whole) > mostElements)
    throw new Problem('too-large', `[${whole}] has more than ${mostElements} values`, where);
  return whole;
}

/** A graph while an importer adds nodes to it; the ops themselves tell the shapes. */
export class Draft {
  readonly tensors: Tensor[] = [];
  private readonly nodes: Node[] = [];
  private readonly states: State[] = [];
  private readonly names = new Names();

  /** @param folds are nodes of constants computed at once? */
  constructor(private readonly folds = false) {}

  tensor = (id: TensorId): Tensor => this.tensors[id]!;
  shape = (id: TensorId): Shape => this.tensors[id]!.shape;

  private add(t: Tensor): TensorId {
    return this.tensors.push(t) - 1;
  }

  /** @throws Problem as `checkedShape` */
  input(name: string, shape: Shape, type: DType = 'f32'): TensorId {
    return this.add({ name, shape: checkedShape(shape, `input "${name}"`), type });
  }

  constant(name: string, shape: Shape, data: TensorData, type: DType = 'f32'): TensorId {
    return this.add({ name, shape, type, data });
  }

  /** One number, or one per element of the last axis. */
  numbers = (name: string, values: readonly number[]): TensorId =>
    this.constant(name, [values.length], Float32Array.from(values));

  /**
   * A node and its result.
   * @param shape of the result, where the op does not tell it (reshape, fully_connected)
   * @throws Problem naming the layer
   */
  node<K extends OpKind>(
    op: K,
    { name, from }: Place,
    attr: OpAttrs[K],
    inputs: readonly TensorId[],
    shape?: Shape,
    type?: DType,
  ): TensorId {
    const own = this.names.unique(shortName(name, op));
    const draft = { op, name: own, attr, in: inputs, out: [] as number[], from } as unknown as NodeOf<K>;
    const operands = inputs.map((id) => this.tensors[id]!);
    const first = operands[0]!;
    const wanted: Tensor = { name, shape: shape ?? first.shape, type: type ?? first.type };
    const [inferred] = opDef(draft as Node).infer(draft as never, operands, [wanted]);
    const result: Tensor = { ...wanted, shape: checkedShape(inferred!, from) };
    if (this.folds && operands.length && operands.every((t) => t.data)) {
      const [data] = opDef(draft as Node).run(draft as never, operands as readonly Value[], [result]);
      return this.add({ ...result, data: data! });
    }
    const out = this.add(result);
    this.nodes.push({ ...draft, out: [out] } as unknown as Node);
    return out;
  }

  /** A node that keeps states of a shape from run to run, and its result. */
  cell<K extends OpKind>(
    op: K,
    place: Place,
    attr: OpAttrs[K],
    inputs: readonly TensorId[],
    kept: number,
    shape: Shape,
  ): TensorId {
    const before = Array.from({ length: kept }, (_, i) =>
      this.add({ name: `${place.name}/state_${i}`, shape, type: 'f32' }),
    );
    const y = this.node(op, place, attr, [...inputs, ...before]);
    const after = before.map((id) => this.add({ ...this.tensor(id), name: `${this.tensor(id).name}/next` }));
    const node = this.nodes.at(-1)!;
    this.nodes[this.nodes.length - 1] = { ...node, out: [y, ...after] } as Node;
    before.forEach((id, i) => {
      this.states.push({ name: this.tensor(id).name, before: id, after: after[i]! });
    });
    return y;
  }

  reshape(place: Place, x: TensorId, shape: Shape): TensorId {
    const [from, to] = [this.shape(x), checkedShape(shape, place.from)];
    if (elements(from) !== elements(to)) throw new Problem('op-shape', `[${from}] cannot become [${to}]`, place.from);
    return `${from}` === `${to}` ? x : this.node('reshape', place, {}, [x], to);
  }

  graph = (name: string, inputs: readonly TensorId[], outputs: readonly TensorId[]): Graph => ({
    name,
    tensors: this.tensors,
    nodes: this.nodes,
    inputs,
    outputs,
    ...(this.states.length && { states: this.states }),
  });
}
