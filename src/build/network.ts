import {
  elements,
  type Graph,
  type OpAttrs,
  type OpKind,
  type Padding,
  type Pair,
  type Shape,
  type TensorId,
} from '../ir/graph.js';
import { Problem } from '../support/problem.js';
import { Draft } from './draft.js';

/** One number for height and width, or both. */
export type Size = number | Pair;

export interface WindowOptions {
  /** default 1; of pools the size of the window */
  readonly stride?: Size;
  /** `same`: as much border of zeros as keeps the size (divided by the stride), the default; `valid`: none */
  readonly padding?: 'same' | 'valid';
}

export interface ConvOptions extends WindowOptions {
  /** pixels between the taps, default 1 */
  readonly dilation?: Size;
  /** default 1: every output sees every input */
  readonly groups?: number;
}

export interface DepthwiseOptions extends WindowOptions {
  readonly dilation?: Size;
  /** outputs per input, default 1 */
  readonly multiplier?: number;
}

export interface BuildOptions {
  /** of the weights, default 1 */
  readonly seed?: number;
  /** default `network` */
  readonly name?: string;
}

const pair = (size: Size): Pair => (typeof size === 'number' ? [size, size] : size);

/** @throws Problem `option-invalid` */
function whole(value: number, what: string, layer: string): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new Problem('option-invalid', `${what} is ${value}, not a whole number >= 1`, layer);
}

const wholePair = (size: Size, what: string, layer: string): Pair => {
  const [height, width] = pair(size);
  return [whole(height, what, layer), whole(width, what, layer)];
};

