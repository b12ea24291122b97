import { describe, expect, test } from 'vitest';
import { type CompileOptions, compile } from '../../src/compile.js';
import { readLabels, readSamples } from '../../src/data/open.js';

const example = 'examples/keyword-spotting';
const samples = await readSamples(`${example}/samples.npy.gz`);
const labels = await readLabels(`${example}/labels.npy.gz`);
const data = (count: number) => ({
  count,
  sample: (i: number) => [Int8Array.from(samples.at(i))],
});
const run = (o: CompileOptions) =>
  compile(`${example}/kws.tflite`, { target: 'cortex-m4', prune: { samples: data(64) }, ...o });

describe('a budget', () => {
  test('flash, RAM and time together are kept, and told', async () => {
    const fit = { flash: 36_000, ram: 12_000, cycles: 3_900_000 };
    const { report, plan } = await run({ fit, prune: { samples: data(64), pattern: 'unstructured' } });
    const { flash, ram, cycles } = report.totals;
    expect(flash.weights + flash.codeEstimated!).toBeLessThanOrEqual(fit.flash);
    expect(ram.arena + plan.target.stackBytes).toBeLessThanOrEqual(fit.ram);
    expect(cycles.estimated!).toBeLessThanOrEqual(fit.cycles);
    expect(report.options.optimizeRam).toBe(true);
    expect(report.pruning!.sparsity).toBeGreaterThan(0.3);
  });

  test('one that the model keeps anyway leaves it alone', async () => {
    const { report } = await run({ fit: { flash: 64_000 } });
    expect(report.pruning).toBeNull();
  });

  test.each([
    ['flash', { flash: 9_000 }, 'budget-flash', /the least possible is [\d,]+ bytes of flash$/],
    ['time', { cycles: 200_000 }, 'budget-latency', /the least possible is about [\d,]+ cycles$/],
    ['both', { flash: 9_000, cycles: 200_000 }, 'budget-both', /bytes of flash and about [\d,]+ cycles$/],
  ])('%s out of reach: what the least is', async (_, fit, code, message) => {
    const prune = { samples: data(64), pattern: 'unstructured' };
    await expect(run({ fit, prune })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      exitCode: 1,
    });
  });
});

describe('--max-drop', () => {
  const labelled = { ...data(100), labels: labels.slice(0, 100) };
  const prune = { sparsity: 0.9, pattern: 'unstructured' };

  test('too much is lost: by how much, exit code 1', async () => {
    await expect(run({ prune, labelled, maxDrop: 1 })).rejects.toMatchObject({
      code: 'accuracy-drop',
      exitCode: 1,
      message: expect.stringMatching(
        /loses [\d.]+ points of accuracy \([\d.]+ -> [\d.]+ % on 100 samples\), 1 are allowed/,
      ),
    });
  });

  test('no labels', async () => {
    await expect(run({ prune, maxDrop: 1 })).rejects.toMatchObject({ code: 'option-missing', where: '--max-drop' });
  });
});

describe('zeros that a target makes nothing of', () => {
  const prune = { sparsity: 0.8, pattern: 'unstructured' };

  test('are told, with what would help', async () => {
    const { report } = await run({ prune, target: 'cortex-m55' });
    expect(report.pruning!.warnings.at(-1)).toMatch(/^these zeros save -?\d %.*cortex-m55.*--pattern 1x16/);
  });

  test('not where they save much', async () => {
    const { report } = await run({ prune });
    expect(report.pruning!.before.instructions).toBeGreaterThan(1.5 * report.totals.instructions.estimated!);
    expect(report.pruning!.warnings).toEqual([]);
  });
});
