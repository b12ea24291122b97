// The models of the bench: a graph, the file of it that engines open, an input, and the graph with 80 % zeros.
import { existsSync, readFileSync } from 'node:fs';
import { pruneModel } from '../../dist/compress.js';
import { importModel, simplify } from '../../dist/index.js';
import { random } from '../../dist/support/rng.js';
import { source } from '../accuracy/data.mjs';
import { mobilenet, pictures } from './mobilenet.mjs';
import { turned, turnedPicture } from './turned.mjs';
import { writeTflite } from './write-tflite.mjs';

const shared = new URL('../../../shared/models/', import.meta.url);
export const hasModels = existsSync(shared);
export const keys = ['vww', 'ic', 'kws', 'ad', 'mobilenet'];
const share = 0.8;

const fileOf = (path) => new Uint8Array(readFileSync(new URL(path, shared)));

/** int8 models in ONNX, where there is one. */
const quantisedOnnx = { kws: 'mlperf_kws_qdq', ad: 'mlperf_ad_qdq' };

/** Options of a compilation that prunes by loss on random inputs, which takes out whole channels, too. */
function lossPruning(graph, size, pattern) {
  const next = random(3);
  const data = Float32Array.from({ length: 64 * size }, () => 2 * next() - 1);
  return {
    prune: { sparsity: share, pattern, samples: source('random', data, size, graph) },
    ...(graph.tensors[graph.inputs[0]].type === 'f32' && { quantise: { precision: 'float32' } }),
  };
}

/** The least weights of each convolution but the first become 0: speed, not accuracy, is looked at here. */
async function prunedEvenly(graph) {
  const table = Object.fromEntries(
    graph.nodes.filter((n) => n.op === 'conv2d' && n.in[0] !== graph.inputs[0]).map((n) => [n.name, share]),
  );
  const quantise = graph.tensors[graph.inputs[0]].type === 'f32' ? 'float32' : 'int8';
  return (
    await pruneModel(graph, undefined, { table, pattern: { kind: 'unstructured' }, method: 'magnitude', quantise })
  ).graph;
}

/** A model of MLPerf Tiny. */
async function mlperf(key, type, byLoss) {
  const file = `mlperf_${key}_${type === 'f32' ? 'float' : 'int8'}`;
  const bytes = fileOf(`tflite/${file}.tflite`);
  const graph = simplify(await importModel(bytes, `${file}.tflite`));
  const next = random(1);
  const count = graph.tensors[graph.inputs[0]].shape.reduce((a, b) => a * b, 1);
  const input =
    type === 'f32'
      ? Float32Array.from({ length: count }, () => next())
      : Int8Array.from({ length: count }, () => Math.floor(256 * next()) - 128);
  const onnx = type === 'int8' && quantisedOnnx[key] && fileOf(`onnx/${quantisedOnnx[key]}.onnx`);
  // Layers of one pixel want blocks.
  const pattern = key === 'ad' ? '4x8' : 'unstructured';
  const sparse =
    key === 'ad' || byLoss
      ? { graph, options: lossPruning(graph, count, pattern) }
      : { graph: await prunedEvenly(graph), options: {} };
  return { graph, bytes, input, onnx, sparse };
}

const size = 224;
let made;

/** MobileNetV2 with seeded weights; what the other engines open is written here. */
async function seeded(type) {
  made ??= await mobilenet({ size });
  const graph = made[type];
  const picture = pictures(1, size, 4);
  const input = type === 'f32' ? picture : source('', picture, picture.length, graph).sample(0)[0];
  return { graph, bytes: writeTflite(graph), input, sparse: { graph: await prunedEvenly(graph), options: {} } };
}

/** @param byLoss prune by loss instead of every layer alike; MobileNet's weights of chance have none to go by */
export const modelOf = (key, type, byLoss = false) => (key === 'mobilenet' ? seeded(type) : mlperf(key, type, byLoss));

/** Models that XNNPACK can run with sparse weights: a first convolution of 3x3 and stride 2, then 1x1 and depthwise ones. */
export const hasSparsePath = (key, type) => type === 'f32' && ['vww', 'mobilenet'].includes(key);

/** A pruned float graph and its input as XNNPACK runs them with sparse kernels: the same function of a turned picture. */
export const forSparsePath = (graph, input) => ({
  bytes: writeTflite(turned(graph), { sparse: true }),
  input: turnedPicture(input, graph.tensors[graph.inputs[0]].shape[3]),
});
