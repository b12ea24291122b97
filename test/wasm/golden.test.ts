/** Emitted WebAssembly against TensorFlow Lite Micro's outputs. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { compile } from '../../src/compile.js';
import { wasmText } from '../../src/emit/wasm/text.js';
import { writeFolder } from '../../src/support/output.js';
import { loadArtifact } from '../../src/verify/artifact.js';
import { runnableModules, verifyWasm, WasmRunner } from '../../src/verify/wasm.js';
import { workFolder } from '../support/folder.js';
import { floatSets, goldenBytes, inputBytes, int8Sets, modelPath, relativeError } from '../support/golden.js';
import { hasShared, shared } from '../support/shared.js';

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

/** V8 has relaxed SIMD since 11.4; that of Node 20 has it behind a flag, which later ones do not know. */
const relaxedFlag = '--experimental-wasm-relaxed-simd';
const knowsFlag = spawnSync(process.execPath, [relaxedFlag, '-e', '']).status === 0;

/** What the loaders of all float models do in a Node with or without relaxed SIMD; see relaxed.mjs. */
async function inNode(withRelaxed: boolean): Promise<unknown[]> {
  const models = [];
  for (const set of floatSets) {
    const loader = pathToFileURL(join(await compiled(set.model), 'm.js')).href;
    models.push({ loader, input: shared(`golden/${set.input}.bin`), output: folder.path(`${set.model}.out`) });
  }
  const flags = withRelaxed && knowsFlag ? [relaxedFlag] : [];
  const argument = JSON.stringify({ mask: !withRelaxed && !knowsFlag, models });
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, 'test/wasm/relaxed.mjs', argument], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

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

  test('relaxed SIMD: chosen and within 1e-5 of the range where the engine has it', async () => {
    const one = { best: 'relaxed', picked: 'relaxed', asked: 'relaxed', valid: true };
    expect(await inNode(true)).toEqual(floatSets.map(() => one));
    for (const set of floatSets) {
      const wanted = new Float32Array(goldenBytes(set.output).buffer);
      const got = new Float32Array(new Uint8Array(readFileSync(folder.path(`${set.model}.out`))).buffer);
      expect(got).toHaveLength(wanted.length);
      expect([set.name, relativeError(wanted, got) < 1e-5]).toEqual([set.name, true]);
    }
  });

  test('relaxed SIMD: refused by name and not chosen where the engine has none', async () => {
    const message = 'this engine cannot run variant "relaxed"';
    const one = { best: 'simd', picked: 'simd', asked: { name: 'ModelError', code: 'variant', message } };
    // A module without relaxed instructions would be valid in Node 20, too.
    expect(await inNode(false)).toEqual(floatSets.map(() => ({ ...one, valid: !knowsFlag })));
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
