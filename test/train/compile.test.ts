import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import Ajv from 'ajv/dist/2020.js';
import { afterAll, describe, expect, test } from 'vitest';
import { trainingRequests } from '../../src/cli/finetune.js';
import { compileGraph } from '../../src/compile.js';
import { writeNpy } from '../../src/support/npy.js';
import { train } from '../../src/train/fit.js';
import { uniform } from '../support/float-net.js';
import { workFolder } from '../support/folder.js';
import { network, pictures } from './network.js';

const folder = workFolder();
afterAll(folder.dispose);
const schema = JSON.parse(readFileSync('schema/report.schema.json', 'utf8'));
const validate = new Ajv.default({ strict: false }).compile(schema);
const errorsOf = (report: unknown) => (validate(report) ? [] : validate.errors);

describe('compile', async () => {
  const data = pictures(400);
  const { graph: dense } = await train(network(), network(), {
    ...{ data, epochs: 8, distillation: 0, rate: 0.03, threads: 1 },
  });
  const labelled = (count: number, seed: number) => {
    const set = pictures(count, seed);
    const labels = Array.from({ length: count }, (_, i) => set.label(i) as number);
    return { count, sample: (i: number) => set.inputs(i), labels };
  };
  const origin = { name: 'pictures', sha256: '0'.repeat(64), format: 'graph' };
  const about = { fit: { flash: null, ram: null }, html: false, labelled: labelled(100, 5) };
  const finetune = { data, validation: pictures(60, 4), epochs: 4, threads: 1 };

  test.each([
    ['single weights', { sparsity: 0.7, pattern: 'unstructured' }],
    ['two of four', { pattern: '2:4' }],
    ['channels', { channels: 0.3 }],
  ])('prunes %s, trains, emits int8', async (_, prune) => {
    const { report, plan } = await compileGraph(() => dense, origin, {
      ...{ ...about, finetune },
      prune: { ...prune, samples: labelled(400, 1) },
    });
    expect(errorsOf(report)).toEqual([]);
    expect(report.options.finetune).toBe(4);
    expect(report.finetuning!.epochs).toHaveLength(4);
    expect(report.finetuning!.epochs[report.finetuning!.best - 1]!.validation!.accuracy).toBeGreaterThan(85);
    expect(report.accuracy!.compiled).toBeGreaterThan(report.accuracy!.dense! - 8);
    expect(plan.graph.tensors.some((t) => t.type === 's8' && !t.data)).toBe(true);
    // The first convolution and the depthwise one stay dense, dead channels are gone.
    if ('sparsity' in prune) expect(1 - report.totals.nonzero / report.totals.liveWeights).toBeGreaterThan(0.25);
  });

  test.each([
    ['gradual', { sparsity: 0.7, pattern: 'unstructured' }],
    ['sr-ste', { pattern: '2:4' }],
  ] as const)('zeros come by the schedule %s', async (schedule, prune) => {
    const { report, plan } = await compileGraph(() => dense, origin, {
      ...{ ...about, finetune: { ...finetune, schedule, epochs: 6 } },
      prune: { ...prune, samples: labelled(400, 1) },
    });
    const { training: _, finetuning, totals } = report;
    expect(finetuning!.epochs[finetuning!.best - 1]!.validation!.accuracy).toBeGreaterThan(85);
    expect(1 - totals.nonzero / totals.liveWeights).toBeGreaterThan(0.25);
    if (schedule !== 'sr-ste') return;
    const node = plan.graph.nodes.find((n) => n.op === 'fully_connected')!;
    const w = plan.graph.tensors[node.in[1]!]!;
    for (let i = 0; i + 4 <= w.data!.length; i += 4)
      expect(w.data!.subarray(i, i + 4).filter((v) => v !== 0).length).toBeLessThanOrEqual(2);
  });

  test('sr-ste without n:m is refused', async () => {
    const about = { finetune: { ...finetune, schedule: 'sr-ste' } as const, fit: { flash: null, ram: null } };
    const prune = { sparsity: 0.5, samples: labelled(400, 1) };
    await expect(compileGraph(() => dense, origin, { ...about, prune })).rejects.toMatchObject({
      code: 'train-schedule',
    });
  });

  test('a float model without pruning stays float', async () => {
    const { report, plan } = await compileGraph(() => dense, origin, { ...about, finetune });
    expect(report.pruning).toBeNull();
    expect(report.finetuning!.epochs).toHaveLength(4);
    expect(plan.graph.tensors.every((t) => t.type === 'f32')).toBe(true);
  });

  test('a network that knows nothing is trained first, then pruned, trained again, all in one go', async () => {
    const { report } = await compileGraph(network, origin, {
      ...{ ...about, finetune },
      train: { ...finetune, epochs: 20, rate: 0.03 },
      prune: { sparsity: 0.5, samples: labelled(400, 1) },
    });
    expect(errorsOf(report)).toEqual([]);
    expect(report.training!.epochs).toHaveLength(20);
    expect(report.training!.epochs.at(-1)!.loss).toBeLessThan(0.5 * report.training!.epochs[0]!.loss);
    expect(report.accuracy!.dense).toBeGreaterThan(85);
    expect(report.accuracy!.compiled).toBeGreaterThan(report.accuracy!.dense! - 8);
  });

  test('nothing to learn, or nothing that learns: refused', async () => {
    const train = { ...finetune, data: { count: data.count, inputs: data.inputs } };
    await expect(compileGraph(network, origin, { ...about, train })).rejects.toMatchObject({ code: 'train-labels' });
    const { graph } = await compileGraph(() => dense, origin, { ...about, prune: { samples: labelled(400, 1) } });
    await expect(compileGraph(() => graph, origin, { ...about, train: finetune })).rejects.toMatchObject({
      code: 'train-int8',
    });
  });
});

