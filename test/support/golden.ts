import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { importModel } from '../../src/importers/index.js';
import { elements, type Graph, newData, type TensorData } from '../../src/ir/graph.js';
import { readNpy } from '../../src/support/npy.js';
import { shared } from './shared.js';

/** A set of vectors of TensorFlow Lite Micro's reference kernels. */
export interface GoldenSet {
  /** model file below models/tflite, without the ending */
  readonly model: string;
  /** name for tests */
  readonly name: string;
  readonly count: number;
  /** raw file below golden/, or the 1000 official samples */
  readonly input: string | 'kws01';
  /** output file below golden/ */
  readonly output: string;
  /** file of the tensor that SOFTMAX reads */
  readonly logits?: string;
}

/** Every int8 set: compared byte for byte. */
export const int8Sets: readonly GoldenSet[] = [
  { name: 'kws', model: 'mlperf_kws_int8', count: 1000, input: 'kws01', output: 'kws_int8_out', logits: 'kws_logits' },
  { name: 'ic', model: 'mlperf_ic_int8', count: 200, input: 'ic_in_int8', output: 'ic_int8_out', logits: 'ic_logits' },
  { name: 'vww', model: 'mlperf_vww_int8', count: 8, input: 'vww_in', output: 'vww_out', logits: 'vww_logits' },
  {
    name: 'vww natural',
    model: 'mlperf_vww_int8',
    count: 16,
    input: 'vww_nat_in',
    output: 'vww_nat_out',
    logits: 'vww_nat_logits',
  },
  { name: 'ad', model: 'mlperf_ad_int8', count: 32, input: 'ad_in', output: 'ad_out' },
  { name: 'sww', model: 'mlperf_sww_int8', count: 32, input: 'sww_in', output: 'sww_out', logits: 'sww_logits' },
  {
    name: 'sww natural',
    model: 'mlperf_sww_int8',
    count: 16,
    input: 'sww_nat_in',
    output: 'sww_nat_out',
    logits: 'sww_nat_logits',
  },
];

/** Every float set: compared within a tolerance. */
export const floatSets: readonly GoldenSet[] = [
  { name: 'ic float', model: 'mlperf_ic_float', count: 8, input: 'ic_f32_in', output: 'ic_f32_out' },
  { name: 'vww float', model: 'mlperf_vww_float', count: 8, input: 'vww_f32_in', output: 'vww_f32_out' },
  { name: 'ad float', model: 'mlperf_ad_float', count: 32, input: 'ad_f32_in', output: 'ad_f32_out' },
  { name: 'kws hybrid', model: 'mlperf_kws_hybrid', count: 32, input: 'kws_f32_in', output: 'kws_f32_out' },
];

/** Path of a model of the sets. */
export const modelPath = (model: string): string => shared(`models/tflite/${model}.tflite`);

/** Imports a model of the sets. */
export const importGolden = (model: string): Promise<Graph> =>
  importModel(new Uint8Array(readFileSync(modelPath(model))), `${model}.tflite`);

/** A file below golden/ as bytes. */
export const goldenBytes = (file: string): Uint8Array => new Uint8Array(readFileSync(shared(`golden/${file}.bin`)));

/** All inputs of a set, back to back, as bytes. */
export function inputBytes(set: GoldenSet): Uint8Array {
  if (set.input !== 'kws01') return goldenBytes(set.input);
  const npy = readNpy(new Uint8Array(gunzipSync(readFileSync(shared('data/kws/kws01_x_int8.npy.gz')))), 'kws01');
  return new Uint8Array(npy.data.buffer, npy.data.byteOffset, npy.data.byteLength);
}

/** Labels of the 1000 official keyword samples. */
export function kwsLabels(): ArrayLike<number> {
  return readNpy(new Uint8Array(gunzipSync(readFileSync(shared('data/kws/kws01_y.npy.gz')))), 'kws01 labels')
    .data as ArrayLike<number>;
}

/** Sample `index` as the typed array of the graph's first input. */
export function sampleOf(graph: Graph, bytes: Uint8Array, index: number): TensorData {
  const t = graph.tensors[graph.inputs[0]!]!;
  const data = newData(t.type, elements(t.shape));
  new Uint8Array(data.buffer).set(bytes.subarray(index * data.byteLength, (index + 1) * data.byteLength));
  return data;
}

/** Greatest difference over the range of the expected values. */
export function relativeError(expected: Float32Array, got: Float32Array): number {
  let [low, high, worst] = [Infinity, -Infinity, 0];
  for (let i = 0; i < expected.length; i++) {
    low = Math.min(low, expected[i]!);
    high = Math.max(high, expected[i]!);
    worst = Math.max(worst, Math.abs(expected[i]! - got[i]!));
  }
  return worst / Math.max(high - low, 1e-9);
}
