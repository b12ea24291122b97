import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { compileBytes } from '../../src/compile.js';
import { writeFolder } from '../../src/support/output.js';
import { Problem } from '../../src/support/problem.js';
import { integer, random } from '../../src/support/rng.js';
import { verifyHost } from '../../src/verify/verify.js';
import { workFolder } from '../support/folder.js';
import { hasShared, shared } from '../support/shared.js';

const folder = workFolder();
afterAll(folder.dispose);

const models = ['hello_world_int8', 'mltk_magic_wand_int8', 'mlperf_sww_int8', 'sine_float', 'mltk_fingerprint_int8'];
const sanitizers = ['-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];

/** A real model with a few bytes overwritten: weights, scales, shapes, anything. */
function damaged(model: string, next: () => number): Uint8Array {
  const bytes = new Uint8Array(readFileSync(shared(`models/tflite/${model}.tflite`)));
  for (let n = integer(next, 2, 7); n > 0; n--) bytes[integer(next, 0, bytes.length - 1)] = integer(next, 0, 255);
  return bytes;
}

describe.skipIf(!hasShared)('damaged models', () => {
  test('compile, or are refused with a Problem', async () => {
    const next = random(7);
    let compiled = 0;
    for (let i = 0; i < 500; i++) {
      const model = models[i % models.length]!;
      try {
        await compileBytes(damaged(model, next), `${model}.tflite`, { vectors: 1 });
        compiled++;
      } catch (error) {
        expect(error, `round ${i}, ${model}: ${(error as Error).stack}`).toBeInstanceOf(Problem);
      }
    }
    expect(compiled).toBeGreaterThan(50);
  });

  test('those that compile give exact C, clean under sanitizers', async () => {
    const next = random(9);
    for (let built = 0; built < 20; ) {
      const model = models[integer(next, 0, models.length - 1)]!;
      const result = await compileBytes(damaged(model, next), `${model}.tflite`, { name: 'm', html: false }).catch(
        () => undefined,
      );
      if (!result) continue;
      writeFolder(folder.path('m'), result.files);
      expect(verifyHost(folder.path('m'), { flags: sanitizers }), model).toMatchObject({ mismatches: 0 });
      built++;
    }
  });
});
