import type { Activation, Node, OpAttrs, OpKind, Tensor, TensorData, TensorId } from '../../ir/graph.js';
import { Problem } from '../../support/problem.js';
import { type Names, shortName } from '../names.js';
import type { OPERATOR, Options } from './schema.js';
import { type Row, read, type Schema } from './table.js';
import type { Tensors } from './tensors.js';

/** One operator of the model while it becomes nodes of the graph: what an op builder works with. */
export class Operator {
  /** `op #3 CONV_2D "conv1"` */
  readonly from: string;

  constructor(
    index: number,
    readonly kind: string,
    private readonly row: Row<typeof OPERATOR>,
    private readonly tensors: Tensors,
    private readonly nodes: Node[],
    private readonly names: Names,
  ) {
    const output = row.outputs[0];
    const place = `op #${index} ${kind}`;
    this.from = output === undefined ? place : `${place} "${tensors.source(output, place).label}"`;
  }

  problem(code: string, message: string, hint?: string): Problem {
    return new Problem(code, message, this.from, hint);
  }

  /** @throws Problem `op-arity` */
  checkArity([least, most]: readonly [number, number], results = 1): void {
    const { inputs, outputs } = this.row;
    if (inputs.length < least || inputs.length > most)
      throw this.problem('op-arity', `${inputs.length} inputs where ${least} to ${most} are expected`);
    if (outputs.length < 1 || outputs.length > results)
      throw this.problem('op-arity', `${outputs.length} outputs where ${results} is expected`);
  }

  get inputCount(): number {
    return this.row.inputs.length;
  }

  /** What input `i` is, without putting it into the graph. */
  given(i: number): Tensor {
    return this.tensors.tensor(this.row.inputs[i] ?? -1, this.from);
  }

  /** Whether the operator has input `i`; the last ones may be missing or -1. */
  has(i: number): boolean {
    return (this.row.inputs[i] ?? -1) !== -1;
  }

  /** Graph tensor of input `i`. */
  input(i: number): TensorId {
    return this.tensors.id(this.given(i));
  }

  /** Constant input `i` as float32: the weights of a float operator that stores them quantised. */
  realInput(i: number): TensorId {
    return this.tensors.id(this.tensors.real(this.given(i)));
  }

  /** Constant input `i` without a zero point: in s16 where its differences to it take more than a byte. */
  centredInput(i: number): TensorId {
    const t = this.given(i);
    return this.tensors.id(this.tensors.centred(t));
  }

  get outputCount(): number {
    return this.row.outputs.length;
  }

  /** Graph tensor of output `i`. */
  output(i = 0): TensorId {
    return this.tensors.id(this.tensors.tensor(this.row.outputs[i]!, this.from));
  }

  /** What output 0 is, without putting it into the graph. */
  get result(): Tensor {
    return this.tensors.tensor(this.row.outputs[0]!, this.from);
  }

  /** A tensor of the graph. */
  tensor(id: TensorId): Tensor {
    return this.tensors.list[id]!;
  }

  /** Does the file store input `i` in 64 bits? The graph has 32. */
  isInt64(i: number): boolean {
    return this.tensors.typeOf(this.row.inputs[i] ?? -1, this.from) === 'INT64';
  }

  /** Name of the type that the file gives to input `i`. */
  givenType(i: number): string {
    return this.tensors.typeOf(this.row.inputs[i] ?? -1, this.from);
  }

  /** Bytes that a custom operator brings along. */
  get customOptions(): Uint8Array {
    return this.row.customOptions;
  }

  /** Data of constant input `i`, e.g. axes. */
  constant(i: number, what: string): TensorData {
    const { data } = this.given(i);
    if (!data) throw this.problem('not-constant', `${what} must be constant`, 'export the model with fixed shapes');
    return data;
  }

  options<S extends Schema>({ tag, fields }: Options<S>): Row<S> {
    const { optionsType, options } = this.row;
    if (options && optionsType !== tag)
      throw this.problem('tflite-corrupt', `its options are of kind ${optionsType} instead of ${tag}`);
    return read(options, fields);
  }

  /** @throws Problem `activation-unsupported` */
  activation(code: number): Activation {
    const names = ['none', 'relu', 'relu_n1_to_1', 'relu6'] as const;
    const act = names[code];
    if (act) return act;
    const name = { 4: 'TANH', 5: 'SIGN_BIT' }[code] ?? `number ${code}`;
    throw this.problem('activation-unsupported', `fused activation ${name} is not supported`);
  }

  /** Adds a node that writes `out`, the operator's output unless told otherwise. */
  emit<K extends OpKind>(op: K, attr: OpAttrs[K], inputs: readonly TensorId[], out: TensorId = this.output()): void {
    const name = this.names.unique(shortName(this.tensor(out).name, op));
    this.nodes.push({ op, name, attr, in: inputs, out: [out], from: this.from } as unknown as Node);
  }

