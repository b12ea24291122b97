/** Real Keras and TensorFlow.js models: they come in, compile, run, and equal their TFLite twins. */
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { compile } from '../../src/compile.js';
import { besideFile } from '../../src/importers/beside.js';
import { importModel } from '../../src/importers/index.js';
import type { Graph } from '../../src/ir/graph.js';
import { execute } from '../../src/ops/execute.js';
import { writeFolder } from '../../src/support/output.js';
import { randomInputs } from '../../src/verify/golden.js';
import { verifyHost } from '../../src/verify/verify.js';
import { workFolder } from '../support/folder.js';
import { hasShared, shared } from '../support/shared.js';

const folder = workFolder();
afterAll(folder.dispose);

const load = (path: string): Promise<Graph> =>
  importModel(new Uint8Array(readFileSync(shared(path))), path.split('/').at(-1)!, besideFile(shared(path)));

/** Of the `.tflite` files with the same weights, the greatest difference on random inputs. */
async function difference(model: string, twin: string): Promise<number> {
  const [a, b] = [await load(model), await load(twin)];
  const inputs = randomInputs(a, 3, 1);
  return Math.max(
    ...inputs.map((x) => {
      const [ours, theirs] = [execute(a, x)[0]!, execute(b, x)[0]!];
      return Math.max(...Array.from(ours, (v, i) => Math.abs(v - theirs[i]!)));
    }),
  );
}

/** Every file, so that none is forgotten. */
const models = [
  'keras/fpga_kws_mlp_keras3.h5',
  'keras/mlperf_ad.h5',
  'keras/mlperf_ic.h5',
  'keras/mlperf_kws.h5',
  'keras/mlperf_vww.h5',
  'keras/mltk_magic_wand.h5',
  'keras/mltk_rock_paper_scissors.h5',
  'keras/openmv_mnist_cnn.h5',
  'tfjs/abalone_layers/model.json',
  'tfjs/emotion_graph/model.json',
  'tfjs/liveness_graph/model.json',
  'tfjs/prefetch_graph/model.json',
];

describe.skipIf(!hasShared)('real models', () => {
  test('all are listed', () => {
    const found = [
      ...readdirSync(shared('models/keras')).map((f) => `keras/${f}`),
      ...readdirSync(shared('models/tfjs')).map((f) => `tfjs/${f}/model.json`),
    ];
    expect(found.sort()).toEqual(models);
  });

  test.each(models)('%s compiles and runs', { timeout: 60_000 }, async (model) => {
    const out = folder.path(model.replaceAll('/', '_'));
    const compiled = await compile(shared(`models/${model}`), { vectors: 2, html: false });
    writeFolder(out, compiled.files);
    expect(verifyHost(out)).toMatchObject({ vectors: 2, mismatches: 0 });
    expect(compiled.graph.states).toBeUndefined();
  });

  test.each([
    ['mlperf_ic', 'mlperf_ic_float'],
    ['mlperf_vww', 'mlperf_vww_float'],
    ['mltk_rock_paper_scissors', 'mltk_rock_paper_scissors_float'],
  ])('%s equals its twin', { timeout: 60_000 }, async (model, twin) => {
    expect(await difference(`models/keras/${model}.h5`, `models/tflite/${twin}.tflite`)).toBeLessThan(1e-5);
  });
});
