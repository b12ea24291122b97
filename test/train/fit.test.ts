import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { splitDataset } from '../../src/data/dataset.js';
import type { Graph } from '../../src/ir/graph.js';
import { maskOf, parametersOf } from '../../src/ops/float/parameters.js';
import { quantiseGraph } from '../../src/quantise/quantise.js';
import { storageOf } from '../../src/quantise/storage.js';
import { Linear } from '../../src/support/linear.js';
import { augmenter, mixed, unlabelled } from '../../src/train/augment.js';
import { train } from '../../src/train/fit.js';
import { type End, judge } from '../../src/train/loss.js';
import { cubic, greatestOf } from '../../src/train/masks.js';
import { uniform } from '../support/float-net.js';
import { network, numbersOf, pictures, recurrent, thinned } from './network.js';

const linear = await Linear.load();
const data = pictures(400);
/** a teacher: the network, trained from its random start */
const { graph: dense, history } = await train(network(), network(), {
  ...{ data, epochs: 12, distillation: 0, threads: 1 },
  rate: 0.03, // a fresh network takes larger steps than one that was trained
});
const start = thinned(dense, 0.6);
const zeros = (g: Graph) => numbersOf(g).filter((v) => v === 0).length;
const few = { data, epochs: 2, threads: 1 } as const;

describe('losses', () => {
  const aim = { size: 3, variance: 2, isClassifier: false };
  const end = (kind: End['kind'], size = 3): End => ({ id: 0, taught: 0, size, kind, beta: 1.5, weight: 2, aim });
  const spec = { ends: [], distillation: 0.4, temperature: 2 };
  test.each([
    ['classes', end('classes'), Float32Array.of(0, 2, 1)],
    ['binary', end('binary', 1), Float32Array.from({ length: 9 }, (_, i) => i % 2)],
    ['values', end('values'), uniform(9, 4)],
    ['teacher', end('teacher'), undefined],
    ['hint', end('hint'), undefined],
    ['classes', end('classes'), Float32Array.of(0, unlabelled, 1)],
  ] as const)('the gradient of %s is that of the loss', (_, e, labels) => {
    const [z, teacher] = [uniform(9, 1).map((v) => 2 * v), uniform(9, 2).map((v) => 2 * v)];
    const { gradient } = judge(e, spec, z, labels, teacher);
    gradient.forEach((g, i) => {
      const at = (d: number) =>
        judge(
          e,
          spec,
          z.map((v, k) => (k === i ? v + d : v)),
          labels,
          teacher,
        ).loss;
      expect(g).toBeCloseTo((at(0.01) - at(-0.01)) / 0.02, 3);
    });
  });
  test('right answers are counted', () => {
    const z = Float32Array.of(3, 1, 0, 0, 1, 5);
    expect(judge(end('classes'), spec, z, Float32Array.of(0, 1)).right).toBe(1);
    expect(judge(end('binary', 1), spec, Float32Array.of(-1, 2), Float32Array.of(0, 1)).right).toBe(2);
  });
});