/** Border before and after, as TensorFlow's SAME: what is odd goes after. */
function border(size: number, taps: number, stride: number, dilation: number): [number, number] {
  const reach = (taps - 1) * dilation + 1;
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + reach - size, 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

interface Sliding {
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly pad: Padding;
}

function sliding(
  [height, width]: readonly number[],
  kernel: Pair,
  o: ConvOptions,
  usual: Pair,
  layer: string,
): Sliding {
  const stride = wholePair(o.stride ?? usual, 'the stride', layer);
  const dilation = wholePair(o.dilation ?? 1, 'the dilation', layer);
  if (o.padding === 'valid') return { stride, dilation, pad: [0, 0, 0, 0] };
  const rows = border(height!, kernel[0], stride[0], dilation[0]);
  return { stride, dilation, pad: [...rows, ...border(width!, kernel[1], stride[1], dilation[1])] };
}

/** Adds a layer to what `x` is; gives its result. */
type Step = (draft: Draft, x: TensorId) => TensorId;

/** Ops of one input that keep its shape. */
type Plain = Extract<OpKind, 'relu' | 'logistic' | 'tanh' | 'softmax'>;

/**
 * A network described layer by layer, untrained: `network([28, 28, 1]).conv(8, 3, { stride: 2 }).relu().flatten()
 * .dense(10).softmax().build({ seed: 1 })`. Every method gives a longer network and leaves its own as it is. The same seed
 * gives the same weights everywhere.
 */
export class Network {
  constructor(
    private readonly input: Shape,
    private readonly steps: readonly Step[] = [],
  ) {}

  private with(step: Step): Network {
    return new Network(this.input, [...this.steps, step]);
  }

  private plain<K extends Plain>(op: K, attr: OpAttrs[K], kind: string = op) {
    return this.with((d, x) => d.node(op, d.layer(kind), attr, [x]));
  }

  /** Convolution with bias: [h, w, c] -> [h', w', channels]. */
  conv(channels: number, size: Size, options: ConvOptions = {}): Network {
    return this.with((d, x) => {
      const name = d.layer('conv');
      const [height, width, depth] = d.image(x, name);
      const kernel = wholePair(size, 'the size', name);
      const groups = whole(options.groups ?? 1, 'the number of groups', name);
      const shape = [whole(channels, 'the number of channels', name), ...kernel, Math.floor(depth / groups)];
      const weights = d.weights(name, shape, elements(shape.slice(1)));
      const attr = { ...sliding([height, width], kernel, options, [1, 1], name), groups, act: 'none' } as const;
      return d.node('conv2d', name, attr, [x, weights, d.bias(name, channels)]);
    });
  }

  /** A filter per channel, with bias: [h, w, c] -> [h', w', c * multiplier]. */
  depthwise(size: Size, options: DepthwiseOptions = {}): Network {
    return this.with((d, x) => {
      const name = d.layer('depthwise');
      const [height, width, depth] = d.image(x, name);
      const kernel = wholePair(size, 'the size', name);
      const multiplier = whole(options.multiplier ?? 1, 'the multiplier', name);
      const weights = d.weights(name, [1, ...kernel, depth * multiplier], kernel[0] * kernel[1]);
      const attr = { ...sliding([height, width], kernel, options, [1, 1], name), multiplier, act: 'none' } as const;
      return d.node('depthwise_conv2d', name, attr, [x, weights, d.bias(name, depth * multiplier)]);
    });
  }

  /** Fully connected with bias, over the last axis. */
  dense(channels: number): Network {
    return this.with((d, x) => {
      const name = d.layer('dense');
      const [depth, rows] = [d.shape(x).at(-1)!, d.shape(x).slice(0, -1)];
      const weights = d.weights(name, [whole(channels, 'the number of channels', name), depth], depth);
      return d.node(
        'fully_connected',
        name,
        { act: 'none' },
        [x, weights, d.bias(name, channels)],
        [...rows, channels],
      );
    });
  }

  relu = (): Network => this.plain('relu', { act: 'relu' });
  relu6 = (): Network => this.plain('relu', { act: 'relu6' });
  tanh = (): Network => this.plain('tanh', {});
  sigmoid = (): Network => this.plain('logistic', {}, 'sigmoid');
  softmax = (): Network => this.plain('softmax', { beta: 1 });

  private pool(op: 'max_pool2d' | 'average_pool2d', size: Size, options: WindowOptions): Network {
    return this.with((d, x) => {
      const name = d.layer(op === 'max_pool2d' ? 'max_pool' : 'average_pool');
      const filter = wholePair(size, 'the size', name);
      const { stride, pad } = sliding(d.image(x, name), filter, { padding: 'valid', ...options }, filter, name);
      return d.node(op, name, { filter, stride, pad, act: 'none' }, [x]);
    });
  }

  /** Greatest value of each window; without border unless asked for. */
  maxPool = (size: Size, options: WindowOptions = {}): Network => this.pool('max_pool2d', size, options);
  /** Mean of each window; without border unless asked for. */
  averagePool = (size: Size, options: WindowOptions = {}): Network => this.pool('average_pool2d', size, options);

  /** Mean of all pixels: [h, w, c] -> [c]. */
  globalAveragePool(): Network {
    return this.with((d, x) => {
      const name = d.layer('mean');
      d.image(x, name);
      return d.node('mean', name, { axes: [1, 2], keepDims: false }, [x]);
    });
  }

  /** All elements in a row, as `dense` takes them. */
  flatten(): Network {
    return this.with((d, x) => d.node('reshape', d.layer('flatten'), {}, [x], [1, elements(d.shape(x))]));
  }

  /** Adds what came before to what `branch` makes of it; both have one shape. */
  residual(branch: (start: Network) => Network): Network {
    return this.with((d, x) => {
      const y = branch(new Network(this.input)).steps.reduce((id, step) => step(d, id), x);
      const name = d.layer('add');
      if (`${d.shape(x)}` !== `${d.shape(y)}`)
        throw new Problem('network-shape', `adds [${d.shape(y)}] to [${d.shape(x)}]`, name, 'keep size and channels');
      return d.node('add', name, { act: 'none' }, [x, y]);
    });
  }

  /**
   * The float graph with untrained weights: uniform after He, biases 0.
   * @throws Problem naming the layer that does not fit
   */
  build({ seed = 1, name = 'network' }: BuildOptions = {}): Graph {
    if (!this.steps.length) throw new Problem('network-shape', 'the network has no layers', name);
    if (!this.input.length || !this.input.every((d) => Number.isInteger(d) && d >= 1))
      throw new Problem('network-shape', `[${this.input}] is no shape of an input`, name, 'e.g. [28, 28, 1]');
    const draft = new Draft(seed);
    const x = draft.input(this.input);
    return draft.graph(
      name,
      x,
      this.steps.reduce((id, step) => step(draft, id), x),
    );
  }
}

/** Starts a network. @param input shape of a sample: [height, width, channels] for images */
export const network = (input: Shape): Network => new Network(input);
