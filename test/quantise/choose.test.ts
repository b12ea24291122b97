/** Own quantisation: rules for ranges, equalisation, bias correction, 16 bits, layers left in float. */
import { describe, expect, test } from 'vitest';
import { elements, type Graph } from '../../src/ir/graph.js';
import { checkGraph } from '../../src/ops/check.js';
import { execute } from '../../src/ops/execute.js';
import { executeBatch } from '../../src/ops/float/batch.js';
import { selectKernels } from '../../src/plan/select.js';
import { loadTarget } from '../../src/plan/target.js';
import { chooseSettings, plainSettings, type QuantiseSettings, quantiseAs } from '../../src/quantise/choose.js';
import { corrected } from '../../src/quantise/correct.js';
import { equalised } from '../../src/quantise/equalise.js';
import { histogramOf, leastDivergence, leastSquares } from '../../src/quantise/histogram.js';
import { Judge } from '../../src/quantise/judge.js';
import { noiseOf } from '../../src/quantise/noise.js';
import { quantiseGraph } from '../../src/quantise/quantise.js';
import { minMax, rangesBy } from '../../src/quantise/ranges.js';
import { Linear } from '../../src/support/linear.js';
import { uneven } from './uneven.js';

const linear = await Linear.load();
const { graph, normal } = uneven();
const count = 64;
const samples = { count, inputs: [Float32Array.from({ length: count * 108 }, normal)], warnings: [] };
const judge = new Judge(linear, graph, samples);
const settings = (some: Partial<QuantiseSettings>): QuantiseSettings => ({ ...plainSettings, ...some });
const sqnr = (some: Partial<QuantiseSettings>): number =>
  judge.of(quantiseAs(linear, graph, samples, settings(some)).stored).sqnr;

describe('ranges', () => {
  // A bell curve to the third power: most values are small, a few are far out.
  const data = Float32Array.from({ length: 20000 }, () => normal() ** 3);
  const error = (from: number, to: number): number => {
    const step = (to - from) / 255;
    return data.reduce((sum, v) => {
      const stored = Math.round(Math.min(to, Math.max(from, v)) / step) * step;
      return sum + (v - stored) ** 2;
    }, 0);
  };

  test('squared errors are least where the rule says', () => {
    const h = histogramOf(data, minMax(data));
    const { low, high } = leastSquares(h);
    const own = error(low, high);
    expect(own).toBeLessThan(0.97 * error(h.low, h.high));
    for (const s of [0.8, 1.25]) {
      expect(own).toBeLessThan(1.02 * error(s * low, high));
      expect(own).toBeLessThan(1.02 * error(low, s * high));
    }
  });

  test('the closest distribution leaves out what is rare', () => {
    const bell = Float32Array.from({ length: 20000 }, normal);
    bell[17] = 80;
    const { low, high } = leastDivergence(histogramOf(bell, minMax(bell)));
    expect(low).toBeLessThan(-2.5);
    expect(high).toBeGreaterThan(2.5);
    expect(high).toBeLessThan(60);
  });

  test('every rule gives ranges of every tensor', () => {
    const found = rangesBy(linear, graph, samples, ['minmax', 'percentile', 'mse', 'entropy']);
    for (const ranges of Object.values(found)) {
      expect(ranges.size).toBe(graph.nodes.length + 1);
      for (const { low, high } of ranges.values()) expect(high).toBeGreaterThanOrEqual(low);
    }
  });
});

test('equalisation changes no bit of the float graph, and helps uneven channels', () => {
  const even = equalised(linear, graph, samples);
  expect(even.pairs).toBe(3);
  expect(executeBatch(linear, even.graph, samples.inputs, count)).toEqual(
    executeBatch(linear, graph, samples.inputs, count),
  );
  expect(sqnr({ equalise: true })).toBeGreaterThan(sqnr({}) + 3);
});

