import type { Activation, OpAttrs, OpKind, Shape, TensorId } from '../../ir/graph.js';
import { Problem } from '../../support/problem.js';
import type { Draft, Place } from '../draft.js';
import type { Fields } from './fields.js';
import { demandShape, type LayerPath, type WeightSource } from './weights.js';

/** One call of a layer while it becomes nodes of the graph. */
export class LayerCall {
  readonly place: Place;
  constructor(
    readonly draft: Draft,
    readonly kind: string,
    readonly fields: Fields,
    readonly inputs: readonly TensorId[],
    private readonly path: LayerPath,
    private readonly source: WeightSource,
    /** major version of Keras that wrote the model */
    readonly keras: number,
  ) {
    this.place = { name: path.name, from: fields.from };
  }

  get from(): string {
    return this.fields.from;
  }

  problem(code: string, message: string, hint?: string): Problem {
    return new Problem(code, message, this.from, hint);
  }

  /** The only input. @throws Problem `op-arity` */
  get x(): TensorId {
    if (this.inputs.length !== 1) throw this.problem('op-arity', `${this.inputs.length} inputs where 1 is expected`);
    return this.inputs[0]!;
  }

  /** Shape of the only input, which must have that many dimensions, the batch counted. */
  shape(rank: number): Shape {
    const shape = this.draft.shape(this.x);
    if (shape.length === rank) return shape;
    throw this.problem('op-shape', `its input [${shape}] should have ${rank} dimensions`);
  }

  /**
   * Weights by role and shape; roles whose shape is undefined are absent.
   * @param part of the layer that has them
   */
  weights(wanted: Readonly<Record<string, Shape | undefined>>, part = ''): Record<string, Float32Array> {
    const roles = Object.entries(wanted).filter((e): e is [string, Shape] => e[1] !== undefined);
    const found = this.source.take(
      this.path,
      roles.map(([role]) => role),
      part,
      this.from,
    );
    return Object.fromEntries(
      roles.map(([role, shape], i) => [role, demandShape(found[i]!, shape, role, this.from).data]),
    );
  }

  node<K extends OpKind>(op: K, attr: OpAttrs[K], inputs: readonly TensorId[], shape?: Shape): TensorId {
    return this.draft.node(op, this.place, attr, inputs, shape);
  }

  /** A recurrent cell; `kept` states of a shape go on from run to run. */
  cell<K extends 'lstm' | 'gru'>(
    op: K,
    attr: OpAttrs[K],
    inputs: readonly TensorId[],
    kept: number,
    shape: Shape,
  ): TensorId {
    return this.draft.cell(op, this.place, attr, inputs, kept, shape);
  }

  constant(role: string, shape: Shape, data: Float32Array): TensorId {
    return this.draft.constant(`${this.place.name}/${role}`, shape, data);
  }

  /** One number, or one per channel. */
  numbers = (role: string, values: readonly number[]): TensorId =>
    this.draft.numbers(`${this.place.name}/${role}`, values);

  reshape = (x: TensorId, shape: Shape): TensorId => this.draft.reshape(this.place, x, shape);
  add = (a: TensorId, b: TensorId, act: Activation = 'none'): TensorId => this.node('add', { act }, [a, b]);
  mul = (a: TensorId, b: TensorId): TensorId => this.node('mul', { act: 'none' }, [a, b]);

  /** Layers of this importer work on the last axis. @throws Problem `channels-first` */
  demandChannelsLast(): void {
    if (this.fields.text('data_format', 'channels_last') === 'channels_last') return;
    throw this.problem(
      'channels-first',
      'its data_format is channels_first, which is not supported',
      'build the model with data_format="channels_last"',
    );
  }
}

/** A row of the table of layers: gives the layer's result. */
export type LayerRow = (call: LayerCall) => TensorId;
export type LayerRows = { readonly [kind: string]: LayerRow };