  /** As `emit`, for a node of several results. */
  emitMany<K extends OpKind>(op: K, attr: OpAttrs[K], inputs: readonly TensorId[], out: readonly TensorId[]): void {
    const name = this.names.unique(shortName(this.tensor(out[0]!).name, op));
    this.nodes.push({ op, name, attr, in: inputs, out, from: this.from } as unknown as Node);
  }

  /** A tensor of this operator's own: a constant, or one between two of its nodes. */
  own(tensor: Omit<Tensor, 'name'>, what: string): TensorId {
    const output = this.tensors.tensor(this.row.outputs[0]!, this.from);
    return this.tensors.id({ ...tensor, name: `${output.name}/${what}` });
  }

  /** A state that no tensor of the file names: its value before a run, and a tensor for the one after it. */
  ownState(tensor: Omit<Tensor, 'name'>, what: string): { readonly before: TensorId; readonly after: TensorId } {
    const [before, after] = [this.own(tensor, what), this.own(tensor, `${what}/next`)];
    this.tensors.states.push({ name: this.tensor(before).name, before, after });
    return { before, after };
  }

  /** The state that input `i` names: its value before a run, and a tensor for the one after it. */
  state(i: number): { readonly before: TensorId; readonly after: TensorId } {
    const old = this.tensors.state(this.row.inputs[i] ?? -1, this.from);
    const [before, after] = [this.tensors.id(old), this.tensors.id({ ...old, name: `${old.name}/next` })];
    this.tensors.states.push({ name: old.name, before, after });
    return { before, after };
  }

  /** Adds a node that gives `id` another shape, and returns its result. */
  reshaped(id: TensorId, shape: readonly number[]): TensorId {
    const { name, data: _, ...rest } = this.tensor(id);
    const out = this.tensors.id({ ...rest, name: `${name}/flat`, shape });
    this.emit('reshape', {}, [id], out);
    return out;
  }

  /** Adds a node that puts the axes of `id` into another order, and returns its result. */
  transposed(id: TensorId, perm: readonly number[]): TensorId {
    const { name, shape, data: _, ...rest } = this.tensor(id);
    const out = this.tensors.id({ ...rest, name: `${name}/turned`, shape: perm.map((axis) => shape[axis]!) });
    this.emit('transpose', { perm }, [id], out);
    return out;
  }

  /** A tensor between two nodes of this operator. */
  between(tensor: Omit<Tensor, 'name'>, what: string): TensorId {
    return this.tensors.id({ ...tensor, name: `${this.result.name}/${what}` });
  }

  /** A constant of this operator's own. */
  literal(type: Tensor['type'], shape: readonly number[], data: TensorData, what: string): TensorId {
    return this.between({ type, shape, data }, what);
  }

  /** Adds a node and a tensor for its result. */
  step<K extends OpKind>(
    op: K,
    attr: OpAttrs[K],
    inputs: readonly TensorId[],
    result: Omit<Tensor, 'name'>,
    what: string = op,
  ): TensorId {
    const out = this.between(result, what);
    this.emit(op, attr, inputs, out);
    return out;
  }

  /** The tensor as f32: itself, or its stored values made real. */
  real(id: TensorId): TensorId {
    const { type, quant, shape } = this.tensor(id);
    return quant && type !== 'f32' ? this.step('dequantize', {}, [id], { type: 'f32', shape }, `real_${id}`) : id;
  }

  /** Writes the operator's output by a node that gives f32, stored with the output's parameters where it has some. */
  emitReal<K extends OpKind>(op: K, attr: OpAttrs[K], inputs: readonly TensorId[], out = this.output()): void {
    const { type, shape } = this.tensor(out);
    if (type === 'f32') this.emit(op, attr, inputs, out);
    else this.emit('quantize', {}, [this.step(op, attr, inputs, { type: 'f32', shape })], out);
  }

  /** The tensor with the parameters of another, as ops need that only move values. */
  like(id: TensorId, wanted: Tensor): TensorId {
    const { type, quant, shape } = this.tensor(id);
    const same = quant?.scale[0] === wanted.quant?.scale[0] && quant?.zero[0] === wanted.quant?.zero[0];
    if (same || !wanted.quant) return id;
    return this.step('quantize', {}, [id], { type, shape, quant: wanted.quant }, `rescaled_${id}`);
  }

  /** Ends the operator without a node: its output is that constant. */
  fold(constant: Tensor): void {
    this.tensors.define(this.row.outputs[0]!, constant, this.from);
  }

  /** Ends the operator without a node: its output is the float32 value of constant input `i`. */
  foldToReal(i: number): void {
    const real = this.tensors.real(this.given(i));
    if (real.type !== 'f32') throw this.problem('tflite-quantization', `constant "${real.name}" has no scale`);
    this.fold(real);
  }
}

/** A row of the operator table. */
export interface OpRow {
  /** fewest and most inputs */
  readonly inputs: readonly [number, number];
  /** most outputs; 1 unless told */
  readonly outputs?: number;
  /** takes uint8 activations */
  readonly u8?: true;
  build(op: Operator): void;
}
export type OpRows = { readonly [name: string]: OpRow };
