import { describe, expect, test } from 'vitest';
import { withTensors } from '../../src/ir/edit.js';
import { elements, type Graph, type TensorId } from '../../src/ir/graph.js';
import { checkGraph } from '../../src/ops/check.js';
import { execute } from '../../src/ops/execute.js';
import { executeBatch } from '../../src/ops/float/batch.js';
import { hasGradient, Tape } from '../../src/ops/float/gradient.js';
import { Linear } from '../../src/support/linear.js';
import { Builder, residual, samplesFor, uniform } from '../support/float-net.js';

const linear = await Linear.load();

function oneLayer(make: (b: Builder, x: TensorId) => TensorId, shape: readonly number[]): Graph {
  const b = new Builder();
  return b.graph(make(b, b.input(shape)));
}

const graphs: Record<string, Graph> = {
  'padded conv': oneLayer((b, x) => b.conv(x, 5), [1, 7, 5, 3]),
  'strided, dilated conv, uneven padding': oneLayer(
    (b, x) => b.conv(x, 9, { kernel: [3, 2], stride: [2, 1], dilation: [1, 2], pad: [1, 0, 2, 1], act: 'none' }),
    [1, 9, 8, 5],
  ),
  'pointwise conv': oneLayer((b, x) => b.conv(x, 10, { kernel: [1, 1], pad: [0, 0, 0, 0] }), [1, 17, 19, 7]),
  'strided pointwise conv': oneLayer(
    (b, x) => b.conv(x, 8, { kernel: [1, 1], stride: [2, 2], pad: [0, 0, 0, 0] }),
    [1, 5, 6, 4],
  ),
  'fully connected': oneLayer((b, x) => b.dense(x, 11), [1, 13]),
  depthwise: oneLayer((b, x) => b.depthwise(x), [1, 6, 7, 5]),
  'depthwise, multiplier 2, strided': oneLayer((b, x) => b.depthwise(x, 2, { stride: [2, 1] }), [1, 6, 7, 3]),
  'max pool': oneLayer(
    (b, x) =>
      b.node('max_pool2d', { filter: [2, 2], stride: [2, 2], pad: [0, 0, 0, 0], act: 'none' }, [x], [1, 3, 3, 4]),
    [1, 6, 6, 4],
  ),
  'spatial mean': oneLayer((b, x) => b.node('mean', { axes: [1, 2], keepDims: false }, [x], [1, 4]), [1, 6, 6, 4]),
  residual: residual(),
};

describe('float batches', () => {
  test.each(Object.entries(graphs))('%s: every sample as the reference computes it', (_, graph) => {
    checkGraph(graph);
    const { inputs } = samplesFor(graph, 3);
    const size = elements(graph.tensors[graph.inputs[0]!]!.shape);
    const [y] = executeBatch(linear, graph, inputs, 3);
    const width = y!.length / 3;
    for (let s = 0; s < 3; s++) {
      const [want] = execute(graph, [inputs[0]!.slice(s * size, (s + 1) * size)]);
      want!.forEach((v, i) => {
        expect(y![s * width + i]).toBeCloseTo(v, 4);
      });
    }
  });

  test('a bias that depends on the border', () => {
    const plain = graphs['padded conv']!;
    const node = plain.nodes[0]!;
    const border = { rows: [0, 1, 1, 1, 1, 1, 2], cols: [0, 1, 1, 1, 2] };
    const bias = plain.tensors[node.in[2]!]!;
    const graph: Graph = {
      ...withTensors(plain, new Map([[node.in[2]!, { ...bias, shape: [9, 5], data: uniform(45, 3) }]])),
      nodes: [{ ...node, attr: { ...node.attr, border } } as typeof node],
    };
    checkGraph(graph);
    const { inputs } = samplesFor(graph, 1);
    const [y] = executeBatch(linear, graph, inputs, 1);
    execute(graph, inputs)[0]!.forEach((v, i) => {
      expect(y![i]).toBeCloseTo(v, 4);
    });
  });
});

describe('gradients', () => {
  /** sum of outputs times fixed numbers: its gradient with respect to the outputs is those numbers */
  const slope = (i: number) => Math.cos(1 + i);

  test.each(Object.entries(graphs).filter(([, g]) => g.nodes.some((n) => n.in.length === 3)))('%s', (_, graph) => {
    const ends = [graph.nodes.filter((n) => n.op !== 'softmax').at(-1)!.out[0]!];
    const { inputs } = samplesFor(graph, 2);
    expect(graph.nodes.filter((n) => n.op !== 'softmax').every((n) => hasGradient(graph, n))).toBe(true);
    const loss = (g: Graph) =>
      new Tape(linear, g, inputs, 2, ends).at(ends[0]!).reduce((sum, v, i) => sum + v * slope(i), 0);
    const tape = new Tape(linear, graph, inputs, 2, ends);
    const gradients = tape.backward(new Map([[ends[0]!, tape.at(ends[0]!).map((_, i) => slope(i))]]));
    expect(gradients.size).toBe(2 * graph.nodes.filter((n) => n.in.length === 3).length);
    for (const [id, gradient] of gradients) {
      const t = graph.tensors[id]!;
      for (const k of new Set([0, Math.floor(t.data!.length / 2), t.data!.length - 1])) {
        const moved = (by: number) => {
          const data = Float32Array.from(t.data!);
          data[k]! += by;
          return loss(withTensors(graph, new Map([[id, { ...t, data }]])));
        };
        // A small step: few values cross the end of an activation on the way.
        const numeric = (moved(2e-4) - moved(-2e-4)) / 4e-4;
        expect(Math.abs(numeric - gradient[k]!)).toBeLessThan(0.05 + 0.03 * Math.abs(numeric));
      }
    }
  });
});
