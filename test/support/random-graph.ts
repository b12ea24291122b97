import type { Activation, Graph, Node, Padding, Quant, Tensor, TensorId } from '../../src/ir/graph.js';
import { elements } from '../../src/ir/graph.js';
import { integer, random } from '../../src/support/rng.js';

/** Builds random int8 graphs full of what simplification looks for: dead, constant and saturated channels, pads, skips. */
class RandomGraph {
  readonly tensors: Tensor[] = [];
  readonly nodes: Node[] = [];
  constructor(readonly next: () => number) {}

  pick = <T>(list: readonly T[]): T => list[integer(this.next, 0, list.length - 1)]!;
  chance = (p: number): boolean => this.next() < p;
  quant = (): Quant => ({ scale: [Math.fround(0.02 + 0.1 * this.next())], zero: [this.pick([-128, -3, 0, 11, 127])] });

  add(t: Omit<Tensor, 'name'>): TensorId {
    return this.tensors.push({ name: `t${this.tensors.length}`, ...t }) - 1;
  }

  node(op: Node['op'], attr: object, inputs: readonly TensorId[], shape: readonly number[], quant: Quant): TensorId {
    const out = this.add({ shape, type: 's8', quant });
    const name = `${op}_${this.nodes.length}`;
    this.nodes.push({
      op,
      name,
      attr,
      in: inputs,
      out: [out],
      from: `op #${this.nodes.length} ${name}`,
    } as unknown as Node);
    return out;
  }

  /** Weights with dead rows (output channels) and dead columns (input channels); per-channel scales, some vanishing. */
  weights(shape: readonly number[], outAxis: number): TensorId {
    const channels = shape[outAxis]!;
    const deadOut = Array.from({ length: channels }, () => this.chance(0.25));
    const deadIn = Array.from({ length: shape.at(-1)! }, () => this.chance(0.15));
    const inner = elements(shape.slice(outAxis + 1));
    const data = Int8Array.from({ length: elements(shape) }, (_, i) => {
      const out = Math.floor(i / inner) % channels;
      return deadOut[out] || (outAxis === 0 && deadIn[i % shape.at(-1)!]) ? 0 : integer(this.next, -127, 127);
    });
    const scale = Array.from({ length: channels }, () =>
      this.chance(0.08) ? 1e-12 : Math.fround(0.002 + 0.01 * this.next()),
    );
    return this.add({ shape, type: 's8', data, quant: { scale, zero: scale.map(() => 0), axis: outAxis } });
  }

  bias(channels: number): TensorId {
    const data = Int32Array.from(
      { length: channels },
      () => integer(this.next, -3000, 3000) * (this.chance(0.15) ? 1000 : 1),
    );
    return this.add({ shape: [channels], type: 's32', data });
  }

  act = (): Activation => this.pick(['none', 'relu', 'relu6']);
  shape = (id: TensorId): readonly number[] => this.tensors[id]!.shape;
  pad = (): Padding => [
    integer(this.next, 0, 1),
    integer(this.next, 0, 2),
    integer(this.next, 0, 1),
    integer(this.next, 0, 1),
  ];

  conv(x: TensorId): TensorId {
    const [, h, w, c] = this.shape(x) as [number, number, number, number];
    const k = Math.min(this.pick([1, 1, 2, 3]), h, w);
    const pad = this.chance(0.6) ? this.pad() : ([0, 0, 0, 0] as const);
    const stride = this.pick([1, 1, 2]);
    const co = integer(this.next, 1, 7);
    const size = (n: number, before: number, after: number) => Math.floor((n + before + after - k) / stride) + 1;
    const inputs = [x, this.weights([co, k, k, c], 0), ...(this.chance(0.8) ? [this.bias(co)] : [])];
    const attr = { stride: [stride, stride], dilation: [1, 1], pad, groups: 1, act: this.act() };
    return this.node('conv2d', attr, inputs, [1, size(h, pad[0], pad[1]), size(w, pad[2], pad[3]), co], this.quant());
  }

