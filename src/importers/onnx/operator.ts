import type { AttributeProto, NodeProto } from '../../formats/onnx/schema.js';
import type { OpAttrs, OpKind, Shape } from '../../ir/graph.js';
import { Problem } from '../../support/problem.js';
import type { Builder, Result } from './builder.js';
import { readSparse, readTensor, type Source } from './tensor.js';
import * as types from './types.js';
import { constant, type Value } from './value.js';

/** Values by name, those of the graph around a subgraph behind it. */
export class Scope {
  private readonly values = new Map<string, Value>();
  constructor(private readonly outer?: Scope) {}

  get(name: string): Value | undefined {
    return this.values.get(name) ?? this.outer?.get(name);
  }

  set(name: string, value: Value): void {
    this.values.set(name, value);
  }
}

const utf8 = new TextDecoder();

/** What all operators of a model share. */
export interface Context {
  readonly builder: Builder;
  readonly source: Source;
  readonly opset: number;
}

/** One operator of the model while it becomes nodes of the graph: what an op builder works with. */
export class Operator {
  readonly kind: string;
  /** `node #3 Conv "conv1"` */
  readonly from: string;
  /** for the nodes that it becomes: its output, or its name where that is a number */
  readonly label: string;

  constructor(
    readonly proto: NodeProto,
    index: number,
    readonly context: Context,
    readonly scope: Scope,
    /** runs nodes of a subgraph in a scope of their own: the values of its outputs */
    readonly runGraph: (attribute: AttributeProto | undefined) => Value[],
  ) {
    this.kind = proto.opType ?? '';
    const output = proto.output.find((name) => name) ?? '';
    const label = proto.name || output;
    this.label = (/^\d*$/.test(output) ? label : output).replace(/(_output_\d+|:\d+)$/, '') || this.kind;
    this.from = `node #${index} ${this.kind}${label ? ` "${label.slice(0, 200)}"` : ''}`;
  }

  /** Is the operator set of the model this or a later one? */
  since = (opset: number): boolean => this.context.opset >= opset;

  problem(code: string, message: string, hint?: string): Problem {
    return new Problem(code, message, this.from, hint);
  }

  /** @throws Problem `op-attribute` unless `holds` */
  demand(holds: boolean, message: string, hint?: string): void {
    if (!holds) throw this.problem('op-attribute', message, hint);
  }

  has(i: number): boolean {
    return !!this.proto.input[i];
  }

  get inputCount(): number {
    return this.proto.input.length;
  }

  /** Is output `i` read by anyone? */
  wants = (i: number): boolean => !!this.proto.output[i];

  /** @throws Problem `op-arity`, `tensor-undefined` */
  in(i: number): Value {
    const name = this.proto.input[i];
    if (!name) throw this.problem('op-arity', `input ${i} is missing`);
    const value = this.scope.get(name);
    if (!value) throw this.problem('tensor-undefined', `reads "${name.slice(0, 200)}" before anything wrote it`);
    return value;
  }

  /** All inputs that are given. */
  all = (): Value[] => this.proto.input.flatMap((name, i) => (name ? [this.in(i)] : []));

