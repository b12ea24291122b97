/** Whole models with ops beyond the official ones: emitted C against the reference on the same input. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { compile } from '../../src/compile.js';
import { importModel } from '../../src/importers/index.js';
import { elements, newData, type TensorData } from '../../src/ir/graph.js';
import { execute } from '../../src/ops/execute.js';
import { writeFolder } from '../../src/support/output.js';
import { random } from '../../src/support/rng.js';
import { runHost } from '../../src/verify/run.js';
import { versionOf } from '../../src/verify/toolchain.js';
import { workFolder } from '../support/folder.js';
import { modelPath } from '../support/golden.js';
import { hasShared } from '../support/shared.js';

const folder = workFolder();
afterAll(folder.dispose);

const models = ['mobilenet_v1_025_128_uint8', 'mp_selfie_segmentation_f16', 'oww_embedding_float'];

/** Bytes must be equal; floats within 1e-3 of the range, as logistic of large sums multiplies their rounding. */
function expectAlike(got: TensorData, wanted: TensorData): void {
  expect(got).toHaveLength(wanted.length);
  if (!(wanted instanceof Float32Array)) {
    expect(Buffer.from(got.buffer, got.byteOffset, got.byteLength).equals(Buffer.from(wanted.buffer))).toBe(true);
    return;
  }
  const range = wanted.reduce((most, v) => Math.max(most, Math.abs(v)), 1e-6);
  const worst = wanted.reduce((most, v, i) => Math.max(most, Math.abs(v - got[i]!)), 0);
  expect(worst).toBeLessThanOrEqual(1e-3 * range);
}

describe.skipIf(!hasShared || !versionOf('gcc'))('emitted C equals the reference', () => {
  test.each(models)(
    '%s',
    async (model) => {
      const graph = await importModel(readFileSync(modelPath(model)), `${model}.tflite`);
      const next = random(5);
      const t = graph.tensors[graph.inputs[0]!]!;
      const x = newData(t.type, elements(t.shape)).map(() => (t.type === 'f32' ? next() : Math.floor(256 * next())));
      const { files } = await compile(modelPath(model), { name: 'm', target: 'host', vectors: 1 });
      writeFolder(folder.path(model), files);
      const [samples] = runHost(folder.path(model), x as TensorData, { cc: 'gcc', flags: ['-O1'] });
      execute(graph, [x as TensorData]).forEach((y, i) => {
        expectAlike(samples![i]!, y);
      });
    },
    120_000,
  );
});
