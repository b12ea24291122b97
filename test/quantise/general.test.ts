/** Own quantisation of graphs with the general ops: int8 where ops know it, real values where they do not. */
import { expect, test } from 'vitest';
import { elements, type Graph, type TensorData } from '../../src/ir/graph.js';
import { checkGraph } from '../../src/ops/check.js';
import { execute } from '../../src/ops/execute.js';
import { selectKernels } from '../../src/plan/select.js';
import { loadTarget } from '../../src/plan/target.js';
import { floatTwin } from '../../src/quantise/float-twin.js';
import { quantiseGraph } from '../../src/quantise/quantise.js';
import { Linear } from '../../src/support/linear.js';
import { random } from '../../src/support/rng.js';
import { f32, net } from '../support/net.js';

const linear = await Linear.load();

/** Functions, extremes, slices, a transposed convolution, a position. */
function example(): Graph {
  const n = net();
  const next = random(3);
  const constant = (shape: readonly number[], scale: number) =>
    n.add({ ...f32(shape), data: Float32Array.from({ length: elements(shape) }, () => scale * (2 * next() - 1)) });
  const x = n.add(f32([1, 6, 6, 3]));
  const window = { stride: [1, 1], dilation: [1, 1], pad: [1, 1, 1, 1], act: 'none' } as const;
  const conv = n.node(
    'conv2d',
    { ...window, groups: 1 },
    [x, constant([4, 3, 3, 3], 0.4), constant([4], 0.3)],
    f32([1, 6, 6, 4]),
  );
  const plain = { alpha: 0, beta: 0 };
  const swish = n.node('unary', { fn: 'hard_swish', ...plain }, [conv], f32([1, 6, 6, 4]));
  const half = n.node('strided_slice', { begin: [0, 0, 0, 0], strides: [1, 2, 2, 1] }, [swish], f32([1, 3, 3, 4]));
  const wide = n.node('unary', { fn: 'softplus', ...plain }, [half], f32([1, 3, 3, 4]));
  const ratio = n.node('binary', { fn: 'div' }, [half, wide], f32([1, 3, 3, 4]));
  const most = n.node('binary', { fn: 'maximum' }, [ratio, half], f32([1, 3, 3, 4]));
  const up = { stride: [2, 2], dilation: [1, 1], pad: [0, 0, 0, 0], groups: 1, act: 'none' } as const;
  const big = n.node('transpose_conv', up, [most, constant([2, 2, 2, 4], 0.5), constant([2], 0.1)], f32([1, 6, 6, 2]));
  const top = n.node('reduce', { fn: 'max', axes: [1, 2], keepDims: false }, [big], f32([1, 2]));
  const where = n.node('arg_max', { axis: 1, keepDims: false, last: false }, [top], { type: 's32', shape: [1] });
  return n.graph(big, top, where);
}

const graph = example();
const count = 32;
const next = random(9);
const inputs = [Float32Array.from({ length: count * 108 }, () => 2 * next() - 1)];

const realOf = (t: Graph['tensors'][number], data: TensorData): number[] =>
  Array.from(data, (v) => (t.quant ? t.quant.scale[0]! * (v - t.quant.zero[0]!) : v));

test('int8 comes close to float, and kernels compute it', () => {
  checkGraph(graph);
  const stored = quantiseGraph(linear, graph, { count, inputs, warnings: [] });
  checkGraph(stored);
  expect(stored.nodes.filter((n) => n.op === 'binary' && n.attr.fn === 'div').length).toBe(1);
  expect(stored.tensors[stored.nodes.find((n) => n.op === 'transpose_conv')!.out[0]!]!.type).toBe('s8');
  expect(() => selectKernels(stored, loadTarget('host'), 'q', 'speed')).not.toThrow();
  checkGraph(floatTwin(stored));
  const x = inputs[0]!.subarray(0, 108);
  const q = stored.tensors[stored.inputs[0]!]!;
  const x8 = Int8Array.from(x, (v) =>
    Math.max(-128, Math.min(127, Math.round(v / q.quant!.scale[0]!) + q.quant!.zero[0]!)),
  );
  const [wanted] = execute(graph, [x]);
  const got = realOf(stored.tensors[stored.outputs[0]!]!, execute(stored, [x8])[0]!);
  const noise = got.reduce((sum, v, i) => sum + (v - wanted![i]!) ** 2, 0);
  const signal = got.reduce((sum, _, i) => sum + wanted![i]! ** 2, 0);
  expect(10 * Math.log10(signal / noise)).toBeGreaterThan(25);
});