describe('training', () => {
  test('a network learns from its random start', () => {
    expect(history).toHaveLength(12);
    expect(history.at(-1)!.validation!.accuracy).toBeGreaterThan(85);
    expect(history.at(-1)!.loss).toBeLessThan(0.5 * history[0]!.loss);
  });

  test('recurrent cells learn', async () => {
    const graph = recurrent();
    const { history, graph: trained } = await train(graph, graph, {
      ...{ data, epochs: 10, distillation: 0, rate: 0.05, threads: 1 },
    });
    expect(history.at(-1)!.validation!.accuracy).toBeGreaterThan(85);
    for (const node of trained.nodes.filter((n) => n.op === 'lstm' || n.op === 'gru'))
      for (const id of node.in.slice(1)) expect(trained.tensors[id]!.data).not.toEqual(graph.tensors[id]!.data);
  });

  test.each(['adam', 'sgd'] as const)('what was pruned gets better and zeros stay, by %s', async (optimiser) => {
    const { graph, history } = await train(dense, start, { ...few, epochs: 6, optimiser });
    expect(history.at(-1)!.validation!.loss).toBeLessThan(0.7 * (await lossOf(start)));
    const [before, after] = [numbersOf(start), numbersOf(graph)];
    expect(before.every((v, i) => v !== 0 || after[i] === 0)).toBe(true);
    expect(zeros(graph)).toBe(zeros(start));
  });

  /** on the samples kept apart, of a graph that hardly moves */
  const lossOf = async (g: Graph) =>
    (await train(dense, g, { ...few, epochs: 1, rate: 1e-9 })).history[0]!.validation!.loss;

  test('without labels it follows the dense model', async () => {
    const { label: _, ...unlabelled } = data;
    const { history } = await train(dense, start, { ...few, data: unlabelled, epochs: 4 });
    expect(history[0]!.accuracy).toBeNull();
    expect(history[3]!.validation!.loss).toBeLessThan(0.8 * history[0]!.validation!.loss);
  });

  test('samples mixed with others teach too', async () => {
    const { history } = await train(dense, start, { ...few, epochs: 4, augment: { mix: 1 } });
    expect(history[0]!.accuracy).toBeNull();
    expect(history[3]!.validation!.loss).toBeLessThan(0.8 * (await lossOf(start)));
  });

  test('values are learnt by their squares', async () => {
    const graph = { ...network(), outputs: [network().nodes.at(-1)!.in[0]!] };
    const values = { ...data, label: (i: number) => Float32Array.of(0.5, data.inputs(i)[0]![0]!, -1) };
    const { history } = await train(graph, graph, { ...few, data: values, epochs: 6, distillation: 0, rate: 0.03 });
    expect(history[5]!.loss).toBeLessThan(0.5 * history[0]!.loss);
  });

  test('the number of threads changes no bit', async () => {
    const one = await train(dense, start, few);
    const two = await train(dense, start, { ...few, threads: 3 });
    expect(numbersOf(two.graph)).toEqual(numbersOf(one.graph));
    expect(two.history).toEqual(one.history);
    const other = await train(dense, start, { ...few, seed: 2 });
    expect(numbersOf(other.graph)).not.toEqual(numbersOf(one.graph));
  });

  test('rounded epochs end on what int8 stores', async () => {
    const inputs = [new Float32Array(64 * 72)];
    for (let i = 0; i < 64; i++) inputs[0]!.set(data.inputs(i)[0]!, i * 72);
    const storage = storageOf(linear, quantiseGraph(linear, dense, { count: 64, inputs, warnings: [] }));
    const { graph, history } = await train(dense, start, { ...few, epochs: 4, storage, roundedEpochs: 2 });
    const node = graph.nodes[0]!;
    const w = graph.tensors[node.in[1]!]!.data as Float32Array;
    expect(w).toEqual(storage.weights(node, w.slice()));
    expect(history[3]!.validation!.accuracy).toBeGreaterThan(80);
  });

  test('early stop, and the best epoch is kept', async () => {
    const { history, best } = await train(dense, dense, { ...few, epochs: 30, rate: 0.3, patience: 2 });
    expect(history.length).toBeLessThan(30);
    const losses = history.map((h) => h.validation!.loss);
    expect(best).toBe(losses.indexOf(Math.min(...losses)) + 1);
    expect(history.length - best).toBe(2);
  });

  test('a loss that is no number stops with advice', async () => {
    const tensors = dense.tensors.map((t) => (t.data ? { ...t, data: t.data.map((v) => v * 1e25) } : t));
    const huge = { ...dense, tensors } as Graph;
    await expect(train(dense, huge, few)).rejects.toMatchObject({
      code: 'loss-not-finite',
      hint: expect.stringMatching(/lower rate/),
    });
  });

  test.each([
    ['data-few', { data: pictures(5) }],
    ['data-labels', { data: { ...data, label: () => 3 } }],
    ['data-shape', { data: { ...data, inputs: () => [new Float32Array(71)] } }],
    ['data-not-finite', { data: { ...data, inputs: () => [new Float32Array(72).fill(Number.NaN)] } }],
    ['train-option', { epochs: 0 }],
    ['train-option', { distillation: 2 }],
    ['option-invalid', { validation: 1 }],
    ['train-option', { distillation: 0, augment: { mix: 0.5 } }],
  ])('%s', async (code, wrong) => {
    await expect(train(dense, start, { ...few, ...wrong })).rejects.toMatchObject({ code });
  });

  test('an op without a gradient is named', async () => {
    const last = dense.nodes.at(-1)!;
    const odd = { ...dense, nodes: [...dense.nodes.slice(0, -2), { ...dense.nodes.at(-2)!, op: 'quantize' }, last] };
    await expect(train(dense, odd as Graph, few)).rejects.toMatchObject({
      code: 'no-gradient',
      where: expect.stringMatching(/op #/),
    });
  });
});

describe('masks', () => {
  test('the cubic begins steep and ends flat', () => {
    expect([0, 0.5, 1, 2].map(cubic)).toEqual([0, 0.875, 1, 1]);
  });

  test.each(['magnitude', 'goal'] as const)('gradual, by %s, ends with the zeros of the goal', async (by) => {
    const goal = thinned(dense, 0.8);
    const masks = { kind: 'gradual', goal, by } as const;
    const { graph } = await train(dense, thinned(dense, 0.3), { ...few, epochs: 4, masks });
    expect(zeros(graph)).toBe(zeros(goal));
    const [last, wanted] = [numbersOf(graph), numbersOf(goal)];
    const isSame = last.every((v, i) => (v === 0) === (wanted[i] === 0));
    expect(isSame).toBe(by === 'goal');
  });

  test('the n largest of m, the tail too', () => {
    const mask = greatestOf(Float32Array.of(1, -3, 2, 0.5, 9, 1, -8, 7, 1, 2), 5, 2, 4);
    expect([...mask]).toEqual([0, 1, 1, 0, 1, 0, 1, 1, 0, 1]);
  });

  test('SR-STE ends with n of m', async () => {
    const masks = { kind: 'sr-ste', goal: start, n: 2, m: 4 } as const;
    const { graph } = await train(dense, start, { ...few, epochs: 3, masks });
    const ids = graph.nodes.filter((n) => n.op === 'conv2d' || n.op === 'fully_connected').map((n) => n.in[1]!);
    for (const p of parametersOf(graph, [graph.nodes.at(-1)!.in[0]!]).filter((p) => ids.includes(p.id))) {
      const depth = p.values.length / graph.tensors[p.id]!.shape[0]!;
      const mask = maskOf(p.values);
      for (let row = 0; row < mask.length; row += depth)
        for (let i = row; i + 4 <= row + depth; i += 4)
          expect(mask.subarray(i, i + 4).reduce((n, v) => n + v, 0)).toBeLessThanOrEqual(2);
    }
  });
});

describe('data', () => {
  test('a share is kept apart, nothing is in both', () => {
    const { train: t, validation: j } = splitDataset(data, 0.1, 3);
    expect([t.count, j.count]).toEqual([360, 40]);
    const all = new Set([t, j].flatMap((s) => Array.from({ length: s.count }, (_, i) => s.inputs(i)[0])));
    expect(all.size).toBe(400);
  });

  test('pictures are mirrored and moved, their edge repeated', () => {
    const x = Float32Array.from({ length: 9 }, (_, i) => i);
    const shape = [[1, 3, 3, 1]];
    const flip = augmenter({ flip: true })!;
    expect([...flip([x], shape, () => 0)[0]!]).toEqual([2, 1, 0, 5, 4, 3, 8, 7, 6]);
    expect(flip([x], shape, () => 0.9)[0]).toBe(x);
    const shift = augmenter({ shift: [0, 1] })!;
    expect([...shift([x], shape, () => 0.99)[0]!]).toEqual([1, 2, 2, 4, 5, 5, 7, 8, 8]);
    const one = { inputs: [x], label: 2 };
    const two = { inputs: [x.map((v) => v + 4)], label: 1 };
    expect(mixed(one, two, 0.25)).toEqual({ inputs: [x.map((v) => v + 3)], label: unlabelled });
    expect(augmenter({})).toBeUndefined();
    const noisy = augmenter({ noise: 0.1 })!([x], shape, () => 0.3)[0]!;
    expect(noisy).not.toEqual(x);
    expect(augmenter({ change: ([y]) => [y!.map((v) => -v)] })!([x], shape, () => 0)[0]![1]).toBe(-1);
  });
});

test('1,000 steps take no more memory than 200', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // Buffers are freed a little after they were collected: the least of several looks counts.
  const taken = { early: Infinity, late: Infinity };
  const share = (done: number) => {
    const step = Math.round(done * 1000);
    if (step % 20 || (step > 200 && step <= 800)) return;
    collect();
    const { arrayBuffers, heapUsed } = process.memoryUsage();
    const when = step > 800 ? 'late' : 'early';
    if (step > 100) taken[when] = Math.min(taken[when], arrayBuffers + heapUsed);
  };
  const progress = { stage: () => undefined, share };
  const eight = { ...pictures(8), count: 8 };
  await train(dense, start, { data: eight, validation: 0, epochs: 1000, batch: 8, threads: 1, progress });
  expect(taken.late - taken.early).toBeLessThan(2 ** 20);
});
