import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { type CompileOptions, compile } from '../../src/compile.js';
import type { TensorData } from '../../src/ir/graph.js';
import { writeFolder } from '../../src/support/output.js';
import { loadArtifact, portBytes } from '../../src/verify/artifact.js';
import { buildHost } from '../../src/verify/host.js';
import { runHost } from '../../src/verify/run.js';
import { versionOf } from '../../src/verify/toolchain.js';
import { workFolder } from '../support/folder.js';
import {
  floatSets,
  type GoldenSet,
  goldenBytes,
  importGolden,
  inputBytes,
  int8Sets,
  modelPath,
  relativeError,
} from '../support/golden.js';
import { hasShared, shared } from '../support/shared.js';

const folder = workFolder();
afterAll(folder.dispose);

const softmaxInput = async (model: string): Promise<string[]> => {
  const graph = await importGolden(model);
  const softmax = graph.nodes.find((n) => n.op === 'softmax');
  return softmax ? [graph.tensors[softmax.in[0]!]!.name] : [];
};

/** Compiles once per name of options. */
const done = new Map<string, Promise<string>>();
function compiled(set: GoldenSet, kind: string, options: CompileOptions): Promise<string> {
  const key = `${set.model}-${kind}`;
  const make = async () => {
    const { files } = await compile(modelPath(set.model), { vectors: 1, ...options });
    writeFolder(folder.path(key), files);
    return folder.path(key);
  };
  if (!done.has(key)) done.set(key, make());
  return done.get(key)!;
}

/** Bytes of one output over all samples. */
const join = (samples: TensorData[][], output: number): Buffer =>
  Buffer.concat(samples.map((s) => new Uint8Array(s[output]!.buffer, s[output]!.byteOffset, s[output]!.byteLength)));

const builds = ['gcc', 'clang'].flatMap((cc) => ['-O0', '-O2', '-O3', '-Os'].map((level) => ({ cc, level })));

describe.skipIf(!hasShared)('the emitted C equals TensorFlow Lite Micro, all samples and logits', () => {
  for (const { cc, level } of builds)
    describe.skipIf(!versionOf(cc))(`${cc} ${level}`, () => {
      test.each(int8Sets)('$name: $count samples', async (set) => {
        const dir = await compiled(set, 'taps', { tap: await softmaxInput(set.model) });
        const samples = runHost(dir, inputBytes(set), { cc, flags: [level] });
        expect(samples).toHaveLength(set.count);
        expect(join(samples, 0).equals(goldenBytes(set.output))).toBe(true);
        if (set.logits) expect(join(samples, 1).equals(goldenBytes(set.logits))).toBe(true);
      });
    });

  const variants: [string, CompileOptions][] = [
    ['default', {}],
    ['--optimize-ram', { optimizeRam: true }],
    ['--optimize size', { optimize: 'size' }],
    ['--no-simplify', { simplify: false }],
    ['--target cortex-m55 (16-byte alignment)', { target: 'cortex-m55' }],
  ];
  describe.each(variants)('%s, under sanitizers', (kind, options) => {
    test.each(int8Sets)('$name', async (set) => {
      const dir = await compiled(set, kind.replace(/\W+/g, '-'), options);
      const count = Math.min(set.count, 40);
      const size = portBytes(loadArtifact(dir).inputs);
      const flags = ['-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
      const samples = runHost(dir, inputBytes(set).slice(0, count * size), { flags });
      expect(
        join(samples, 0).equals(
          goldenBytes(set.output).subarray(0, count * (goldenBytes(set.output).length / set.count)),
        ),
      ).toBe(true);
    });
  });

  test.each(int8Sets)('$name: full set under sanitizers', async (set) => {
    const dir = await compiled(set, 'default', {});
    const samples = runHost(dir, inputBytes(set), {
      flags: ['-O2', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
    });
    expect(join(samples, 0).equals(goldenBytes(set.output))).toBe(true);
  });
});

describe.skipIf(!hasShared)('layer by layer', () => {
  test.each(['kws', 'ic', 'vww', 'ad', 'sww'])('%s', async (name) => {
    const set = int8Sets.find((s) => s.name === name)!;
    const graph = await importGolden(set.model);
    const layers = graph.nodes.filter((n) => n.op !== 'reshape');
    const last = graph.outputs[0]!;
    const tap = layers.map((n) => graph.tensors[n.out[0]!]!.name).filter((t) => t !== graph.tensors[last]!.name);
    const dir = await compiled(set, 'layers', { tap });
    const artifact = loadArtifact(dir);
    const runner = buildHost(dir, artifact);
    const output = runner.run(inputBytes(set).slice(0, portBytes(artifact.inputs)));
    runner.dispose();
    // Outputs: the model's own first, then the taps in order of execution.
    const own = portBytes(artifact.outputs.slice(0, 1));
    const inOrder = Buffer.concat([output.subarray(own), output.subarray(0, own)]);
    expect(inOrder.equals(readFileSync(shared(`golden/layers/${name}_layers.bin`)))).toBe(true);
  });
});

describe.skipIf(!hasShared)('float models within 1e-5 of the range', () => {
  test.each(floatSets)('$name', async (set) => {
    const dir = await compiled(set, 'default', {});
    for (const flags of [['-O2'], ['-O3'], ['-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all']]) {
      const samples = runHost(dir, inputBytes(set), { flags });
      const got = new Float32Array(new Uint8Array(join(samples, 0)).buffer);
      expect(relativeError(new Float32Array(goldenBytes(set.output).buffer), got)).toBeLessThan(1e-5);
    }
  });
});
