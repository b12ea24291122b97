/** TensorFlow.js as an outside judge: a graph of ours written with its ops. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import './tfjs-gradients.mjs';
import type {
  Activation,
  BinaryFn,
  Graph,
  Node,
  NodeOf,
  Padding,
  ReduceFn,
  TensorId,
  UnaryFn,
} from '../../src/ir/graph.js';

const activated = (y: tf.Tensor, act: Activation): tf.Tensor => {
  if (act === 'relu') return tf.relu(y);
  if (act === 'relu6') return tf.relu6(y);
  return act === 'relu_n1_to_1' ? tf.clipByValue(y, -1, 1) : y;
};

const padded = (x: tf.Tensor, [top, bottom, left, right]: Padding): tf.Tensor4D =>
  tf.pad(x as tf.Tensor4D, [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]);

function conv(node: NodeOf<'conv2d'>, x: tf.Tensor, w: tf.Tensor, bias?: tf.Tensor): tf.Tensor {
  const { stride, dilation, pad, groups, act } = node.attr;
  const filter = tf.transpose(w, [1, 2, 3, 0]) as tf.Tensor4D;
  const own = (part: tf.Tensor, of: tf.Tensor) =>
    tf.conv2d(part as tf.Tensor4D, of as tf.Tensor4D, [...stride], 'valid', 'NHWC', [...dilation]);
  const wide = padded(x, pad);
  const filters = groups === 1 ? [] : tf.split(filter, groups, 3);
  const y =
    groups === 1
      ? own(wide, filter)
      : tf.concat(
          tf.split(wide, groups, 3).map((x, g) => own(x, filters[g]!)),
          3,
        );
  return activated(bias ? tf.add(y, bias) : y, act);
}

function depthwise(node: NodeOf<'depthwise_conv2d'>, x: tf.Tensor, w: tf.Tensor, bias?: tf.Tensor): tf.Tensor {
  const { stride, dilation, pad, multiplier, act } = node.attr;
  const [, kh, kw, channels] = w.shape as [number, number, number, number];
  const filter = tf.reshape(w, [kh, kw, channels / multiplier, multiplier]) as tf.Tensor4D;
  const y = tf.depthwiseConv2d(padded(x, pad), filter, [...stride], 'valid', 'NHWC', [...dilation]);
  return activated(bias ? tf.add(y, bias) : y, act);
}

function dense(node: NodeOf<'fully_connected'>, x: tf.Tensor, w: tf.Tensor, bias?: tf.Tensor): tf.Tensor {
  const y = tf.matMul(tf.reshape(x, [-1, w.shape[1]!]), w as tf.Tensor2D, false, true);
  return activated(bias ? tf.add(y, bias) : y, node.attr.act);
}

const binary = { add: tf.add, sub: tf.sub, mul: tf.mul } as const;

type Unary = (x: tf.Tensor) => tf.Tensor;
const functions = (alpha: number, beta: number): Partial<Record<UnaryFn, Unary>> => ({
  ...{ abs: tf.abs, neg: tf.neg, square: tf.square, exp: tf.exp, sin: tf.sin, cos: tf.cos, tan: tf.tan, atan: tf.atan },
  ...{ sinh: tf.sinh, cosh: tf.cosh, asinh: tf.asinh, erf: tf.erf, softplus: tf.softplus, reciprocal: tf.reciprocal },
  leaky_relu: (x) => tf.leakyRelu(x, alpha),
  elu: tf.elu,
  clip: (x) => tf.clipByValue(x, alpha, beta),
});
const laws: Partial<Record<BinaryFn, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor>> = {
  ...{ div: tf.div, maximum: tf.maximum, minimum: tf.minimum, squared_difference: tf.squaredDifference },
  prelu: tf.prelu,
};
const reductions: Partial<Record<ReduceFn, (x: tf.Tensor, axes: number[], keep: boolean) => tf.Tensor>> = {
  ...{ sum: tf.sum, max: tf.max, min: tf.min },
};

/** Every axis gathered by the places that are taken. */
const sliced = ({ attr: { begin, strides } }: NodeOf<'strided_slice'>, x: tf.Tensor, shape: readonly number[]) =>
  shape.slice(1).reduce((y, size, i) => {
    const places = Array.from({ length: size }, (_, k) => begin[i + 1]! + k * strides[i + 1]!);
    return tf.gather(y, tf.tensor1d(places, 'int32'), i + 1);
  }, x);

/** The general ops that TensorFlow.js has gradients of. */
function runGeneral(node: Node, [x, w]: readonly tf.Tensor[], shape: readonly number[]): tf.Tensor {
  switch (node.op) {
    case 'unary':
      return functions(node.attr.alpha, node.attr.beta)[node.attr.fn]!(x!);
    case 'binary':
      return laws[node.attr.fn]!(x!, w!);
    case 'reduce':
      return reductions[node.attr.fn]!(x!, [...node.attr.axes], node.attr.keepDims);
    case 'log_softmax':
      return tf.logSoftmax(x!);
    case 'cumsum':
      return tf.cumsum(x!, node.attr.axis, node.attr.exclusive, node.attr.reverse);
    case 'batch_matmul':
      return tf.matMul(x!, w!, node.attr.transposeA, node.attr.transposeB);
    case 'gather':
      return tf.gather(x!, tf.cast(w!, 'int32'), node.attr.axis);
    case 'strided_slice':
      return sliced(node, x!, shape);
    case 'tile':
      return tf.tile(x!, [...node.attr.multiples]);
    default:
      throw new Error(`no ${node.op} in the judge`);
  }
}

