/** Keras layers against TensorFlow.js's kernels, or against their definition written down again. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { importModel } from '../../src/importers/index.js';
import { execute } from '../../src/ops/execute.js';
import { random } from '../../src/support/rng.js';
import { config, h5, keras, type Layer } from '../support/keras/file.js';

const next = random(5);
const values = (shape: readonly number[], low = -1, high = 1): Float32Array =>
  Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => low + (high - low) * next());
type Weights = NonNullable<Layer['weights']>;
const weight = (name: string, shape: readonly number[], low = -1, high = 1): Weights[number] => [
  name,
  shape,
  values(shape, low, high),
];

interface Case {
  readonly kind: string;
  readonly shape: readonly number[];
  readonly settings?: object;
  readonly weights?: Weights;
  readonly part?: string;
  /** what the layer makes of x [1, ...shape] */
  expected(x: tf.Tensor, w: readonly tf.Tensor[]): tf.Tensor;
}

const image = [6, 5, 3];
const x4 = (x: tf.Tensor) => x as tf.Tensor4D;
const k4 = (w: tf.Tensor) => w as tf.Tensor4D;
const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));

/** One direction of a recurrent layer in plain numbers; `step` gives the new [h, c]. */
function recur(
  x: tf.Tensor,
  units: number,
  reverse: boolean,
  step: (x: number[], h: number[], c: number[]) => [number[], number[]],
): number[][] {
  const rows = (tf.squeeze(x, [0]) as tf.Tensor2D).arraySync();
  let [h, c] = [new Array<number>(units).fill(0), new Array<number>(units).fill(0)];
  return (reverse ? [...rows].reverse() : rows).map((row) => {
    [h, c] = step(row, h, c);
    return h;
  });
}

const column = (v: number[], m: number[][], j: number): number => v.reduce((s, a, i) => s + a * m[i]![j]!, 0);

const lstmStep = (w: readonly tf.Tensor[], units: number) => {
  const [k, r] = [w[0]!.arraySync() as number[][], w[1]!.arraySync() as number[][]];
  const b = w[2]!.arraySync() as number[];
  return (x: number[], h: number[], c: number[]): [number[], number[]] => {
    const z = b.map((v, j) => v + column(x, k, j) + column(h, r, j));
    const cell = c.map((v, u) => sigmoid(z[units + u]!) * v + sigmoid(z[u]!) * Math.tanh(z[2 * units + u]!));
    return [cell.map((v, u) => sigmoid(z[3 * units + u]!) * Math.tanh(v)), cell];
  };
};

const gruStep = (w: readonly tf.Tensor[], units: number, after: boolean) => {
  const [k, r] = [w[0]!.arraySync() as number[][], w[1]!.arraySync() as number[][]];
  const all = w[2]!.arraySync() as number[] | number[][];
  const [bx, bh] = after ? (all as number[][]) : [all as number[], new Array<number>(3 * units).fill(0)];
  return (x: number[], h: number[]): [number[], number[]] => {
    const ofX = (j: number) => column(x, k, j) + bx![j]!;
    const ofH = (j: number, v = h) => column(v, r, j) + bh![j]!;
    const z = h.map((_, u) => sigmoid(ofX(u) + ofH(u)));
    const reset = h.map((_, u) => sigmoid(ofX(units + u) + ofH(units + u)));
    const masked = h.map((v, u) => v * reset[u]!);
    const fresh = h.map((_, u) =>
      Math.tanh(ofX(2 * units + u) + (after ? reset[u]! * ofH(2 * units + u) : ofH(2 * units + u, masked))),
    );
    return [h.map((v, u) => z[u]! * v + (1 - z[u]!) * fresh[u]!), []];
  };
};

const lstmWeights = (prefix: string, I: number, H: number): Weights => [
  weight(`${prefix}kernel`, [I, 4 * H]),
  weight(`${prefix}recurrent_kernel`, [H, 4 * H]),
  weight(`${prefix}bias`, [4 * H]),
];