  out(value: Value, i = 0): void {
    const name = this.proto.output[i];
    if (!name) return;
    if (this.scope.get(name)) throw this.problem('tensor-rewritten', `writes "${name.slice(0, 200)}" again`);
    if (!value.tensor.data && this.context.builder.isComputed(value) && /\//.test(value.tensor.name))
      value.tensor = { ...value.tensor, name };
    this.scope.set(name, value);
  }

  /** Numbers of constant input `i`. @throws Problem `not-constant` */
  constant(i: number, what: string): number[] {
    const { exact, tensor } = this.in(i);
    if (!exact)
      throw this.problem(
        'not-constant',
        `${what} "${tensor.name}" must be constant`,
        'export the model with fixed shapes and parameters',
      );
    return Array.from(exact);
  }

  attribute(name: string): AttributeProto | undefined {
    return this.proto.attribute.find((a) => a.name === name);
  }

  int(name: string, missing: number): number {
    const a = this.attribute(name);
    return a ? (a.i ?? 0) : missing;
  }

  real(name: string, missing: number): number {
    const a = this.attribute(name);
    return a ? (a.f ?? 0) : missing;
  }

  text(name: string, missing: string): string {
    const s = this.attribute(name)?.s;
    return s ? utf8.decode(s.subarray(0, 100)) : missing;
  }

  ints(name: string): readonly number[] | undefined {
    return this.attribute(name)?.ints;
  }

  reals(name: string): readonly number[] | undefined {
    return this.attribute(name)?.floats;
  }

  tensor(name: string): Value | undefined {
    const a = this.attribute(name);
    if (a?.sparseTensor) return readSparse(a.sparseTensor, this.context.source);
    return a?.t && readTensor(a.t, this.context.source);
  }

  /** A list that is an attribute in older operator sets and constant input `i` in newer ones. */
  list(name: string, i: number): readonly number[] | undefined {
    return this.ints(name) ?? (this.has(i) ? this.constant(i, name) : undefined);
  }

  /** An axis counted from the front. */
  axis(axis: number, rank: number): number {
    const front = axis < 0 ? axis + rank : axis;
    this.demand(Number.isInteger(front) && front >= 0 && front < Math.max(rank, 1), `axis ${axis} of ${rank}`);
    return front;
  }

  axes(axes: readonly number[], rank: number): number[] {
    return [...new Set(axes.map((a) => this.axis(a, rank)))].sort((a, b) => a - b);
  }

  emit<K extends OpKind>(op: K, attr: OpAttrs[K], inputs: readonly Value[], result?: Result): Value {
    return this.context.builder.emit(op, attr, inputs, this, result);
  }

  reshape(x: Value, shape: Shape): Value {
    if (`${shape}` === `${x.tensor.shape}`) return x;
    return this.twin(this.emit('reshape', {}, [x], { shape }), x, (stored) =>
      stored.quant?.axis === undefined
        ? this.emit('reshape', {}, [{ tensor: stored, of: x.of }], { shape }).tensor
        : undefined,
    );
  }

  transpose(x: Value, perm: readonly number[]): Value {
    if (perm.every((axis, i) => axis === i)) return x;
    return this.twin(this.emit('transpose', { perm }, [x]), x, (stored) => {
      const { quant } = stored;
      const axis = quant?.axis === undefined ? undefined : perm.indexOf(quant.axis);
      const turned = this.emit('transpose', { perm }, [{ tensor: stored, of: x.of }]).tensor;
      return axis === undefined ? turned : { ...turned, quant: { ...quant!, axis } };
    });
  }

  /** What is done to a real constant is done to the quantised one behind it. */
  private twin(y: Value, { stored }: Value, make: (stored: NonNullable<Value['stored']>) => Value['stored']): Value {
    const twin = stored && make(stored);
    return twin ? { ...y, stored: { ...twin, name: stored.name } } : y;
  }

  /** A constant of real numbers. */
  number(name: string, shape: Shape, values: ArrayLike<number>): Value {
    return constant(`${this.proto.output[0] || this.kind}/${name}`, types.float, shape, values);
  }

  /** A constant of the element type of `like`. */
  like(like: Value, value: number, shape: Shape = []): Value {
    const count = shape.reduce((a, b) => a * b, 1);
    return constant(`${this.proto.output[0] || this.kind}/value`, like.of, shape, new Array<number>(count).fill(value));
  }

  /** A constant of whole numbers. */
  wholes(name: string, values: readonly number[], shape: Shape = [values.length]): Value {
    return constant(`${this.proto.output[0] || this.kind}/${name}`, types.int64, shape, values);
  }

  /** The value as another element type. */
  cast(x: Value, of: types.ElementType): Value {
    if (x.of === of) return x;
    if (x.tensor.type === of.type && x.tensor.data) return { ...x, of };
    if (x.tensor.type === of.type)
      return this.emit('reshape', {}, [x], { shape: x.tensor.shape, of, quant: undefined });
    return this.emit('cast', {}, [x], { of, quant: undefined });
  }
}

/** A row of the operator table. */
export interface OpRow {
  /** fewest and most inputs */
  readonly inputs: readonly [number, number];
  build(op: Operator): void;
}
export type OpRows = { readonly [name: string]: OpRow };
