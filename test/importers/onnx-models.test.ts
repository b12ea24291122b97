import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { compileGraph } from '../../src/compile.js';
import { importModel } from '../../src/importers/index.js';
import { elements, type Graph, type TensorData } from '../../src/ir/graph.js';
import { prepare } from '../../src/ops/execute.js';
import { simplify } from '../../src/passes/index.js';
import { placesOf } from '../../src/plan/select.js';
import { loadTarget } from '../../src/plan/target.js';
import { gunzip, readNpy } from '../../src/support/npy.js';
import { writeFolder } from '../../src/support/output.js';
import { random } from '../../src/support/rng.js';
import { verifyHost } from '../../src/verify/verify.js';
import { workFolder } from '../support/folder.js';
import { runOnnx } from '../support/onnx.js';
import { sanitizers, union } from '../support/onnx-suite.js';
import { hasShared, shared } from '../support/shared.js';

const folder = workFolder();
afterAll(folder.dispose);

const load = async (path: string): Promise<Graph> =>
  simplify(await importModel(new Uint8Array(readFileSync(shared(`models/${path}`))), path));

const inputOf = (graph: Graph, next: () => number, [low, high]: readonly [number, number]): Float32Array =>
  Float32Array.from({ length: elements(graph.tensors[graph.inputs[0]!]!.shape) }, () => low + (high - low) * next());

/** Greatest difference, over the size of the values. */
function apart(a: TensorData, b: ArrayLike<number>): number {
  expect(a).toHaveLength(b.length);
  const size = Array.from(a).reduce((most, v) => Math.max(most, Math.abs(v)), 1e-6);
  return Array.from(a).reduce((most, v, i) => Math.max(most, Math.abs(v - b[i]!)), 0) / size;
}

/** Transposes that are left, and how far results may be from ONNX Runtime's, over their size. */
const models: Readonly<Record<string, { transposes: number; near: number; range: readonly [number, number] }>> = {
  blazeface_front: { transposes: 0, near: 1e-5, range: [-1, 1] },
  micro_kws_m_fp32: { transposes: 0, near: 1e-5, range: [-20, 20] },
  micro_kws_m_qdq: { transposes: 0, near: 1.5 / 256, range: [-20, 20] },
  // A step of the result is 0.3; TFLite's arithmetic rounds elsewhere than that of real numbers.
  mlperf_ad_qdq: { transposes: 0, near: 0.01, range: [-20, 20] },
  // Image inputs of three channels are NCHW in the file and stay so.
  mlperf_ic_float: { transposes: 1, near: 1e-5, range: [0, 255] },
  mlperf_kws_qdq: { transposes: 0, near: 0.02, range: [-100, 100] },
  mlperf_vww_float: { transposes: 1, near: 1e-5, range: [0, 1] },
  onnx2c_mnist: { transposes: 0, near: 1e-5, range: [0, 1] },
  oww_embedding: { transposes: 0, near: 1e-5, range: [-1, 1] },
  ultraface_slim_simplified: { transposes: 1, near: 1e-5, range: [-1, 1] },
};

describe.skipIf(!hasShared)('real models', () => {
  test('all of them are here', () => {
    const files = readdirSync(shared('models/onnx')).map((f) => f.replace('.onnx', ''));
    expect(files.filter((f) => !(f in models))).toEqual(['mlperf_kws_fp16']);
  });

  test.each(Object.entries(models))('%s gives what ONNX Runtime gives', async (name, { transposes, near, range }) => {
    const graph = await load(`onnx/${name}.onnx`);
    expect(graph.nodes.filter((n) => n.op === 'transpose')).toHaveLength(transposes);
    const x = inputOf(graph, random(7), range);
    const wanted = await runOnnx(readFileSync(shared(`models/onnx/${name}.onnx`)), graph, [x]);
    prepare(graph)([x]).forEach((y, i) => {
      expect(apart(y, wanted[i]!)).toBeLessThan(near);
    });
  });

  test('float16 weights: the model is the one of float32', async () => {
    const graph = await load('onnx/mlperf_kws_fp16.onnx');
    expect(graph.nodes.filter((n) => n.op === 'transpose')).toHaveLength(0);
    expect(graph.tensors.every((t) => t.type === 'f32')).toBe(true);
  });

  test('quantised models have no real arithmetic between stored values', async () => {
    for (const name of ['micro_kws_m_qdq', 'mlperf_ad_qdq', 'mlperf_kws_qdq']) {
      const graph = await load(`onnx/${name}.onnx`);
      const real = graph.nodes.filter(
        (n) => graph.tensors[n.out[0]!]!.type === 'f32' && !/^(dequantize|reshape|softmax)$/.test(n.op),
      );
      expect(real.map((n) => n.op)).toEqual([]);
    }
  });
});

describe.skipIf(!hasShared)('compiled', () => {
  const origin = { name: 'models', sha256: '0'.repeat(64), format: 'onnx' };

  test('the larger ones have a kernel for all that is in them', async () => {
    for (const name of ['blazeface_front', 'oww_embedding', 'ultraface_slim_simplified']) {
      const graph = await load(`onnx/${name}.onnx`);
      expect(() => placesOf(graph, loadTarget('cortex-m4'), 'm'), name).not.toThrow();
    }
  });

  test('small ones in one program under sanitizers equal the reference', async () => {
    const names = ['mlperf_kws_qdq', 'onnx2c_mnist'];
    const parts = await Promise.all(names.map(async (name) => ({ graph: await load(`onnx/${name}.onnx`) })));
    const { files } = await compileGraph(() => union(parts), origin, { name: 'm', html: false, vectors: 1 });
    writeFolder(folder.path('m'), files);
    expect(verifyHost(folder.path('m'), { flags: sanitizers })).toMatchObject({ vectors: 1, mismatches: 0 });
  });
});

describe.skipIf(!hasShared)('the same model in two formats', () => {
  // The QDQ model was quantised anew: other scales, the same task.
  test('keyword spotting: the QDQ model knows the words that the int8 one knows', async () => {
    const array = (file: string) => readNpy(gunzip(readFileSync(shared(`data/kws/${file}`)), file), file);
    const [x, y] = [array('kws01_x_int8.npy.gz'), array('kws01_y.npy.gz')];
    const [tflite, onnx] = [await load('tflite/mlperf_kws_int8.tflite'), await load('onnx/mlperf_kws_qdq.onnx')];
    const [runA, runB] = [prepare(tflite), prepare(onnx)];
    const best = (data: TensorData) => data.indexOf(Math.max(...data));
    let [right, agree] = [0, 0];
    const count = 60;
    for (let i = 0; i < count; i++) {
      const stored = Int8Array.from(x.data.subarray(i * 490, (i + 1) * 490));
      const a = best(runA([stored])[0]!);
      const b = best(runB([Float32Array.from(stored, (v) => 0.5847029089927673 * (v - 83))])[0]!);
      if (b === y.data[i]) right++;
      if (a === b) agree++;
    }
    console.log(`QDQ keyword spotting: ${right} of ${count} right, ${agree} as the int8 model says`);
    expect(right / count).toBeGreaterThan(0.8);
    expect(agree / count).toBeGreaterThan(0.8);
  });
});