const cases: Readonly<Record<string, Case>> = {
  'Conv2D, same, stride, dilation': {
    kind: 'Conv2D',
    shape: image,
    settings: { filters: 4, kernel_size: [3, 2], strides: [2, 2], padding: 'same', activation: 'relu' },
    weights: [weight('kernel', [3, 2, 3, 4]), weight('bias', [4])],
    expected: (x, [k, b]) => tf.relu(tf.add(tf.conv2d(x4(x), k4(k!), 2, 'same'), b!)),
  },
  'Conv1D, causal': {
    kind: 'Conv1D',
    shape: [9, 3],
    settings: { filters: 2, kernel_size: [3], padding: 'causal', dilation_rate: [2] },
    weights: [weight('kernel', [3, 3, 2]), weight('bias', [2])],
    expected: (x, [k, b]) =>
      tf.add(
        tf.conv1d(
          tf.pad(x, [
            [0, 0],
            [4, 0],
            [0, 0],
          ]) as tf.Tensor3D,
          k as tf.Tensor3D,
          1,
          'valid',
          'NWC',
          2,
        ),
        b!,
      ),
  },
  'DepthwiseConv2D, multiplier': {
    kind: 'DepthwiseConv2D',
    shape: image,
    settings: { kernel_size: 3, depth_multiplier: 2, padding: 'same', use_bias: false },
    weights: [weight('depthwise_kernel', [3, 3, 3, 2])],
    expected: (x, [k]) => tf.depthwiseConv2d(x4(x), k4(k!), 1, 'same'),
  },
  SeparableConv2D: {
    kind: 'SeparableConv2D',
    shape: image,
    settings: { filters: 5, kernel_size: [3, 3], padding: 'valid' },
    weights: [weight('depthwise_kernel', [3, 3, 3, 1]), weight('pointwise_kernel', [1, 1, 3, 5]), weight('bias', [5])],
    expected: (x, [d, p, b]) => tf.add(tf.separableConv2d(x4(x), k4(d!), k4(p!), 1, 'valid'), b!),
  },
  'Conv2DTranspose, same': {
    kind: 'Conv2DTranspose',
    shape: image,
    settings: { filters: 2, kernel_size: 3, strides: 2, padding: 'same' },
    weights: [weight('kernel', [3, 3, 2, 3]), weight('bias', [2])],
    expected: (x, [k, b]) => tf.add(tf.conv2dTranspose(x4(x), k4(k!), [1, 12, 10, 2], 2, 'same'), b!),
  },
  'Conv2DTranspose, valid': {
    kind: 'Conv2DTranspose',
    shape: image,
    settings: { filters: 2, kernel_size: [4, 2], strides: [2, 3], padding: 'valid', use_bias: false },
    weights: [weight('kernel', [4, 2, 2, 3])],
    expected: (x, [k]) => tf.conv2dTranspose(x4(x), k4(k!), [1, 14, 15, 2], [2, 3], 'valid'),
  },
  BatchNormalization: {
    kind: 'BatchNormalization',
    shape: image,
    settings: { axis: [3], epsilon: 0.001 },
    weights: [
      weight('gamma', [3]),
      weight('beta', [3]),
      weight('moving_mean', [3]),
      weight('moving_variance', [3], 0.1, 2),
    ],
    expected: (x, [g, b, m, v]) =>
      tf.batchNorm(x, m as tf.Tensor1D, v as tf.Tensor1D, b as tf.Tensor1D, g as tf.Tensor1D, 0.001),
  },
  LayerNormalization: {
    kind: 'LayerNormalization',
    shape: [7, 8],
    settings: { axis: [-1], epsilon: 0.01 },
    weights: [weight('gamma', [8]), weight('beta', [8])],
    expected: (x, [g, b]) => {
      const { mean, variance } = tf.moments(x, -1, true);
      return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 0.01))), g!), b!);
    },
  },
  'UpSampling2D, nearest': {
    kind: 'UpSampling2D',
    shape: image,
    settings: { size: [2, 3] },
    expected: (x) => tf.image.resizeNearestNeighbor(x4(x), [12, 15]),
  },
  'UpSampling2D, bilinear': {
    kind: 'UpSampling2D',
    shape: image,
    settings: { size: [2, 2], interpolation: 'bilinear' },
    expected: (x) => tf.image.resizeBilinear(x4(x), [12, 10], false, true),
  },
  Cropping2D: {
    kind: 'Cropping2D',
    shape: image,
    settings: {
      cropping: [
        [1, 2],
        [0, 1],
      ],
    },
    expected: (x) => tf.slice(x, [0, 1, 0, 0], [1, 3, 4, 3]),
  },
  ZeroPadding2D: {
    kind: 'ZeroPadding2D',
    shape: image,
    settings: {
      padding: [
        [0, 1],
        [2, 0],
      ],
    },
    expected: (x) =>
      tf.pad(x, [
        [0, 0],
        [0, 1],
        [2, 0],
        [0, 0],
      ]),
  },
  Permute: {
    kind: 'Permute',
    shape: image,
    settings: { dims: [3, 1, 2] },
    expected: (x) => tf.transpose(x, [0, 3, 1, 2]),
  },
  PReLU: {
    kind: 'PReLU',
    shape: image,
    settings: { shared_axes: [1, 2] },
    weights: [weight('alpha', [1, 1, 3])],
    expected: (x, [a]) => tf.prelu(x, a!),
  },
  LeakyReLU: { kind: 'LeakyReLU', shape: image, settings: { alpha: 0.1 }, expected: (x) => tf.leakyRelu(x, 0.1) },
  ELU: { kind: 'ELU', shape: image, settings: { alpha: 1 }, expected: (x) => tf.elu(x) },
  'ReLU with a greatest value': {
    kind: 'ReLU',
    shape: image,
    settings: { max_value: 0.5 },
    expected: (x) => tf.clipByValue(x, 0, 0.5),
  },
  'AveragePooling2D, same': {
    kind: 'AveragePooling2D',
    shape: image,
    settings: { pool_size: [2, 2], strides: [2, 2], padding: 'same' },
    expected: (x) => tf.avgPool(x4(x), 2, 2, 'same'),
  },
  GlobalMaxPooling2D: { kind: 'GlobalMaxPooling2D', shape: image, expected: (x) => tf.max(x, [1, 2]) },
  GlobalAveragePooling1D: { kind: 'GlobalAveragePooling1D', shape: [7, 4], expected: (x) => tf.mean(x, 1) },
  Rescaling: {
    kind: 'Rescaling',
    shape: image,
    settings: { scale: 2, offset: -1 },
    expected: (x) => tf.sub(tf.mul(x, 2), 1),
  },
  Normalization: {
    kind: 'Normalization',
    shape: [5, 3],
    settings: { axis: [-1] },
    weights: [weight('mean', [3]), weight('variance', [3], 0.5, 2)],
    expected: (x, [m, v]) => tf.div(tf.sub(x, m!), tf.sqrt(v!)),
  },
  'Activation gelu': {
    kind: 'Activation',
    shape: [9],
    settings: { activation: 'gelu' },
    expected: (x) => tf.mul(x, tf.mul(0.5, tf.add(1, tf.erf(tf.div(x, Math.SQRT2))))),
  },
  'Activation swish': {
    kind: 'Activation',
    shape: [9],
    settings: { activation: 'swish' },
    expected: (x) => tf.mul(x, tf.sigmoid(x)),
  },
  'Softmax along another axis': {
    kind: 'Softmax',
    shape: [4, 5],
    settings: { axis: 1 },
    expected: (x) => tf.transpose(tf.softmax(tf.transpose(x, [0, 2, 1])), [0, 2, 1]),
  },
  'LSTM, last step': {
    kind: 'LSTM',
    shape: [6, 3],
    settings: { units: 4, recurrent_activation: 'sigmoid', activation: 'tanh' },
    weights: lstmWeights('lstm_cell/', 3, 4),
    part: 'cell',
    expected: (x, w) => tf.tensor([recur(x, 4, false, lstmStep(w, 4)).at(-1)!]),
  },
  'LSTM, backwards, all steps': {
    kind: 'LSTM',
    shape: [6, 3],
    settings: { units: 4, go_backwards: true, return_sequences: true },
    weights: lstmWeights('lstm_cell/', 3, 4),
    part: 'cell',
    expected: (x, w) => tf.tensor([recur(x, 4, true, lstmStep(w, 4))]),
  },
  'GRU, reset after': {
    kind: 'GRU',
    shape: [6, 3],
    settings: { units: 5, reset_after: true, return_sequences: true },
    weights: [
      weight('gru_cell/kernel', [3, 15]),
      weight('gru_cell/recurrent_kernel', [5, 15]),
      weight('gru_cell/bias', [2, 15]),
    ],
    part: 'cell',
    expected: (x, w) => tf.tensor([recur(x, 5, false, gruStep(w, 5, true))]),
  },
  'GRU, reset before': {
    kind: 'GRU',
    shape: [6, 3],
    settings: { units: 5, reset_after: false },
    weights: [
      weight('gru_cell/kernel', [3, 15]),
      weight('gru_cell/recurrent_kernel', [5, 15]),
      weight('gru_cell/bias', [15]),
    ],
    part: 'cell',
    expected: (x, w) => tf.tensor([recur(x, 5, false, gruStep(w, 5, false)).at(-1)!]),
  },
  'Bidirectional LSTM': {
    kind: 'Bidirectional',
    shape: [6, 3],
    settings: {
      merge_mode: 'concat',
      layer: { class_name: 'LSTM', config: { name: 'lstm', units: 2, return_sequences: true } },
    },
    weights: [...lstmWeights('forward_lstm/lstm_cell/', 3, 2), ...lstmWeights('backward_lstm/lstm_cell/', 3, 2)],
    expected: (x, w) => {
      const [f, b] = [
        recur(x, 2, false, lstmStep(w.slice(0, 3), 2)),
        recur(x, 2, true, lstmStep(w.slice(3), 2)).reverse(),
      ];
      return tf.tensor([f.map((row, t) => [...row, ...b[t]!])]);
    },
  },
};

