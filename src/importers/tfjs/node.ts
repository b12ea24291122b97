import type { Activation, OpAttrs, OpKind, Pair, Shape, TensorData, TensorId } from '../../ir/graph.js';
import { Problem } from '../../support/problem.js';
import type { Draft, Place } from '../draft.js';
import { isList, isObject, type Json, type JsonObject } from '../keras/fields.js';

const text = (value: Json | undefined): string =>
  typeof value === 'string' ? Buffer.from(value, 'base64').toString('latin1') : '';
const integer = (value: Json | undefined): number =>
  typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;

/** A node of the model's graph while it becomes nodes of ours. */
export class GraphNode {
  readonly place: Place;
  readonly from: string;
  private readonly attr: JsonObject;

  constructor(
    readonly draft: Draft,
    readonly kind: string,
    readonly name: string,
    json: JsonObject,
    readonly inputs: readonly TensorId[],
  ) {
    this.from = `node "${name.slice(0, 100)}" (${kind.slice(0, 40)})`;
    this.place = { name, from: this.from };
    this.attr = isObject(json.attr) ? json.attr : {};
  }

  problem(code: string, message: string, hint?: string): Problem {
    return new Problem(code, message, this.from, hint);
  }

  private value(key: string): JsonObject | undefined {
    const value = Object.hasOwn(this.attr, key) ? this.attr[key] : undefined;
    return isObject(value) ? value : undefined;
  }

  /** Strings are base64 in the file. */
  text = (key: string): string => text(this.value(key)?.s);
  type = (key: string): string => String(this.value(key)?.type ?? '');
  flag = (key: string): boolean => this.value(key)?.b === true;

  number(key: string, usual: number): number {
    const value = this.value(key);
    const found = value?.f ?? value?.i;
    return found === undefined || found === null ? usual : Number(found);
  }

  private list(key: string): JsonObject | undefined {
    const list = this.value(key)?.list;
    return isObject(list) ? list : undefined;
  }

  integers(key: string): number[] {
    const list = this.list(key)?.i;
    return isList(list) ? list.map(integer) : [];
  }

  texts(key: string): string[] {
    const list = this.list(key)?.s;
    return isList(list) ? list.map(text) : [];
  }

  /** Input `i`. @throws Problem `op-arity` */
  input(i: number): TensorId {
    const id = this.inputs[i];
    if (id === undefined) throw this.problem('op-arity', `has ${this.inputs.length} inputs, input ${i} is missing`);
    return id;
  }

  shape = (i: number): Shape => this.draft.shape(this.input(i));

  /** An image [N,H,W,C]. @throws Problem `op-shape` */
  image(i: number): Shape {
    const shape = this.shape(i);
    if (shape.length !== 4) throw this.problem('op-shape', `input ${i} [${shape}] should have 4 dimensions`);
    return shape;
  }

  /** Data of a constant input. @throws Problem `not-constant` */
  constant(i: number, what: string): TensorData {
    const { data } = this.draft.tensor(this.input(i));
    if (!data) throw this.problem('not-constant', `${what} must be constant`, 'export the model with fixed shapes');
    return data;
  }

  /** Axes counted from the front. @throws Problem `op-attribute` */
  axes(values: ArrayLike<number>, rank: number): number[] {
    return Array.from(values, (axis) => {
      if (!Number.isInteger(axis) || axis < -rank || axis >= rank)
        throw this.problem('op-attribute', `axis ${axis} of a tensor with ${rank} dimensions`);
      return axis < 0 ? axis + rank : axis;
    });
  }

  /** Height and width of a list [1, h, w, 1]; NHWC only. */
  pair(key: string, usual: Pair): Pair {
    const all = this.integers(key);
    if (!all.length) return usual;
    const [n, height, width, channels] = all;
    const whole = all.every((v) => Number.isInteger(v) && v >= 1 && v <= 65536);
    if (all.length !== 4 || n !== 1 || channels !== 1 || !whole)
      throw this.problem('op-attribute', `${key} [${all}] is not supported`);
    return [height!, width!];
  }

  demandNhwc(): void {
    const format = this.text('data_format');
    if (format && format !== 'NHWC')
      throw this.problem(
        'channels-first',
        `its data_format is ${format}, which is not supported`,
        'convert the model with channels last',
      );
  }

  node<K extends OpKind>(op: K, attr: OpAttrs[K], inputs: readonly TensorId[], shape?: Shape): TensorId {
    return this.draft.node(op, this.place, attr, inputs, shape);
  }

  reshape = (x: TensorId, shape: Shape): TensorId => this.draft.reshape(this.place, x, shape);
  binary = (op: 'add' | 'sub' | 'mul', a: TensorId, b: TensorId, act: Activation = 'none'): TensorId =>
    this.node(op, { act }, [a, b]);
  numbers = (role: string, values: readonly number[]): TensorId => this.draft.numbers(`${this.name}/${role}`, values);
  weights = (role: string, shape: Shape, data: TensorData): TensorId =>
    this.draft.constant(`${this.name}/${role}`, shape, data);
}

/** A row of the table of ops: gives the node's result, or its results. */
export type NodeRow = (node: GraphNode) => TensorId | readonly TensorId[];
export type NodeRows = { readonly [kind: string]: NodeRow };
