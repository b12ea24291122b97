// A step of training written with the ops of TensorFlow.js, for graphs of convolutions, adds, one average pool and a classifier.
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

const activated = (y, act) => (act === 'relu' ? tf.relu(y) : act === 'relu6' ? tf.relu6(y) : y);

function padded(x, [top, bottom, left, right]) {
  return tf.pad(x, [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]);
}

const ops = {
  conv2d: ({ attr }, [x, w, b]) =>
    activated(tf.add(tf.conv2d(padded(x, attr.pad), tf.transpose(w, [1, 2, 3, 0]), attr.stride, 'valid'), b), attr.act),
  depthwise_conv2d: ({ attr }, [x, w, b]) => {
    const [, kh, kw, c] = w.shape;
    const filter = tf.reshape(w, [kh, kw, c / attr.multiplier, attr.multiplier]);
    return activated(tf.add(tf.depthwiseConv2d(padded(x, attr.pad), filter, attr.stride, 'valid'), b), attr.act);
  },
  fully_connected: ({ attr }, [x, w, b]) =>
    activated(tf.add(tf.matMul(tf.reshape(x, [-1, w.shape[1]]), w, false, true), b), attr.act),
  add: ({ attr }, [a, b]) => activated(tf.add(a, b), attr.act),
  average_pool2d: ({ attr }, [x]) => tf.avgPool(x, attr.filter, attr.stride, 'valid'),
  reshape: (_, [x], shape) => tf.reshape(x, [x.shape[0], ...shape.slice(1)]),
};

/**
 * A function that computes loss and all gradients once.
 * @param inputs [labels.length, ...shape of the only input]
 */
export function stepOf(graph, inputs, labels) {
  const [, ...shape] = graph.tensors[graph.inputs[0]].shape;
  const x = tf.tensor(inputs, [labels.length, ...shape]);
  const ids = graph.nodes.flatMap((n) => n.in.slice(1)).filter((id) => graph.tensors[id].data);
  const weights = ids.map((id) => tf.tensor(graph.tensors[id].data, graph.tensors[id].shape));
  const classes = graph.tensors[graph.outputs[0]].shape.at(-1);
  const wanted = tf.oneHot(tf.tensor1d(labels, 'int32'), classes, 1, 0, 'float32');
  const loss = (...given) => {
    const values = new Map(given.map((t, i) => [ids[i], t]));
    values.set(graph.inputs[0], x);
    let last = x;
    for (const node of graph.nodes) {
      if (node.op === 'softmax') break;
      const out = node.out[0];
      last = ops[node.op](
        node,
        node.in.map((id) => values.get(id)),
        graph.tensors[out].shape,
      );
      values.set(out, last);
    }
    const shifted = tf.sub(last, tf.max(last, 1, true));
    return tf.mean(tf.sum(tf.mul(wanted, tf.sub(tf.log(tf.sum(tf.exp(shifted), 1, true)), shifted)), 1));
  };
  const gradients = tf.grads(loss);
  return async () => tf.tidy(() => void gradients(weights).map((g) => g.dataSync()[0]));
}
