import { describe, expect, test } from 'vitest';
import { pruneModel, subjectOf } from '../../src/compress.js';
import { elements } from '../../src/ir/graph.js';
import { checkGraph } from '../../src/ops/check.js';
import { executeBatch } from '../../src/ops/float/batch.js';
import { graphMacs } from '../../src/ops/macs.js';
import { simplify } from '../../src/passes/index.js';
import { channelMasks, chooseChannels, traceChannels } from '../../src/prune/channels.js';
import { channelGroups } from '../../src/prune/groups.js';
import { layersOf } from '../../src/prune/layers.js';
import { parsePattern } from '../../src/prune/pattern.js';
import { pruneChannels } from '../../src/prune/prune.js';
import { reconstruct } from '../../src/prune/reconstruct.js';
import { Linear } from '../../src/support/linear.js';
import { Problem } from '../../src/support/problem.js';
import { residual, samplesFor } from '../support/float-net.js';

const linear = await Linear.load();
const graph = residual();
const calibration = samplesFor(graph, 128);

describe('channel groups', () => {
  const groups = channelGroups(graph);
  const node = (name: string) => graph.nodes.find((n) => n.name === name)!;

  test('a skip, its sum, what a depthwise layer makes of it and a concatenation are tied', () => {
    const sum = graph.nodes.find((n) => n.op === 'add')!;
    const depthwise = graph.nodes.find((n) => n.op === 'depthwise_conv2d')!;
    const joined = graph.nodes.find((n) => n.op === 'concatenation')!;
    const group = groups.find((g) => g.members.some((m) => m.tensor === sum.out[0] && m.channel === 3))!;
    const has = (tensor: number) => group.members.some((m) => m.tensor === tensor && m.channel === 3);
    for (const id of [...sum.in, depthwise.out[0]!, joined.out[0]!]) expect(has(id)).toBe(true);
  });

  test('inputs and outputs stay', () => {
    for (const { members } of groups)
      for (const { tensor } of members) {
        expect(graph.inputs).not.toContain(tensor);
        expect(graph.outputs).not.toContain(tensor);
      }
  });

  test('a channel inside a branch is alone', () => {
    const inner = node('conv2d_1').out[0]!;
    expect(groups.filter((g) => g.members.some((m) => m.tensor === inner)).every((g) => g.members.length === 1)).toBe(
      true,
    );
  });
});

