import { describe, expect, test } from 'vitest';
import type { Graph, Tensor } from '../../src/ir/graph.js';
import { checkGraph } from '../../src/ops/check.js';
import { execute } from '../../src/ops/execute.js';
import { graphMacs } from '../../src/ops/macs.js';
import { passes, simplify } from '../../src/passes/index.js';
import { placesOf } from '../../src/plan/select.js';
import { loadTarget } from '../../src/plan/target.js';
import { randomInputs } from '../../src/verify/golden.js';
import { net, s8 } from '../support/net.js';
import { randomGraph } from '../support/random-graph.js';

const sameOutputs = (a: Graph, b: Graph, seed: number): void => {
  for (const input of randomInputs(a, 3, seed)) expect(execute(b, input)).toEqual(execute(a, input));
};

describe('exact simplification of random graphs', () => {
  const seeds = Array.from({ length: 600 }, (_, i) => i + 1);
  const seen = { smaller: 0, border: 0, folded: 0, widened: 0 };

  test('every pass keeps every output bit and leaves a sound graph', () => {
    for (const seed of seeds) {
      const source = randomGraph(seed);
      checkGraph(source);
      let graph = source;
      for (const { name, pass } of passes) {
        const before = graph.nodes.filter((n) => n.op === 'depthwise_conv2d').length;
        graph = pass(graph);
        if (name === 'widen-depthwise' && graph.nodes.filter((n) => n.op === 'depthwise_conv2d').length < before)
          seen.widened++;
        try {
          checkGraph(graph);
          sameOutputs(source, graph, seed);
        } catch (error) {
          throw new Error(`seed ${seed}, after ${name}: ${(error as Error).message}`);
        }
      }
      if (graphMacs(graph) < graphMacs(source)) seen.smaller++;
      if (graph.nodes.some((n) => 'border' in n.attr && n.attr.border)) seen.border++;
      if (graph.nodes.length < source.nodes.length) seen.folded++;
    }
  });

  test('the graphs exercise what they should', () => {
    expect(seen.smaller).toBeGreaterThan(200);
    expect(seen.border).toBeGreaterThan(20);
    expect(seen.folded).toBeGreaterThan(100);
    expect(seen.widened).toBeGreaterThan(2);
  });

  test('simplifying twice changes nothing more in the result', () => {
    for (const seed of seeds.slice(0, 100)) {
      const source = randomGraph(seed);
      sameOutputs(source, simplify(simplify(source)), seed);
    }
  });
});

/** conv 1x1 -> depthwise 3x3, SAME padding -> conv 1x1 on 4x4 pixels; so many of 8 channels between are constants. */
function constantsBetween(constants: number): Graph {
  const quant = (scale: number) => ({ scale: [scale], zero: [0] });
  const perChannel = (count: number, axis: number) => ({
    ...{ scale: Array<number>(count).fill(0.02), zero: Array<number>(count).fill(0), axis },
  });
  const data = (name: string, shape: number[]): Tensor => ({ name, shape, type: 's8', quant: quant(0.1) });
  const random = (count: number, seed: number) => Int8Array.from({ length: count }, (_, i) => ((i * seed) % 199) - 99);
  const weights = (name: string, shape: number[], axis: number, values: Int8Array): Tensor => ({
    ...{ name, shape, type: 's8', quant: perChannel(shape[axis]!, axis), data: values },
  });
  const first = random(64, 37).map((w, i) => (Math.floor(i / 8) < constants ? 0 : w || 1));
  const bias = Int32Array.from({ length: 8 }, (_, i) => 1000 + 500 * i);
  const attr = { stride: [1, 1], dilation: [1, 1], act: 'none' } as const;
  return {
    name: 'constants',
    tensors: [
      data('x', [1, 4, 4, 8]),
      weights('w1', [8, 1, 1, 8], 0, first),
      { name: 'b1', shape: [8], type: 's32', data: bias },
      data('a', [1, 4, 4, 8]),
      weights('w2', [1, 3, 3, 8], 3, random(72, 53)),
      data('b', [1, 4, 4, 8]),
      weights('w3', [8, 1, 1, 8], 0, random(64, 71)),
      data('y', [1, 4, 4, 8]),
    ],
    nodes: [
      {
        op: 'conv2d',
        name: 'first',
        from: 'test',
        in: [0, 1, 2],
        out: [3],
        attr: { ...attr, pad: [0, 0, 0, 0], groups: 1 },
      },
      {
        op: 'depthwise_conv2d',
        name: 'deep',
        from: 'test',
        in: [3, 4],
        out: [5],
        attr: { ...attr, pad: [1, 1, 1, 1], multiplier: 1 },
      },
      {
        op: 'conv2d',
        name: 'last',
        from: 'test',
        in: [5, 6],
        out: [7],
        attr: { ...attr, pad: [0, 0, 0, 0], groups: 1 },
      },
    ],
    inputs: [0],
    outputs: [7],
  };
}