test('bias correction brings the mean of every layer back', () => {
  // Ranges of a few samples only, so that rounding shifts means.
  const stored = quantiseGraph(linear, graph, samples, 'percentile');
  const moved = corrected(linear, graph, stored, samples);
  checkGraph(moved);
  const shift = (g: Graph): number => {
    const out = g.nodes.findIndex((n) => n.op === 'conv2d' && n.attr.pad[0] === 0);
    const id = g.nodes[out]!.out[0]!;
    const size = elements(g.tensors[id]!.shape);
    const { scale, zero } = g.tensors[id]!.quant!;
    let sum = 0;
    for (let s = 0; s < count; s++) {
      const x = samples.inputs[0]!.subarray(s * 108, (s + 1) * 108);
      const q = g.tensors[g.inputs[0]!]!.quant!;
      const x8 = Int8Array.from(x, (v) => Math.max(-128, Math.min(127, Math.round(v / q.scale[0]!) + q.zero[0]!)));
      const tapped = { ...g, outputs: [id] };
      const [y] = execute(tapped, [x8]);
      const [real] = execute({ ...graph, outputs: [id] }, [x]);
      for (let i = 0; i < size; i++) sum += (scale[0]! * (y![i]! - zero[0]!) - real![i]!) / (count * size);
    }
    return Math.abs(sum);
  };
  expect(shift(moved)).toBeLessThan(shift(stored));
});

describe('precision', () => {
  test('int16x8: activations of 16 bits, far less noise, kernels for all of it', () => {
    const wide = quantiseAs(linear, graph, samples, settings({ precision: 'int16x8' })).stored;
    checkGraph(wide);
    expect(wide.tensors[wide.inputs[0]!]!.type).toBe('s16');
    expect(() => selectKernels(wide, loadTarget('host'), 'q', 'speed')).not.toThrow();
    const noise = noiseOf(linear, graph, wide, samples);
    const narrow = noiseOf(linear, graph, quantiseGraph(linear, graph, samples), samples);
    for (const [i, { total }] of noise.entries()) expect(total, noise[i]!.node).toBeGreaterThan(narrow[i]!.total);
  });

  test('mixed: layers become float until the noise is low enough', () => {
    const plain = { ranges: 'minmax', equalise: false, correctBias: false } as const;
    const goal = chooseSettings(linear, graph, samples, plain).sqnr! + 1;
    const found = chooseSettings(linear, graph, samples, { ...plain, precision: 'mixed', sqnr: goal });
    expect(found.real.length).toBeGreaterThan(0);
    expect(found.real.length).toBeLessThan(graph.nodes.length);
    expect(found.sqnr).toBeGreaterThanOrEqual(goal);
    const { stored } = quantiseAs(linear, graph, samples, found);
    checkGraph(stored);
    expect(() => selectKernels(stored, loadTarget('host'), 'q', 'speed')).not.toThrow();
    for (const node of stored.nodes.filter((n) => found.real.includes(n.name)))
      expect(node.in.map((id) => stored.tensors[id]!.type)).not.toContain('s8');
  });

  test('what is asked for is taken, what is not said is tried', () => {
    const asked = { ranges: 'entropy', equalise: false, correctBias: true } as const;
    expect(chooseSettings(linear, graph, samples, asked)).toMatchObject(asked);
    const free = chooseSettings(linear, graph, samples);
    expect(free.equalise).toBe(true);
    expect(chooseSettings(linear, graph, samples)).toEqual(free);
  });
});

test('noise of a layer alone is not more than with all before it, by and large', () => {
  const noise = noiseOf(linear, graph, quantiseGraph(linear, graph, samples), samples);
  expect(noise.map((n) => n.node)).toEqual(graph.nodes.map((n) => n.name));
  expect(noise[0]!.own).toBeGreaterThan(noise[0]!.total);
  for (const { own, total } of noise) expect(own).toBeGreaterThan(total - 6);
});
