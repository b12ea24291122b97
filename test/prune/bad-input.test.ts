import { describe, expect, test } from 'vitest';
import { pruneModel, type SubjectOptions, subjectOf } from '../../src/compress.js';
import { elements } from '../../src/ir/graph.js';
import type { SampleSource } from '../../src/ops/float/calibration.js';
import { layersOf } from '../../src/prune/layers.js';
import type { PruneOptions } from '../../src/prune/options.js';
import { parsePattern } from '../../src/prune/pattern.js';
import { Problem } from '../../src/support/problem.js';
import { residual, samplesFor } from '../support/float-net.js';

const graph = residual();
const size = elements(graph.tensors[graph.inputs[0]!]!.shape);
const last = layersOf(graph).at(-1)!.name;

/** Samples after a change of each. */
function samples(count: number, change: (x: Float32Array, i: number) => Float32Array = (x) => x): SampleSource {
  const { inputs } = samplesFor(graph, count);
  return { count, from: 'x.npy', sample: (i) => [change(inputs[0]!.slice(i * size, (i + 1) * size), i)] };
}

type Options = Omit<PruneOptions, 'calibration' | 'storage'> & SubjectOptions;

async function problem(source: SampleSource | undefined, options: Options): Promise<Problem> {
  const error = await pruneModel(graph, source, options).catch((e) => e);
  expect(error).toBeInstanceOf(Problem);
  expect(error.line.length).toBeGreaterThan(20);
  return error;
}

const good = samples(64);

describe('calibration data', () => {
  test.each([
    ['one sample', samples(1), 'calibration-few'],
    ['31 samples', samples(31), 'calibration-few'],
    ['a wrong shape', samples(64, (x) => x.slice(1)), 'calibration-shape'],
    ['NaN', samples(64, (x, i) => (i === 40 ? x.fill(NaN, 3, 4) : x)), 'calibration-not-finite'],
    ['infinity', samples(64, (x, i) => (i === 40 ? x.fill(Infinity, 3, 4) : x)), 'calibration-not-finite'],
    ['numbers without measure', samples(64, (x, i) => (i === 40 ? x.fill(1e30, 3, 4) : x)), 'calibration-range'],
    ['nothing but zeros', samples(64, (x) => x.fill(0)), 'calibration-constant'],
    ['the same sample again and again', samples(64, (x) => x.fill(0.5)), 'calibration-constant'],
    ['no data for a float model', undefined, 'calibration-missing'],
  ])('%s', async (_, source, code) => {
    expect((await problem(source, { sparsity: 0.5 })).code).toBe(code);
  });

  test('integers that an int8 input does not take', async () => {
    const { stored } = await subjectOf(graph, good);
    const bytes: SampleSource = {
      count: 64,
      from: 'x.npy',
      sample: (i) => [Int32Array.from({ length: size }, (_, k) => (i * k) % 256)],
    };
    const error = await pruneModel(stored, bytes, { sparsity: 0.5 }).catch((e) => e);
    expect(error).toBeInstanceOf(Problem);
    expect(error.code).toBe('calibration-range');
    expect(error.line).toContain('-128 to 127');
  });

  test.each([1e9, 1e-9])('samples %d times as large: no NaN, the right share of zeros', async (factor) => {
    const result = await pruneModel(
      graph,
      samples(64, (x) => x.map((v) => v * factor)),
      { sparsity: 0.5 },
    );
    for (const t of result.graph.tensors) expect(t.data?.every(Number.isFinite) ?? true).toBe(true);
    expect(result.sparsity).toBeCloseTo(0.5, 1);
  });

  test('a channel that is always zero makes a singular matrix and no NaN', async () => {
    const result = await pruneModel(
      graph,
      samples(64, (x) => x.map((v, i) => (i % 3 ? v : 0))),
      { sparsity: 0.5 },
    );
    for (const t of result.graph.tensors) expect(t.data?.every(Number.isFinite) ?? true).toBe(true);
  });

  test('names file and sample', async () => {
    const { line } = await problem(
      samples(64, (x, i) => (i === 40 ? x.fill(NaN) : x)),
      { sparsity: 0.5 },
    );
    expect(line).toContain('x.npy');
    expect(line).toContain('sample 40');
  });

  test('few samples are a warning', async () => {
    expect((await pruneModel(graph, samples(32), { sparsity: 0.5 })).warnings.join()).toContain('32');
    expect((await pruneModel(graph, samples(128), { sparsity: 0.5 })).warnings).toEqual([]);
  });

  test('layers that see nothing but zeros are no reason for NaN', async () => {
    // The first layer's activations all vanish when its biases are far below zero.
    const first = graph.nodes[0]!;
    const tensors = graph.tensors.map((t, i) => (i === first.in[2] ? { ...t, data: t.data!.map(() => -1000) } : t));
    const dead = { ...graph, tensors } as typeof graph;
    const result = await pruneModel(dead, good, { sparsity: 0.5 });
    for (const t of result.graph.tensors) expect(t.data?.every(Number.isFinite) ?? true).toBe(true);
  });
});

describe('options', () => {
  test.each<[string, Options, string]>([
    ['all zeros', { sparsity: 1 }, 'sparsity-all'],
    ['a percentage', { sparsity: 80 }, 'sparsity-range'],
    ['a negative share', { sparsity: -0.1 }, 'sparsity-range'],
    ['not a number', { sparsity: NaN }, 'sparsity-range'],
    ['no share', {}, 'sparsity-missing'],
    ['a share and a table', { sparsity: 0.5, table: { [last]: 0.5 } }, 'options-contradict'],
    ['2:4 with 80 %', { sparsity: 0.8, pattern: parsePattern('2:4') }, 'options-contradict'],
    ['LAMP spread evenly', { sparsity: 0.5, method: 'lamp', allocation: 'uniform' }, 'options-contradict'],
    ['an unknown layer', { table: { nothing: 0.5 } }, 'layer-unknown'],
    ['a layer emptied by a table', { table: { [last]: 1 } }, 'sparsity-all'],
    ['a layer all but emptied by a table', { table: { [last]: 0.999 } }, 'layer-emptied'],
    ['a block of 0 columns', { sparsity: 0.5, pattern: { kind: 'block', rows: 4, cols: 0 } }, 'pattern-invalid'],
    ['4:4', { pattern: { kind: 'nm', n: 4, m: 4 } }, 'pattern-invalid'],
  ])('%s', async (_, options, code) => {
    expect((await problem(good, options)).code).toBe(code);
  });

  test.each(['', '4x', '2:4:8', 'blocks', '0x4', '5:4'])('pattern "%s"', (text) => {
    expect(() => parsePattern(text)).toThrow(Problem);
  });

  test('a share of 0 changes nothing but the rounding', async () => {
    const { sparsity, error, layers } = await pruneModel(graph, good, { sparsity: 0 });
    expect(sparsity).toBeLessThan(0.02);
    expect(layers.every((l) => l.zeros - l.zerosBefore < 0.05 * l.weights)).toBe(true);
    expect(error).toBeLessThan(0.02);
  });

  test('a share of 0.99 keeps something of every layer, or says which not', async () => {
    const result = await pruneModel(graph, good, { sparsity: 0.99 }).catch((e) => e);
    if (result instanceof Problem) expect(result.code).toBe('layer-emptied');
    else expect(result.layers.every((l: { zeros: number; weights: number }) => l.zeros < l.weights)).toBe(true);
  });
});