describe('constants that differ near the border', () => {
  const simplified = (constants: number) => {
    const source = constantsBetween(constants);
    checkGraph(source);
    const graph = simplify(source);
    sameOutputs(source, graph, constants);
    return { source, graph };
  };
  const hasBorder = (graph: Graph) => graph.nodes.some((n) => 'border' in n.attr && n.attr.border !== undefined);

  test('few of them stay: one bias for all pixels keeps the fast kernels', () => {
    const { source, graph } = simplified(2);
    expect(hasBorder(graph)).toBe(false);
    expect(graphMacs(graph)).toBe(graphMacs(source));
  });

  test('many of them go, and leave a bias per border class', () => {
    const { source, graph } = simplified(6);
    expect(hasBorder(graph)).toBe(true);
    expect(graphMacs(graph)).toBeLessThan(graphMacs(source) / 2);
  });
});

test.each([9, 16, 17, 70])(
  'a concatenation of %i operands becomes several of eight at most, an activation at the end',
  (count) => {
    const n = net();
    const parts = Array.from({ length: count }, (_, i) => n.add(s8([2, 1 + (i % 3)], 0.1, -5)));
    const width = parts.reduce((sum, id) => sum + n.tensors[id]!.shape[1]!, 0);
    const joined = n.node('concatenation', { axis: 1, act: 'relu' }, parts, s8([2, width], 0.1, -5));
    const graph = n.graph(joined);
    const result = simplify(graph);
    checkGraph(result);
    expect(Math.max(...result.nodes.map((node) => node.in.length))).toBeLessThanOrEqual(8);
    expect(result.nodes.at(-1)).toMatchObject({ op: 'relu', attr: { act: 'relu' } });
    sameOutputs(graph, result, count);
    expect(() => placesOf(result, loadTarget('cortex-m0'), 'm')).not.toThrow();
  },
);

test.each(['f32', 's8'] as const)('a depthwise convolution of one channel of %s becomes a convolution', (type) => {
  const n = net();
  const isFloat = type === 'f32';
  const scales = { scale: [0.01, 0.02, 0.03, 0.04], zero: [0, 0, 0, 0], axis: 3 };
  const quant = isFloat ? {} : { quant: { scale: [0.1], zero: [3] } };
  const x = n.add({ shape: [1, 6, 5, 1], type, ...quant });
  const values = Array.from({ length: 24 }, (_, i) => ((i * 37) % 23) - 11);
  const data = isFloat ? Float32Array.from(values) : Int8Array.from(values);
  const w = n.add({ shape: [1, 3, 2, 4], type, data, ...(isFloat ? {} : { quant: scales }) });
  const out = { shape: [1, 3, 4, 4], type, ...quant };
  const attr = { stride: [2, 1], dilation: [1, 1], pad: [1, 0, 0, 0], multiplier: 4, act: 'relu' } as const;
  const graph = n.graph(n.node('depthwise_conv2d', attr, [x, w], out));
  checkGraph(graph);
  const result = simplify(graph);
  checkGraph(result);
  expect(result.nodes.map((node) => node.op)).toEqual(['conv2d']);
  expect(result.tensors[result.nodes[0]!.in[1]!]).toMatchObject({ shape: [4, 3, 2, 1] });
  sameOutputs(graph, result, 1);
});