describe('removing channels', () => {
  test.each([0.8, 0.5, 0.3])('to %d of the multiply-accumulates: the smaller graph computes the same', (share) => {
    const pruned = pruneChannels(linear, graph, { macs: share }, { calibration });
    const small = simplify(pruned.graph);
    checkGraph(small);
    expect(graphMacs(small)).toBeLessThanOrEqual(share * graphMacs(graph));
    const { inputs } = samplesFor(graph, 5, 42);
    const [a] = executeBatch(linear, pruned.graph, inputs, 5);
    const [b] = executeBatch(linear, small, inputs, 5);
    a!.forEach((v, i) => {
      expect(b![i]).toBeCloseTo(v, 5);
    });
  });

  test.each([2, 4])('channel counts in multiples of %d', (multiple) => {
    const small = simplify(pruneChannels(linear, graph, { macs: 0.5 }, { calibration, multiple }).graph);
    checkGraph(small);
    expect(graphMacs(small)).toBeLessThanOrEqual(0.5 * graphMacs(graph));
    const counts = small.nodes.filter((n) => n.op === 'conv2d').map((n) => small.tensors[n.out[0]!]!.shape[3]!);
    expect(counts.every((n) => n % multiple === 0)).toBe(true);
    expect(
      counts.some((n, i) => n < graph.tensors[graph.nodes.filter((o) => o.op === 'conv2d')[i]!.out[0]!]!.shape[3]!),
    ).toBe(true);
  });

  test('a share of the channels goes', () => {
    const all = channelGroups(graph).length;
    const t = traceChannels(linear, graph, calibration);
    for (const removed of [0.25, 0.5]) expect(chooseChannels(t, { removed }).length).toBe(Math.ceil(removed * all));
  });

  test.each([0, -4, 1.5, 1000, NaN])('multiples of %d are refused', (multiple) => {
    expect(() => pruneChannels(linear, graph, { macs: 0.5 }, { calibration, multiple })).toThrow(/multiples/);
  });

  test('the groups of the ranking lose less than the same number of others', () => {
    const t = traceChannels(linear, graph, calibration);
    const errorOf = (groups: readonly { members: readonly { tensor: number; channel: number }[] }[]) =>
      reconstruct(linear, graph, calibration, channelMasks(graph, groups)).error;
    const rising = [...t.groups].sort((a, b) => a.error - b.error);
    const n = Math.floor(rising.length / 4);
    expect(errorOf(rising.slice(0, n))).toBeLessThan(0.5 * errorOf(rising.slice(-n)));
  });

  test('estimated errors are near what the groups do', () => {
    const t = traceChannels(linear, graph, calibration);
    const chosen = chooseChannels(t, { macs: 0.5 });
    const estimate = chosen.reduce((sum, g) => sum + t.groups.find((o) => o.members === g.members)!.error, 0);
    const { error } = reconstruct(linear, graph, calibration, channelMasks(graph, chosen));
    expect(estimate).toBeGreaterThan(error / 10);
    expect(estimate).toBeLessThan(error * 10);
  });

  test.each([0, -1, 1.5, 50, NaN])('a share of %d is refused', (share) => {
    expect(() => pruneChannels(linear, graph, { macs: share }, { calibration })).toThrow(Problem);
  });

  test('what cannot be reached is said', () => {
    expect(() => pruneChannels(linear, graph, { macs: 0.0001 }, { calibration })).toThrow(/stay, whatever channels go/);
  });

  const { inputs } = samplesFor(graph, 128);
  const size = elements(graph.tensors[graph.inputs[0]!]!.shape);
  const samples = { count: 128, sample: (i: number) => [inputs[0]!.slice(i * size, (i + 1) * size)] };

  test.each([
    ['both goals', { channels: 0.5, channelSparsity: 0.5 }, 'options-contradict'],
    ['all channels', { channelSparsity: 1 }, 'sparsity-all'],
    ['not a number', { channelSparsity: NaN }, 'sparsity-range'],
    ['multiples of 0', { channelSparsity: 0.5, channelMultiple: 0 }, 'multiple-range'],
  ])('%s: a clear word', async (_, options, code) => {
    const error = await pruneModel(graph, samples, options).catch((e) => e);
    expect(error).toBeInstanceOf(Problem);
    expect(error.code).toBe(code);
  });

  test('int8: channels in multiples of 4 leave no border classes and no constants behind', async () => {
    const { stored } = await subjectOf(graph, samples);
    const stores = (x: Float32Array) => {
      const { scale, zero } = stored.tensors[stored.inputs[0]!]!.quant!;
      return Int8Array.from(x, (v) => Math.max(-128, Math.min(127, Math.round(v / scale[0]!) + zero[0]!)));
    };
    const int8 = { count: 128, sample: (i: number) => [stores(samples.sample(i)[0]!)] };
    const options = { channelSparsity: 0.4, channelMultiple: 4 };
    const thin = (await pruneModel(stored, int8, options)).graph;
    for (const n of thin.nodes) if (n.op === 'conv2d') expect(thin.tensors[n.out[0]!]!.shape[3]! % 4).toBe(0);
    expect(graphMacs(thin)).toBeLessThan(0.75 * graphMacs(stored));
    const both = await pruneModel(stored, int8, { ...options, sparsity: 0.5, pattern: parsePattern('1x4') });
    expect(both.sparsity).toBeGreaterThan(0.45);
    const result = simplify(both.graph);
    checkGraph(result);
    for (const node of result.nodes) expect('border' in node.attr ? node.attr.border : undefined).toBeUndefined();
  });

  test('channels, then blocks, to int8', async () => {
    const result = await pruneModel(graph, samples, {
      channels: 0.6,
      sparsity: 0.5,
      pattern: { kind: 'block', rows: 1, cols: 4 },
    });
    checkGraph(result.graph);
    expect(graphMacs(result.graph)).toBeLessThanOrEqual(0.6 * graphMacs(graph));
    expect(result.sparsity).toBeGreaterThan(0.45);
    expect(result.graph.tensors[result.graph.inputs[0]!]!.type).toBe('s8');
  });
});

test('a channel that loses all its weights gives 0 and leaves no border class', () => {
  const layers = layersOf(graph);
  const inner = layers.find((l) => l.name === 'conv2d_1')!;
  const masks = new Map(layers.map((l) => [l.name, new Uint8Array(l.weights.length).fill(1)]));
  masks.get(inner.name)!.fill(0, 2 * inner.depth, 3 * inner.depth);
  const pruned = reconstruct(linear, graph, calibration, masks).graph;
  expect(pruned.tensors[pruned.nodes[inner.index]!.in[2]!]!.data![2]).toBe(0);
  const small = simplify(pruned);
  expect(small.tensors[small.nodes[inner.index]!.out[0]!]!.shape[3]).toBe(7);
  expect(small.nodes.some((n) => 'border' in n.attr && n.attr.border)).toBe(false);
});
