import { describe, expect, test } from 'vitest';
import type { Graph, Node } from '../../src/ir/graph.js';
import { checkGraph } from '../../src/ops/check.js';
import { execute, prepare } from '../../src/ops/execute.js';
import { Problem } from '../../src/support/problem.js';
import { f32, net, one, perAxis, quant, s8 } from '../support/net.js';

/** The code of the Problem that `action` throws. */
function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof Problem) return error.code;
    throw error;
  }
  return 'none';
}

const conv = { stride: [1, 1], dilation: [1, 1], pad: [0, 0, 0, 0], groups: 1, act: 'none' } as const;
const w = { ...s8([2, 1, 1, 3]), data: new Int8Array(6), quant: perAxis([1, 1], 0) };
const x = s8([1, 4, 4, 3]);
const y = s8([1, 4, 4, 2]);

describe('checkGraph', () => {
  test('accepts what fits', () => {
    expect(codeOf(() => checkGraph(one('conv2d', conv, [x, w], y)))).toBe('none');
  });

  test.each<[string, string, Graph]>([
    ['recorded shape', 'shape-mismatch', one('conv2d', conv, [x, w], s8([1, 4, 3, 2]))],
    ['operand count', 'op-inputs', one('conv2d', conv, [x], y)],
    ['channel count', 'op-shape', one('conv2d', conv, [s8([1, 4, 4, 5]), w], y)],
    ['rank', 'op-shape', one('conv2d', conv, [s8([4, 4, 3]), w], y)],
    ['a window larger than the image', 'op-shape', one('max_pool2d', { ...conv, filter: [5, 5] }, [x], y)],
    [
      'a pool of padding alone',
      'op-attribute',
      one('max_pool2d', { ...conv, filter: [1, 1], pad: [1, 0, 0, 0] }, [x], x),
    ],
    ['a stride of 0', 'op-attribute', one('conv2d', { ...conv, stride: [0, 1] }, [x, w], y)],
    ['groups', 'op-shape', one('conv2d', { ...conv, groups: 2 }, [x, w], y)],
    ['mixed types', 'op-type', one('conv2d', conv, [f32([1, 4, 4, 3]), w], y)],
    ['bias type', 'op-type', one('conv2d', conv, [x, w, { ...f32([2]), data: new Float32Array(2) }], y)],
    ['bias shape', 'op-shape', one('conv2d', conv, [x, w, { type: 's32', shape: [3], data: new Int32Array(3) }], y)],
    ['activations without scale', 'op-quant', one('conv2d', conv, [{ type: 's8', shape: x.shape }, w], y)],
    ['weights with zero points', 'op-quant', one('conv2d', conv, [x, { ...w, quant: quant(1, 5) }], y)],
    [
      'a border of the wrong size',
      'op-attribute',
      one('conv2d', { ...conv, border: { rows: [0], cols: [0] } }, [x, w], y),
    ],
    [
      'concatenation of other scales',
      'op-quant',
      one('concatenation', { axis: 0, act: 'none' }, [s8([1]), s8([1], 2)], s8([2])),
    ],
    ['no permutation', 'op-attribute', one('transpose', { perm: [0, 0] }, [s8([2, 2])], s8([2, 2]))],
    ['element count', 'op-shape', one('reshape', {}, [s8([2, 2])], s8([5]))],
    ['axes', 'op-attribute', one('mean', { axes: [2], keepDims: false }, [s8([2, 2])], s8([2]))],
    ['beta', 'op-attribute', one('softmax', { beta: 0 }, [f32([2])], f32([2]))],
    [
      'types',
      'op-type',
      one(
        'add',
        { act: 'none' },
        [
          { ...s8([1]), type: 'u8' },
          { ...s8([1]), type: 'u8' },
        ],
        { ...s8([1]), type: 'u8' },
      ),
    ],
  ])('refuses %s', (_, code, graph) => {
    expect(codeOf(() => checkGraph(graph))).toBe(code);
  });

  test('names the place in the file', () => {
    const graph = one('reshape', {}, [s8([2, 2])], s8([5]));
    expect(() => checkGraph(graph)).toThrow(expect.objectContaining({ where: graph.nodes[0]!.from }));
  });
});

describe('execute', () => {
  const graph = one('relu', { act: 'relu' }, [f32([2])], f32([2]));

  test('refuses inputs that do not fit', () => {
    expect(codeOf(() => execute(graph, []))).toBe('input-missing');
    expect(codeOf(() => execute(graph, [new Int8Array(2)]))).toBe('input-type');
    expect(codeOf(() => execute(graph, [new Float32Array(3)]))).toBe('input-shape');
  });

  test('an output may be an input or a constant', () => {
    const n = net();
    const [a, b] = [n.add(f32([1])), n.add({ ...f32([1]), data: Float32Array.of(7) })];
    const input = Float32Array.of(3);
    expect(execute(n.graph(a, b, a), [input])).toEqual([input, Float32Array.of(7), input]);
  });

  test('shows every tensor that a node computes', () => {
    const seen: [number, number[], Node][] = [];
    execute(graph, [Float32Array.of(-1, 1)], (id, data, node) => seen.push([id, [...data], node]));
    expect(seen).toEqual([[1, [0, 1], graph.nodes[0]]]);
  });

  test('later runs leave earlier results alone', () => {
    const run = prepare(graph);
    const [first] = run([Float32Array.of(1, 2)]);
    run([Float32Array.of(3, 4)]);
    expect([...first!]).toEqual([1, 2]);
  });
});