function check(actual: ArrayLike<number>, expected: tf.Tensor): void {
  const wanted = expected.dataSync();
  expect(actual.length).toBe(wanted.length);
  const most = Math.max(...Array.from(wanted, (v, i) => Math.abs(v - actual[i]!)));
  expect(most).toBeLessThan(2e-5);
}

describe('layers', () => {
  test.each(Object.entries(cases))('%s', async (_, c) => {
    const shape = [null, ...c.shape];
    const layers: Layer[] = [
      { class_name: 'InputLayer', config: { name: 'in', batch_input_shape: shape } },
      {
        class_name: c.kind,
        config: { name: 'it', ...c.settings },
        ...(c.weights && { weights: c.weights }),
        ...(c.part && { part: c.part }),
      },
    ];
    const model = config('Sequential', layers);
    const data = values(c.shape, -2, 2);
    const x = tf.tensor(data, [1, ...c.shape]);
    const expected = c.expected(
      x,
      (c.weights ?? []).map(([, s, d]) => tf.tensor(d, [...s])),
    );
    const files: [string, Uint8Array][] = [['m.h5', await h5(model, layers.slice(1))]];
    if (c.kind !== 'Bidirectional') files.push(['m.keras', await keras(model, layers)]);
    for (const [name, bytes] of files) {
      const graph = await importModel(bytes, name);
      check(execute(graph, [data])[0]!, expected);
    }
  });
});
