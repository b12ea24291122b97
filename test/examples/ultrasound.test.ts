import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { prepare, usual } from '../../examples/ultrasound/prepare.mjs';
import { loadConfig } from '../../src/config/load.js';
import type { Graph } from '../../src/ir/graph.js';
import { checkGraph } from '../../src/ops/check.js';
import { readNpy } from '../../src/support/npy.js';
import { workFolder } from '../support/folder.js';
import { hasShared } from '../support/shared.js';

const folder = workFolder();
afterAll(folder.dispose);

const config = await loadConfig('examples/ultrasound/espalier.config.mjs');
const model = config.model as Graph;

test('the network is a graph from pictures of 64x64 to three classes', () => {
  checkGraph(model);
  expect(model.tensors[model.inputs[0]!]!.shape).toEqual([1, 64, 64, 1]);
  expect(model.tensors[model.outputs[0]!]!.shape).toEqual([1, 3]);
});

test('without pictures nothing is written', async () => {
  expect(await prepare(folder.path('none'), folder.path('out'))).toBeUndefined();
});

describe.skipIf(!hasShared)('the pictures', () => {
  test('are split as given, every one once', async () => {
    const counts = (await prepare(usual, folder.path('busi')))!;
    const both = counts.train.map((n, c) => n + counts.test[c]!);
    expect(both).toEqual([133, 437, 210]);
    for (const part of ['train', 'test'] as const) {
      const read = (name: string) => readNpy(new Uint8Array(readFileSync(folder.path('busi', name))), name);
      const count = counts[part].reduce((a, b) => a + b);
      expect(read(`${part}-x.npy`)).toMatchObject({ type: 'u8', shape: [count, 64, 64, 1] });
      expect(read(`${part}-y.npy`).shape).toEqual([count]);
    }
  });

  test('one command trains, prunes, trains again and measures', async () => {
    await prepare();
    const about = ['--config', 'examples/ultrasound/espalier.config.mjs', '--out', folder.path('model'), '--json'];
    const run = spawnSync('node', ['bin/espalier.js', 'compile', ...about, '--train', '2', '--finetune', '1'], {
      encoding: 'utf8',
    });
    expect(run.stderr).toBe('');
    const { totals, training, finetuning, accuracy, pruning } = JSON.parse(run.stdout);
    expect(training.epochs).toHaveLength(2);
    expect(finetuning.epochs).toHaveLength(1);
    expect(accuracy.samples).toBe(157);
    expect(accuracy.compiled).toBeGreaterThan(40);
    expect(pruning.sparsity).toBeGreaterThan(0.2);
    expect(totals.flash.weights + totals.flash.codeEstimated).toBeLessThanOrEqual(24 * 1024);
  });
});
