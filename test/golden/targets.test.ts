/** The emitted C on the instruction sets of all targets, under QEMU: every level of optimisation, gcc and clang. */
import { afterAll, describe, expect, test } from 'vitest';
import { compile } from '../../src/compile.js';
import { loadTarget, targetNames } from '../../src/plan/target.js';
import { writeFolder } from '../../src/support/output.js';
import { loadArtifact } from '../../src/verify/artifact.js';
import { buildQemu, qemuTarget, verifyQemu } from '../../src/verify/qemu.js';
import { isInstalled } from '../support/cc.js';
import { workFolder } from '../support/folder.js';
import { floatSets, goldenBytes, inputBytes, int8Sets, modelPath } from '../support/golden.js';
import { hasShared } from '../support/shared.js';

const folder = workFolder();
afterAll(folder.dispose);

const ready = targetNames()
  .map(loadTarget)
  .filter(({ cc, qemu }) => qemu && isInstalled(cc.command) && isInstalled(qemu.command));
const models = [...new Set(int8Sets.map((s) => s.model))];
const levels = ['-O2', '-O3', '-Os'];
const unlimited = { flash: null, ram: null };

/** Compiles once per model and target. */
const done = new Map<string, Promise<string>>();
function compiled(model: string, target: string, vectors: number): Promise<string> {
  const key = `${target}-${model}-${vectors}`;
  const make = async () => {
    writeFolder(folder.path(key), (await compile(modelPath(model), { target, vectors, fit: unlimited })).files);
    return folder.path(key);
  };
  if (!done.has(key)) done.set(key, make());
  return done.get(key)!;
}

describe.skipIf(!hasShared).each(ready.map((t) => t.name))('%s, gcc', (target) => {
  test.each(models.flatMap((model) => levels.map((level) => [model, level] as const)))(
    '%s %s: 32 vectors, every layer',
    async (model, level) => {
      const dir = await compiled(model, target, 32);
      expect(verifyQemu(dir, { flags: [level] })).toEqual({ engine: 'qemu', vectors: 32, mismatches: 0 });
    },
  );

  test.each(floatSets.map((s) => s.model))('%s', async (model) => {
    const dir = await compiled(model, target, 1);
    expect(verifyQemu(dir, { flags: ['-O3'] })).toEqual({ engine: 'qemu', vectors: 1, mismatches: 0 });
  });
});

describe.skipIf(!hasShared || !isInstalled('clang')).each(ready.filter((t) => t.clang).map((t) => t.name))(
  '%s, clang',
  (target) => {
    test.each(models)('%s -O2: 32 vectors, every layer', async (model) => {
      const dir = await compiled(model, target, 32);
      const result = verifyQemu(dir, { cc: 'clang', flags: ['-O2'] });
      expect(result).toEqual({ engine: 'qemu', vectors: 32, mismatches: 0 });
    });
  },
);

describe.skipIf(!hasShared || !ready.some((t) => t.name === 'cortex-m4'))('cortex-m4, whole golden sets', () => {
  test.each(int8Sets)("$name equals TensorFlow Lite Micro's outputs, $count samples", async (set) => {
    const dir = await compiled(set.model, 'cortex-m4', 1);
    const artifact = loadArtifact(dir);
    const runner = buildQemu(dir, artifact, qemuTarget(dir));
    try {
      expect(artifact.outputs).toHaveLength(1);
      expect(Buffer.compare(runner.run(inputBytes(set)), goldenBytes(set.output))).toBe(0);
    } finally {
      runner.dispose();
    }
  });
});
