/** Emitted WebAssembly against TensorFlow Lite Micro's outputs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { compile } from '../../src/compile.js';
import { wasmText } from '../../src/emit/wasm/text.js';
import { writeFolder } from '../../src/support/output.js';
import { loadArtifact } from '../../src/verify/artifact.js';
import { runnableModules, verifyWasm, WasmRunner } from '../../src/verify/wasm.js';
import { workFolder } from '../support/folder.js';
import { floatSets, goldenBytes, inputBytes, int8Sets, modelPath, relativeError } from '../support/golden.js';
import { hasShared } from '../support/shared.js';

const folder = workFolder();
afterAll(folder.dispose);

const done = new Map<string, Promise<string>>();
function compiled(model: string): Promise<string> {
  const make = async () => {
    writeFolder(
      folder.path(model),
      (await compile(modelPath(model), { target: 'wasm', name: 'm', html: false })).files,
    );
    return folder.path(model);
  };
  if (!done.has(model)) done.set(model, make());
  return done.get(model)!;
}

/** Outputs of a module for whole sets, back to back. */
const outputs = (dir: string, file: string, samples: Uint8Array): Uint8Array =>
  new Uint8Array(new WasmRunner(join(dir, file), loadArtifact(dir)).run(samples));

describe.skipIf(!hasShared)('WebAssembly', () => {
  test.each(int8Sets)('$name: $count samples, byte for byte; of the scalar module at most 50', async (set) => {
    const dir = await compiled(set.model);
    const files = runnableModules(dir, loadArtifact(dir));
    expect(files).toEqual(['m.wasm', 'm.scalar.wasm']);
    const [inputs, wanted] = [inputBytes(set), goldenBytes(set.output)];
    // The scalar module takes ten times as long.
    for (const [i, file] of files.entries()) {
      const count = i ? Math.min(set.count, 50) : set.count;
      const got = outputs(dir, file, inputs.subarray(0, (count * inputs.length) / set.count));
      const same = Buffer.compare(got, wanted.subarray(0, (count * wanted.length) / set.count)) === 0;
      expect([file, got.length > 0, same]).toEqual([file, true, true]);
    }
  });

  test.each(floatSets)('$name: within 1e-5 of the range', async (set) => {
    const dir = await compiled(set.model);
    const files = runnableModules(dir, loadArtifact(dir));
    expect(files.slice(-2)).toEqual(['m.wasm', 'm.scalar.wasm']);
    const wanted = new Float32Array(goldenBytes(set.output).buffer);
    for (const file of files) {
      const got = outputs(dir, file, inputBytes(set));
      expect(relativeError(wanted, new Float32Array(got.buffer))).toBeLessThan(1e-5);
    }
  });

  test.each([...new Set([...int8Sets, ...floatSets].map((s) => s.model))])('%s: every layer', async (model) => {
    expect(verifyWasm(await compiled(model))).toMatchObject({ vectors: 4, mismatches: 0 });
  });

  test('is accepted by wabt, as text too', async () => {
    const dir = await compiled('mlperf_kws_int8');
    const text = await wasmText(new Uint8Array(readFileSync(join(dir, 'm.wasm'))));
    expect(text).toContain('(export "run")');
    expect(text).not.toContain('(import');
  });
});