describe('options', () => {
  const data = { count: 30, inputs: (i: number) => [Float32Array.of(i)], label: (i: number) => i % 3 };
  test('a part of every class is kept apart', () => {
    const { validation, finetune } = trainingRequests({ finetune: 3, seed: 7, flip: true }, data, undefined);
    expect(finetune).toMatchObject({ epochs: 3, seed: 7, augment: { flip: true }, data: { count: 27 } });
    expect([0, 1, 2].map((i) => validation.label!(i)).sort()).toEqual([0, 1, 2]);
    const half = trainingRequests({ finetune: 3, seed: 7, validationSplit: 0.5 }, data, undefined);
    expect(half.validation.count).toBe(15);
    expect(() => trainingRequests({ finetune: 3, seed: 7, validationSplit: 2 }, data, undefined)).toThrow(/2 is not a/);
  });
  test('samples for validation leave all others to learn from', () => {
    const options = { train: 9, finetune: 3, seed: 1, rate: 0.01, checkpoint: 'x' };
    const { train, finetune } = trainingRequests(options, data, { ...data, count: 5 });
    expect(finetune).toMatchObject({ data, validation: { count: 5 }, rate: 0.01, epochs: 3, checkpoint: 'x' });
    expect(train).toMatchObject({ data, validation: { count: 5 }, epochs: 9, checkpoint: 'x.train' });
    expect(train!.rate).toBeUndefined();
  });
  test('the function of a configuration file changes copies of samples', () => {
    const augment = ([x]: Float32Array[], random: () => number) => [x!.fill(random())];
    const { change } = trainingRequests({ finetune: 3, seed: 1, augment }, data, undefined).finetune!.augment!;
    const given = [Float32Array.of(7)];
    expect(change!(given, [[1]], () => 0.25)).toEqual([Float32Array.of(0.25)]);
    expect(given).toEqual([Float32Array.of(7)]);
  });
});

test('the command trains a model of a file and goes on from its checkpoint', () => {
  const count = 40;
  const values = Int8Array.from(uniform(count * 490, 3), (v) => Math.round(100 * v));
  writeFileSync(folder.path('x.npy'), writeNpy(values, [count, 49, 10, 1]));
  writeFileSync(
    folder.path('y.npy'),
    writeNpy(
      Int32Array.from({ length: count }, (_, i) => i % 12),
      [count],
    ),
  );
  const run = (...more: string[]) =>
    spawnSync(
      process.execPath,
      [
        ...[resolve('bin/espalier.js'), 'compile', 'examples/keyword-spotting/kws.tflite', '--out', folder.path('out')],
        ...['--data', folder.path('x.npy'), '--labels', folder.path('y.npy'), '--json', ...more],
      ],
      { encoding: 'utf8' },
    );
  const options = ['--finetune', '1', '--checkpoint', folder.path('state'), '--shift', '1', '--threads', '2'];
  const first = run(...options);
  expect(first.stderr).toBe('');
  const report = JSON.parse(first.stdout);
  expect(errorsOf(report)).toEqual([]);
  expect(report.finetuning).toMatchObject({ best: 1, epochs: [{ epoch: 1 }] });
  expect(report.accuracy.samples).toBe(4);
  expect(existsSync(folder.path('state'))).toBe(true);
  expect(JSON.parse(run(...options).stdout)).toEqual(report);
  const other = run(...options, '--rate', '0.001');
  expect(other.status).toBe(2);
  expect(other.stderr).toMatch(/state: this checkpoint belongs to a training with other options/);
  expect(run('--validation-labels', 'y.npy').stderr).toMatch(/labels need samples/);
});
