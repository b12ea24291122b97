import type { DType, Graph, Node, NodeOf, OpAttrs, OpKind, Quant, Shape, Tensor, TensorId } from '../../ir/graph.js';
import { opDef } from '../../ops/index.js';
import { Names, shortName } from '../names.js';
import { checkedShape } from './tensor.js';
import * as types from './types.js';
import type { Value } from './value.js';

/** What a node makes; what is absent is as in its first input, or what the op tells. */
export interface Result {
  readonly shape?: Shape | undefined;
  readonly type?: DType;
  /** element type of the model, where it is not that of the first input */
  readonly of?: types.ElementType;
  readonly quant?: Quant | undefined;
}

/** The operator of the model that a node belongs to. */
export interface Origin {
  /** `node #3 Conv "conv1"` */
  readonly from: string;
  /** names the node */
  readonly label: string;
}

interface Draft extends Origin {
  readonly op: OpKind;
  readonly attr: unknown;
  readonly in: readonly Value[];
  readonly out: Value;
}

/** Ops that keep stored values as they are, and so their scale. */
const moving =
  /^(reshape|transpose|gather|strided_slice|tile|broadcast_to|concatenation|max_pool2d|pad|resize_nearest)$/;

const ofType = (type: DType): types.ElementType =>
  ({ f32: types.float, s32: types.int32, bool: types.bool, s8: types.int8, u8: types.uint8, s16: types.int32 })[type];

/** Most transposes and reshapes go again; they are not to take the names of layers. */
const nameOf = ({ op, label }: Draft): string => (op === 'transpose' || op === 'reshape' ? op : shortName(label, op));

/** The graph while nodes are added to it; a node that reads only constants is computed instead. */
export class Builder {
  private readonly drafts: Draft[] = [];
  private readonly computed = new WeakSet<Value>();
  readonly inputs: Value[] = [];

  input(name: string, of: types.ElementType, shape: Shape): Value {
    const value: Value = { tensor: { name, shape, type: of.type }, of };
    this.inputs.push(value);
    return value;
  }

  /** Adds a node, or computes it where all it reads is constant. @throws Problem when the op does not fit */
  emit<K extends OpKind>(
    op: K,
    attr: OpAttrs[K],
    inputs: readonly Value[],
    origin: Origin,
    result: Result = {},
  ): Value {
    const { from } = origin;
    const first = inputs[0]!;
    const type = result.type ?? result.of?.type ?? first.tensor.type;
    const of = result.of ?? (result.type && result.type !== first.tensor.type ? ofType(result.type) : first.of);
    const quant = 'quant' in result ? result.quant : moving.test(op) ? first.tensor.quant : undefined;
    const wanted: Tensor = {
      ...{ name: `${origin.label}/${op}`, shape: result.shape ?? first.tensor.shape, type },
      ...(quant && { quant }),
    };
    const node = { op, name: op, attr, in: [], out: [], from } as unknown as Node;
    const tensors = inputs.map((v) => v.tensor);
    const [shape] = opDef(node).infer(node, tensors, [wanted]);
    const tensor = { ...wanted, shape: checkedShape(shape!, from) };
    const isConstant = inputs.every((v) => v.tensor.data);
    if (isConstant) {
      const [data] = opDef(node).run(node, tensors as never, [tensor]);
      return { tensor: { ...tensor, data: data! }, of, exact: data! };
    }
    const out: Value = { tensor, of };
    this.drafts.push({ op, attr, in: inputs, out, ...origin });
    this.computed.add(out);
    return out;
  }

  /** Has a node computed it? Then it can be renamed; inputs and constants cannot. */
  isComputed(value: Value): boolean {
    return this.computed.has(value);
  }

  /** The graph of what the outputs need. */
  graph(name: string, outputs: readonly Value[]): Graph {
    const live = this.needed(outputs);
    const tensors: Tensor[] = [];
    const ids = new Map<Value, TensorId>();
    const names = new Names();
    const nodes: Node[] = [];
    const id = (value: Value): TensorId => {
      const known = ids.get(value);
      if (known !== undefined) return known;
      const fresh = value.stored ? this.restored(value, tensors, nodes, names) : tensors.push(value.tensor) - 1;
      ids.set(value, fresh);
      return fresh;
    };
    const inputs = this.inputs.map(id);
    for (const d of live) {
      const read = d.in.map(id);
      const node = { op: d.op, attr: d.attr, in: read, out: [id(d.out)], from: d.from };
      nodes.push({ ...node, name: names.unique(nameOf(d)) } as unknown as NodeOf<'reshape'>);
    }
    return { name, tensors, nodes, inputs, outputs: outputs.map(id) };
  }

  private needed(outputs: readonly Value[]): Draft[] {
    const wanted = new Set(outputs);
    return [...this.drafts]
      .reverse()
      .filter((d) => {
        if (!wanted.has(d.out)) return false;
        for (const v of d.in) wanted.add(v);
        return true;
      })
      .reverse();
  }

  /** A constant that is stored quantised enters the graph as that, with the node that makes it real. */
  private restored({ tensor, stored }: Value, tensors: Tensor[], nodes: Node[], names: Names): TensorId {
    const from = `constant "${stored!.name}"`;
    const { data: _, ...real } = tensor;
    const ids = [tensors.push(stored!) - 1, tensors.push(real) - 1] as const;
    const name = names.unique(shortName(`${stored!.name}_real`, 'dequantize'));
    nodes.push({ op: 'dequantize', name, attr: {}, in: [ids[0]], out: [ids[1]], from });
    return ids[1];
  }
}
