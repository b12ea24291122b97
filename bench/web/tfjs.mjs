// TensorFlow.js with its WebAssembly backend, one thread; the model is written with its fused ops, as its converter does.
import { fileURLToPath } from 'node:url';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

const folder = fileURLToPath(new URL('node_modules/@tensorflow/', import.meta.url));
export const name = 'tfjs wasm';
export const shipped = [
  `${folder}tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm`,
  `${folder}tfjs-backend-wasm/dist/tf-backend-wasm.min.js`,
  `${folder}tfjs-core/dist/tf-core.min.js`,
];
export const takes = 'graph';

let ready;
function backend() {
  setWasmPaths(`${folder}tfjs-backend-wasm/dist/`);
  setThreadsCount(1);
  ready ??= tf.setBackend('wasm').then(() => tf.ready());
  return ready;
}

const activations = { none: 'linear', relu: 'relu', relu6: 'relu6' };
const around = ([top, bottom, left, right]) => [
  [0, 0],
  [top, bottom],
  [left, right],
  [0, 0],
];

/** A layer as a function of what it reads; its weights are brought into place once. */
const makers = {
  conv2d({ attr }, [, w, b]) {
    const filter = tf.transpose(w, [1, 2, 3, 0]);
    const rest = { filter, strides: attr.stride, pad: around(attr.pad), bias: b, activation: activations[attr.act] };
    return ([x]) => tf.fused.conv2d({ x, ...rest });
  },
  depthwise_conv2d({ attr }, [, w, b]) {
    const [, kh, kw, c] = w.shape;
    const filter = tf.reshape(w, [kh, kw, c / attr.multiplier, attr.multiplier]);
    const rest = { filter, strides: attr.stride, pad: around(attr.pad), bias: b, activation: activations[attr.act] };
    return ([x]) => tf.fused.depthwiseConv2d({ x, ...rest });
  },
  fully_connected({ attr }, [, w, b]) {
    const rest = { b: tf.transpose(w), bias: b, activation: activations[attr.act] };
    return ([x]) => tf.fused.matMul({ a: tf.reshape(x, [-1, w.shape[1]]), ...rest });
  },
  add({ attr }) {
    return ([a, b]) => (attr.act === 'relu' ? tf.relu(tf.add(a, b)) : tf.add(a, b));
  },
  average_pool2d({ attr }) {
    return ([x]) => tf.avgPool(x, attr.filter, attr.stride, 'valid');
  },
  mean({ attr }) {
    return ([x]) => tf.mean(x, attr.axes, attr.keepDims);
  },
  reshape(_, __, shape) {
    return ([x]) => tf.reshape(x, shape);
  },
  softmax() {
    return ([x]) => tf.softmax(x);
  },
};

export async function open(graph, input) {
  await backend();
  const x = tf.tensor(input, graph.tensors[graph.inputs[0]].shape);
  const constants = new Map();
  graph.tensors.forEach((t, id) => {
    if (t.data) constants.set(id, tf.tensor(Float32Array.from(t.data), t.shape));
  });
  const steps = graph.nodes.map((node) => {
    const make = makers[node.op];
    if (!make) throw new Error(`${node.op} is not written for tfjs here`);
    return {
      node,
      run: make(
        node,
        node.in.map((id) => constants.get(id)),
        graph.tensors[node.out[0]].shape,
      ),
    };
  });
  const forward = () => {
    const values = new Map([...constants, [graph.inputs[0], x]]);
    for (const { node, run } of steps) values.set(node.out[0], run(node.in.map((id) => values.get(id))));
    return values.get(graph.outputs[0]).dataSync();
  };
  return { run: () => tf.tidy(forward) };
}