/** One node on tensors whose first axis is the batch. */
function run(node: Node, inputs: readonly tf.Tensor[], shape: readonly number[]): tf.Tensor {
  const [x, w, bias] = inputs as [tf.Tensor, tf.Tensor, tf.Tensor | undefined];
  switch (node.op) {
    case 'conv2d':
      return conv(node, x, w, bias);
    case 'depthwise_conv2d':
      return depthwise(node, x, w, bias);
    case 'fully_connected':
      return dense(node, x, w, bias);
    case 'add':
    case 'sub':
    case 'mul':
      return activated(binary[node.op](x, w), node.attr.act);
    case 'average_pool2d':
      return tf.avgPool(x as tf.Tensor4D, [...node.attr.filter], [...node.attr.stride], 'valid');
    case 'max_pool2d':
      return tf.maxPool(x as tf.Tensor4D, [...node.attr.filter], [...node.attr.stride], 'valid');
    case 'mean':
      return tf.mean(x, [...node.attr.axes], node.attr.keepDims);
    case 'reshape':
      return tf.reshape(x, [x.shape[0]!, ...shape.slice(1)]);
    case 'softmax':
      return tf.softmax(tf.mul(x, node.attr.beta));
    case 'logistic':
      return tf.sigmoid(x);
    case 'tanh':
      return tf.tanh(x);
    case 'relu':
      return activated(x, node.attr.act);
    case 'pad': {
      const { before, after, value } = node.attr;
      return tf.pad(
        x as tf.Tensor4D,
        before.map((b, i) => [b, after[i]!] as [number, number]),
        value,
      );
    }
    case 'concatenation':
      return activated(tf.concat([...inputs], node.attr.axis), node.attr.act);
    case 'resize_bilinear': {
      const { size, alignCorners, halfPixel } = node.attr;
      return tf.image.resizeBilinear(x as tf.Tensor4D, [...size], alignCorners, halfPixel);
    }
    case 'transpose':
      return tf.transpose(x, [...node.attr.perm]);
    default:
      return runGeneral(node, inputs, shape);
  }
}

export interface Judged {
  readonly y: Float32Array;
  /** of sum(y * slope), by tensor number: graph inputs and float constants of weighted ops */
  readonly gradients: ReadonlyMap<TensorId, Float32Array>;
}

/**
 * Values of the first output, and gradients of their sum times `slope`.
 * @param inputs [count, ...shape], shapes beginning with 1
 */
export function judgeGraph(graph: Graph, inputs: readonly Float32Array[], count: number, slope: Float32Array): Judged {
  tf.engine().startScope();
  try {
    const weights = graph.nodes.flatMap((n) => (/conv|fully/.test(n.op) ? n.in.slice(1) : []));
    const ids = [...graph.inputs, ...weights];
    const start = ids.map((id, i) => {
      const { shape, data } = graph.tensors[id]!;
      return i < graph.inputs.length
        ? tf.tensor(inputs[i]!, [count * shape[0]!, ...shape.slice(1)])
        : tf.tensor(data as Float32Array, [...shape]);
    });
    const forward = (...given: tf.Tensor[]): tf.Tensor => {
      const values = new Map<TensorId, tf.Tensor>(given.map((t, i) => [ids[i]!, t]));
      // A constant is the same for all samples; joined to others it must be there for each.
      const isJoined = (id: TensorId) => graph.nodes.some((n) => n.op === 'concatenation' && n.in.includes(id));
      const constant = (data: Float32Array, shape: readonly number[], id: TensorId): tf.Tensor => {
        const one = tf.tensor(data, [...shape]);
        return isJoined(id) ? tf.tile(one, [count, ...shape.slice(1).map(() => 1)]) : one;
      };
      graph.tensors.forEach((t, id) => {
        if (t.data && !values.has(id)) values.set(id, constant(t.data as Float32Array, t.shape, id));
      });
      for (const node of graph.nodes) {
        const out = node.out[0]!;
        values.set(
          out,
          run(
            node,
            node.in.map((id) => values.get(id)!),
            graph.tensors[out]!.shape,
          ),
        );
      }
      return values.get(graph.outputs[0]!)!;
    };
    const y = forward(...start);
    const grads = tf.grads((...given: tf.Tensor[]) => tf.sum(tf.mul(forward(...given), tf.tensor(slope, y.shape))));
    const found = grads(start);
    const read = (t: tf.Tensor) => t.dataSync() as Float32Array;
    return { y: read(y).slice(), gradients: new Map(found.map((g, i) => [ids[i]!, read(g).slice()])) };
  } finally {
    tf.engine().endScope();
  }
}
