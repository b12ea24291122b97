/**
 * Every model there is: it comes in, is simplified, compiled and built, and the C gives what the reference gives for the
 * model as it was imported: integers exactly, floats within 1e-5 of their range. The same model in two formats gives the same.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { compile } from '../../src/compile.js';
import { elements, type Graph, newData, type Tensor, type TensorData } from '../../src/ir/graph.js';
import { stream } from '../../src/ops/execute.js';
import { writeFolder } from '../../src/support/output.js';
import { random } from '../../src/support/rng.js';
import { joinBytes, portBytes, splitPorts } from '../../src/verify/artifact.js';
import { randomInputs } from '../../src/verify/golden.js';
import { buildHost } from '../../src/verify/host.js';
import { versionOf } from '../../src/verify/toolchain.js';
import { workFolder } from '../support/folder.js';
import { floatSets, int8Sets } from '../support/golden.js';
import { hasShared, shared } from '../support/shared.js';

const folder = workFolder();
afterAll(folder.dispose);

const all: readonly string[] = hasShared
  ? (JSON.parse(readFileSync(shared('models/MODELS.json'), 'utf8')) as { file: string }[]).map(({ file }) =>
      file.replace('models/', ''),
    )
  : [];

/** Compiled and run by other tests on many more samples, against outside judges or as streams. */
const elsewhere = new Set(
  [...int8Sets.map((s) => s.model), ...floatSets.map((s) => s.model), 'mww_v2_okay_nabu', 'mww_v2_vad'].map(
    (model) => `tflite/${model}.tflite`,
  ),
);

/** What cannot be compiled, with the code of the message. There may be three. */
const unsupported: Readonly<Record<string, string>> = {};

const pathOf = (file: string): string => shared(`models/${file}${file.startsWith('tfjs/') ? '/model.json' : ''}`);

interface Built {
  readonly source: Graph;
  readonly macs: number;
  run(samples: readonly (readonly TensorData[])[]): TensorData[][];
  dispose(): void;
}

/** Compiles a model for this computer and builds it without optimisation, which is soonest done. */
async function build(file: string): Promise<Built> {
  const { source, report, files } = await compile(pathOf(file), { name: 'm', vectors: 1, html: false });
  const dir = folder.path(file.replaceAll('/', '_'));
  writeFolder(dir, files);
  const { artifact } = report;
  const runner = buildHost(dir, artifact, { cc: 'gcc', flags: ['-O0'] });
  return {
    ...{ source, macs: report.totals.macs, dispose: () => runner.dispose() },
    run(samples) {
      const output = runner.run(joinBytes(samples.flat()));
      const size = portBytes(artifact.outputs);
      return samples.map((_, i) => splitPorts(artifact.outputs, output.subarray(i * size, (i + 1) * size)));
    },
  };
}

const done = new Map<string, Promise<Built>>();
afterAll(async () => {
  for (const built of done.values()) await built.then(({ dispose }) => dispose()).catch(() => undefined);
});

/** Each model is built once. */
function built(file: string): Promise<Built> {
  const result = done.get(file) ?? build(file);
  done.set(file, result);
  return result;
}

/** Greatest difference over the size of the values; infinite where integers differ or floats are none. */
function apart(a: TensorData, b: TensorData): number {
  expect(a).toHaveLength(b.length);
  if (!(b instanceof Float32Array)) return a.every((v, i) => v === b[i]) ? 0 : Number.POSITIVE_INFINITY;
  const size = b.reduce((most, v) => Math.max(most, Math.abs(v)), 1e-6);
  const worst = b.reduce((most, v, i) => Math.max(most, Math.abs(v - a[i]!)), 0);
  return a.every(Number.isFinite) ? worst / size : Number.POSITIVE_INFINITY;
}

describe.skipIf(!hasShared)('which models', () => {
  test('all files are in the list, and no more than three are not supported', () => {
    const files = ['tflite', 'onnx', 'keras', 'tfjs'].flatMap((kind) =>
      readdirSync(shared(`models/${kind}`)).map((name) => `${kind}/${name}`),
    );
    expect([...all].sort()).toEqual(files.sort());
    expect(Object.keys(unsupported).length).toBeLessThanOrEqual(3);
    expect([...elsewhere].filter((file) => !all.includes(file))).toEqual([]);
  });

  test.each(Object.entries(unsupported))('%s says what it lacks', async (file, code) => {
    await expect(compile(pathOf(file))).rejects.toMatchObject({ code });
  });
});

describe.skipIf(!hasShared || !versionOf('gcc'))('emitted C equals the reference', () => {
  const here = all.filter((file) => !elsewhere.has(file) && !(file in unsupported));
  test.each(here)('%s', { timeout: 60_000 }, async (file) => {
    const { source, run, macs } = await built(file);
    const samples = randomInputs(source, macs < 5e6 ? 2 : 1, 5);
    const reference = stream(source);
    const got = run(samples);
    samples.forEach((sample, i) => {
      reference(sample).forEach((y, k) => {
        expect(apart(got[i]![k]!, y)).toBeLessThanOrEqual(1e-5);
      });
    });
  });
});

/** One model in several formats: how far the others may be from the first, over the size of its values. */
const twins: readonly { range: readonly [number, number]; files: Readonly<Record<string, number>> }[] = [
  {
    range: [0, 255],
    files: { 'tflite/mlperf_ic_float.tflite': 0, 'onnx/mlperf_ic_float.onnx': 1e-5, 'keras/mlperf_ic.h5': 1e-5 },
  },
  {
    range: [0, 1],
    files: { 'tflite/mlperf_vww_float.tflite': 0, 'onnx/mlperf_vww_float.onnx': 1e-5, 'keras/mlperf_vww.h5': 1e-5 },
  },
  {
    range: [0, 1],
    files: {
      'tflite/mltk_rock_paper_scissors_float.tflite': 0,
      'keras/mltk_rock_paper_scissors.h5': 1e-5,
    },
  },
  { range: [0, 10], files: { 'tflite/oww_embedding_float.tflite': 0, 'onnx/oww_embedding.onnx': 1e-5 } },
  // Weights of 11 bits; then 8 bits of weights and activations.
  {
    range: [-30, 30],
    files: {
      'tflite/mlperf_kws_float.tflite': 0,
      'onnx/mlperf_kws_fp16.onnx': 0.01,
      'onnx/mlperf_kws_qdq.onnx': 0.1,
    },
  },
  { range: [-20, 20], files: { 'onnx/micro_kws_m_fp32.onnx': 0, 'onnx/micro_kws_m_qdq.onnx': 0.1 } },
];

/** The same pixels for an input of channels after channels. */
function laidFor({ shape }: Tensor, x: Float32Array): Float32Array {
  const [, channels = 1, height = 1, width = 1] = shape;
  if (shape.length !== 4 || channels !== 3) return x;
  return x.map((_, i) => x[(i % (height * width)) * channels + Math.floor(i / (height * width))]!);
}

describe.skipIf(!hasShared || !versionOf('gcc'))('one model in several formats', () => {
  test.each(twins)('$files', { timeout: 60_000 }, async ({ range: [low, high], files }) => {
    let first: TensorData | undefined;
    for (const [file, near] of Object.entries(files)) {
      const { source, run } = await built(file);
      const t = source.tensors[source.inputs[0]!]!;
      const next = random(7);
      const x = newData('f32', elements(t.shape)).map(() => low + (high - low) * next()) as Float32Array;
      const [[y]] = run([[laidFor(t, x)]]) as [[TensorData]];
      first ??= y;
      expect(apart(y, first), file).toBeLessThanOrEqual(near);
    }
  });
});
