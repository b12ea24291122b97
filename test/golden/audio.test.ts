/** The audio preprocessors of TensorFlow Lite Micro, and the model of words that they are made for. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { compile } from '../../src/compile.js';
import { importModel } from '../../src/importers/index.js';
import type { Graph } from '../../src/ir/graph.js';
import { checkGraph } from '../../src/ops/check.js';
import { execute, stream } from '../../src/ops/execute.js';
import { writeFolder } from '../../src/support/output.js';
import { Problem } from '../../src/support/problem.js';
import { runHost } from '../../src/verify/run.js';
import { isInstalled } from '../support/cc.js';
import { workFolder } from '../support/folder.js';
import { hasShared, shared } from '../support/shared.js';

const folder = workFolder();
afterAll(folder.dispose);

const at = (path: string): string => shared(`suites/tflm/models/${path}`);
const load = async (model: string): Promise<Graph> =>
  importModel(readFileSync(at(`${model}/model.tflite`)), 'model.tflite');

/** Samples of a sound: 16 bits, after a header of 44 bytes. */
function sound(name: string): Int16Array {
  const file = readFileSync(at(`micro_speech_quantized/${name}.wav`));
  expect(file.toString('latin1', 36, 40)).toBe('data');
  const samples = file.subarray(44, 44 + file.readUInt32LE(40));
  return Int16Array.from({ length: samples.length / 2 }, (_, i) => samples.readInt16LE(2 * i));
}

/** Frames of 30 ms, every 20 ms. */
const frames = (samples: Int16Array): Int16Array[] =>
  Array.from({ length: Math.floor((samples.length - 480) / 320) + 1 }, (_, i) => samples.slice(320 * i, 320 * i + 480));

/** What tensorflow/lite/micro/examples/micro_speech/micro_speech_test.cc expects, to the bit. */
const published = {
  no_30ms: [
    126, 103, 124, 102, 124, 102, 123, 100, 118, 97, 118, 100, 118, 98, 121, 100, 121, 98, 117, 91, 96, 74, 54, 87, 100,
    87, 109, 92, 91, 80, 64, 55, 83, 74, 74, 78, 114, 95, 101, 81,
  ],
  yes_30ms: [
    124, 105, 126, 103, 125, 101, 123, 100, 116, 98, 115, 97, 113, 90, 91, 82, 104, 96, 117, 97, 121, 103, 126, 101,
    125, 104, 126, 104, 125, 101, 116, 90, 81, 74, 80, 71, 83, 76, 82, 71,
  ],
};

/**
 * SHA-256 of 196 frames [40] of int16 and of uint32, four sounds in a row without a reset: of what a program gave that calls
 * the functions of signal/src in tflite-micro 90b983c2b3, built with kissfft v130.
 */
const library = [
  'dff33f575410171a9586e48e5c7c94919f2cc02d706f18c6e22e4193595e7206',
  '9bd9b5132a433f9ee44be0b4c2650d8ed0ffbf35b930d207640d8ca160dcf4d7',
];

describe.skipIf(!hasShared)('audio preprocessors', () => {
  test.each(Object.entries(published))('%s: the features of TensorFlow Lite Micro', async (name, features) => {
    const [y] = execute(await load('audio_preprocessor_int8'), frames(sound(name)).slice(0, 1));
    expect(Array.from(y!)).toEqual(features);
  });

  test.each([
    ['silence', 'silence'],
    ['noise', 'silence'],
    ['yes', 'yes'],
    ['no', 'no'],
  ])('%s is taken for %s', async (name, word) => {
    const run = stream(await load('audio_preprocessor_int8'));
    const features = frames(sound(`${name}_1000ms`)).map((frame) => run([frame])[0]!);
    expect(features).toHaveLength(49);
    const [y] = execute(await load('micro_speech_quantized'), [Int8Array.from(features.flatMap((f) => Array.from(f)))]);
    expect(['silence', 'unknown', 'yes', 'no'][y!.indexOf(Math.max(...y!))]).toBe(word);
  });

  test('those of int8 and float differ by what comes behind the logarithm', async () => {
    const [int8, float] = [
      stream(await load('audio_preprocessor_int8')),
      stream(await load('audio_preprocessor_float')),
    ];
    for (const frame of frames(sound('yes_1000ms')).slice(10, 20)) {
      const stored = Array.from(float([frame])[0]!, (v) => Math.trunc((v * 25.6 * 256 + 333) / 666) - 128);
      expect(Array.from(int8([frame])[0]!)).toEqual(stored.map((v) => Math.max(-128, Math.min(127, v))));
    }
  });

  test('what the signal library of TensorFlow Lite Micro gives, logarithms and noise, frame after frame', async () => {
    const graph = await load('audio_preprocessor_int8');
    const wanted = graph.nodes.find((n) => n.op === 'audio_features')!.out;
    const digests = wanted.map(() => createHash('sha256'));
    const run = stream(graph);
    for (const name of ['yes', 'no', 'noise', 'silence'])
      for (const frame of frames(sound(`${name}_1000ms`)))
        run([frame], (id, data) => digests[wanted.indexOf(id)]?.update(data));
    expect(digests.map((d) => d.digest('hex'))).toEqual(library);
  });

  test('damaged options are told of', async () => {
    const good = readFileSync(at('audio_preprocessor_int8/model.tflite'));
    const first = good.indexOf('alternate_one_minus_smoothing');
    const problems = [];
    for (let i = first; i < first + 220; i++) {
      const bytes = Buffer.from(good);
      bytes[i]! ^= 0x5a;
      const result = await importModel(bytes, 'm.tflite').then(checkGraph, (error) => error);
      if (result !== undefined) problems.push(result);
    }
    expect(problems.length).toBeGreaterThan(100);
    expect(problems.filter((p) => !(p instanceof Problem))).toEqual([]);
  });

  describe.skipIf(!isInstalled('gcc'))('the emitted C gives what the reference gives, frame after frame', () => {
    test.each([
      ['audio_preprocessor_int8', {}],
      ['audio_preprocessor_int8', { optimize: 'size' }],
      ['audio_preprocessor_float', {}],
    ] as const)('%s %j', async (model, options) => {
      const dir = folder.path(`${model}-${Object.keys(options)}`);
      const { files } = await compile(at(`${model}/model.tflite`), { vectors: 1, ...options });
      writeFolder(dir, files);
      // Speech, then as loud as can be, -32768 among it.
      const speech = frames(sound('no_1000ms'));
      const all = [
        ...speech,
        ...speech.slice(20, 24).map((f) => f.map((v) => Math.max(-32768, Math.min(32767, 90 * v)))),
      ];
      const run = stream(await load(model));
      const flags = ['-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
      const given = runHost(dir, Int16Array.from(all.flatMap((f) => Array.from(f))), { flags });
      expect(given.map(([y]) => y)).toEqual(all.map((frame) => run([frame])[0]));
    });
  });
});