  depthwise(x: TensorId): TensorId {
    const [, h, w, c] = this.shape(x) as [number, number, number, number];
    const k = Math.min(3, h, w);
    const multiplier = this.chance(0.2) ? 2 : 1;
    const pad = this.chance(0.7) ? this.pad() : ([0, 0, 0, 0] as const);
    const inputs = [x, this.weights([1, k, k, c * multiplier], 3), this.bias(c * multiplier)];
    const attr = { stride: [1, 1], dilation: [1, 1], pad, multiplier, act: this.act() };
    return this.node(
      'depthwise_conv2d',
      attr,
      inputs,
      [1, h + pad[0] + pad[1] - k + 1, w + pad[2] + pad[3] - k + 1, c * multiplier],
      this.quant(),
    );
  }

  pool(x: TensorId): TensorId {
    const [, h, w, c] = this.shape(x) as [number, number, number, number];
    if (h < 2 || w < 2) return x;
    const op = this.pick(['average_pool2d', 'max_pool2d'] as const);
    const attr = { filter: [2, 2], stride: [1, 1], pad: [0, 0, 0, 0], act: 'none' };
    return this.node(op, attr, [x], [1, h - 1, w - 1, c], this.tensors[x]!.quant!);
  }

  skip(x: TensorId): TensorId {
    const [, h, w, c] = this.shape(x) as [number, number, number, number];
    const branch = this.node(
      'conv2d',
      { stride: [1, 1], dilation: [1, 1], pad: [0, 0, 0, 0], groups: 1, act: this.act() },
      [x, this.weights([c, 1, 1, c], 0), this.bias(c)],
      [1, h, w, c],
      this.quant(),
    );
    return this.node(
      this.pick(['add', 'sub', 'mul'] as const),
      { act: this.act() },
      this.chance(0.5) ? [x, branch] : [branch, x],
      [1, h, w, c],
      this.quant(),
    );
  }

  padded(x: TensorId): TensorId {
    const [, h, w, c] = this.shape(x) as [number, number, number, number];
    const quant = this.tensors[x]!.quant!;
    return this.node(
      'pad',
      { before: [0, 1, 0, 0], after: [0, 0, 1, 0], value: this.chance(0.7) ? quant.zero[0]! : 5 },
      [x],
      [1, h + 1, w + 1, c],
      quant,
    );
  }

  concat(x: TensorId): TensorId {
    const [, h, w, c] = this.shape(x) as [number, number, number, number];
    const quant = this.tensors[x]!.quant!;
    const other = this.node(
      'max_pool2d',
      { filter: [1, 1], stride: [1, 1], pad: [0, 0, 0, 0], act: 'none' },
      [x],
      [1, h, w, c],
      quant,
    );
    return this.node('concatenation', { axis: 3, act: 'none' }, [x, other], [1, h, w, 2 * c], quant);
  }

  relu(x: TensorId): TensorId {
    const quant = this.chance(0.5) ? this.tensors[x]!.quant! : this.quant();
    return this.node('relu', { act: this.pick(['relu', 'relu6']) }, [x], this.shape(x), quant);
  }

  logistic(x: TensorId): TensorId {
    return this.node('logistic', {}, [x], this.shape(x), { scale: [1 / 256], zero: [-128] });
  }

  dense(x: TensorId): TensorId {
    const size = elements(this.shape(x));
    const flat = this.node('reshape', {}, [x], [1, size], this.tensors[x]!.quant!);
    const co = integer(this.next, 1, 6);
    return this.node(
      'fully_connected',
      { act: this.act() },
      [flat, this.weights([co, size], 0), this.bias(co)],
      [1, co],
      this.quant(),
    );
  }

  graph(): Graph {
    const input = this.add({
      shape: [1, integer(this.next, 2, 6), integer(this.next, 2, 6), integer(this.next, 1, 4)],
      type: 's8',
      quant: this.quant(),
    });
    let x = input;
    for (let i = integer(this.next, 2, 7); i > 0; i--)
      x = this.pick([
        this.conv,
        this.conv,
        this.conv,
        this.depthwise,
        this.pool,
        this.skip,
        this.padded,
        this.concat,
        this.relu,
        this.logistic,
      ]).call(this, x);
    x = this.chance(0.5) ? this.dense(x) : this.conv(x);
    return { name: 'random', tensors: this.tensors, nodes: this.nodes, inputs: [input], outputs: [x] };
  }
}

/** A random int8 graph; the same seed gives the same graph. */
export const randomGraph = (seed: number): Graph => new RandomGraph(random(seed)).graph();
