/** The general ops against values worked out by hand. */
import { describe, expect, test } from 'vitest';
import type { DType, OpAttrs, OpKind, Shape, TensorData } from '../../src/ir/graph.js';
import { checkGraph } from '../../src/ops/check.js';
import { execute } from '../../src/ops/execute.js';
import { one, quant, type Spec } from '../support/net.js';

const f = (...v: number[]) => Float32Array.from(v);
const i = (...v: number[]) => Int32Array.from(v);
const b = (...v: number[]) => Uint8Array.from(v);
const typeOf = (d: TensorData): DType => (d instanceof Float32Array ? 'f32' : d instanceof Int32Array ? 's32' : 'bool');

type Given = readonly [shape: Shape, data: TensorData];

/** One op on plain data, checked; `y` is the shape of the result, of the first input's type unless told. */
function run<K extends OpKind>(op: K, attr: OpAttrs[K], given: readonly Given[], y: Shape, type?: DType): number[] {
  const specs = given.map(([shape, data]): Spec => ({ shape, type: typeOf(data) }));
  const graph = one(op, attr, specs, { shape: y, type: type ?? typeOf(given[0]![1]) });
  checkGraph(graph);
  return Array.from(
    execute(
      graph,
      given.map(([, data]) => data),
    )[0]!,
  );
}

const six: Given = [[2, 3], f(1, 2, 3, 4, 5, 6)];

describe('functions', () => {
  test('of one operand', () => {
    const of = (fn: OpAttrs['unary']['fn'], ...x: number[]) =>
      run('unary', { fn, alpha: 0.5, beta: 2 }, [[[x.length], f(...x)]], [x.length]);
    expect(of('round', 0.5, 1.5, -0.5, -2.5, 2.4)).toEqual([0, 2, 0, -2, 2]);
    expect(of('erf', 0.5)[0]).toBeCloseTo(0.5204998778, 7);
    expect(of('erf', 3)[0]).toBeCloseTo(0.9999779095, 7);
    expect(of('gelu', 1)[0]).toBeCloseTo(0.8413447461, 6);
    expect(of('leaky_relu', -4, 3)).toEqual([-2, 3]);
    expect(of('hard_swish', -4, 0, 1, 4)).toEqual([-0, 0, Math.fround(4 / 6), 4]);
    expect(of('clip', -1, 1, 5)).toEqual([0.5, 1, 2]);
  });

  test('of stored values go by their parameters', () => {
    const q = (scale: number, zero: number): Spec => ({ shape: [3], type: 's8', quant: quant(scale, zero) });
    const graph = one('unary', { fn: 'neg', alpha: 0, beta: 0 }, [q(0.5, 1)], q(0.25, -2));
    expect(Array.from(execute(graph, [Int8Array.of(1, 3, -5)])[0]!)).toEqual([-2, -6, 10]);
  });

  test('of two operands, broadcast', () => {
    const of = (fn: OpAttrs['binary']['fn'], p: Given, q: Given, type?: DType) =>
      run('binary', { fn }, [p, q], [2, 2], type);
    const p: Given = [[2, 1], i(-7, 7)];
    const q: Given = [[2], i(2, -2)];
    expect(of('div', p, q)).toEqual([-3, 3, 3, -3]);
    expect(of('floor_div', p, q)).toEqual([-4, 3, 3, -4]);
    expect(of('mod', p, q)).toEqual([1, -1, 1, -1]);
    expect(of('fmod', p, q)).toEqual([-1, -1, 1, 1]);
    expect(of('less', p, q, 'bool')).toEqual([1, 1, 0, 0]);
    expect(of('prelu', [[2, 1], f(-1, 1)], [[2], f(0.5, 2)])).toEqual([-0.5, -2, 1, 1]);
  });

  test('select', () => {
    expect(
      run(
        'select',
        {},
        [
          [[2, 1], b(1, 0)],
          [[3], i(1, 2, 3)],
          [[], i(9)],
        ],
        [2, 3],
        's32',
      ),
    ).toEqual([1, 2, 3, 9, 9, 9]);
  });
});

describe('along axes', () => {
  test('reduce', () => {
    const of = (fn: OpAttrs['reduce']['fn'], axes: number[]) =>
      run(
        'reduce',
        { fn, axes, keepDims: true },
        [six],
        [0, 1].map((a) => (axes.includes(a) ? 1 : six[0][a]!)),
      );
    expect(of('sum', [0])).toEqual([5, 7, 9]);
    expect(of('prod', [1])).toEqual([6, 120]);
    expect(of('max', [0, 1])).toEqual([6]);
    expect(of('l2', [1])[0]).toBeCloseTo(Math.sqrt(14), 5);
    expect(of('log_sum_exp', [1])[0]).toBeCloseTo(Math.log(Math.exp(1) + Math.exp(2) + Math.exp(3)), 5);
  });

  test('positions of extremes', () => {
    const x: Given = [[2, 3], f(3, 1, 3, 0, 5, 0)];
    expect(run('arg_max', { axis: 1, keepDims: false, last: false }, [x], [2], 's32')).toEqual([0, 1]);
    expect(run('arg_max', { axis: 1, keepDims: true, last: true }, [x], [2, 1], 's32')).toEqual([2, 1]);
    expect(run('arg_min', { axis: 0, keepDims: false, last: false }, [x], [3], 's32')).toEqual([1, 0, 1]);
  });

  test('running sums and the greatest few', () => {
    expect(run('cumsum', { axis: 1, exclusive: false, reverse: false }, [six], [2, 3])).toEqual([1, 3, 6, 4, 9, 15]);
    expect(run('cumsum', { axis: 0, exclusive: true, reverse: true }, [six], [2, 3])).toEqual([4, 5, 6, 0, 0, 0]);
    const x: Given = [[4, 2], f(1, 8, 3, 6, 3, 4, 2, 9)];
    expect(run('top_k', { axis: 0, k: 2, largest: true, result: 'values' }, [x], [2, 2])).toEqual([3, 9, 3, 8]);
    expect(run('top_k', { axis: 0, k: 2, largest: true, result: 'indices' }, [x], [2, 2], 's32')).toEqual([1, 3, 2, 0]);
  });

  test('log_softmax and local response normalisation', () => {
    expect(run('log_softmax', {}, [[[2], f(0, 0)]], [2])[0]).toBeCloseTo(-Math.LN2, 6);
    const attr = { radius: 1, bias: 1, alpha: 0.5, beta: 1 };
    expect(run('local_response_normalization', attr, [[[3], f(1, 2, 3)]], [3])[1]).toBeCloseTo(2 / (1 + 7), 6);
  });
});

describe('moves', () => {
  test('gather', () => {
    expect(run('gather', { axis: 1, batchDims: 0 }, [six, [[2], i(-1, 0)]], [2, 2])).toEqual([3, 1, 6, 4]);
    expect(run('gather', { axis: 1, batchDims: 1 }, [six, [[2, 1], i(2, 0)]], [2, 1])).toEqual([3, 4]);
    expect(run('gather_elements', { axis: 0 }, [six, [[1, 3], i(1, 0, 1)]], [1, 3])).toEqual([4, 2, 6]);
    expect(run('gather_nd', { batchDims: 0 }, [six, [[2, 2], i(0, 1, 1, 2)]], [2])).toEqual([2, 6]);
    expect(run('gather_nd', { batchDims: 1 }, [six, [[2, 1], i(1, -1)]], [2])).toEqual([2, 6]);
  });

  test('scatter', () => {
    expect(
      run('scatter_elements', { axis: 1, fn: 'none' }, [six, [[2, 1], i(2, 0)], [[2, 1], f(8, 9)]], [2, 3]),
    ).toEqual([1, 2, 8, 9, 5, 6]);
    expect(run('scatter_nd', { fn: 'add' }, [six, [[2, 1], i(1, 1)], [[2, 3], f(1, 1, 1, 2, 2, 2)]], [2, 3])).toEqual([
      1, 2, 3, 7, 8, 9,
    ]);
  });

  test('slices, repetitions, one_hot, cast', () => {
    expect(run('strided_slice', { begin: [1, 2], strides: [-1, -2] }, [six], [2, 2])).toEqual([6, 4, 3, 1]);
    expect(run('tile', { multiples: [1, 2] }, [[[2, 1], f(1, 2)]], [2, 2])).toEqual([1, 1, 2, 2]);
    expect(run('tile', { multiples: [2, 1] }, [[[2, 1], f(1, 2)]], [4, 1])).toEqual([1, 2, 1, 2]);
    expect(run('broadcast_to', {}, [[[2, 1], f(1, 2)]], [2, 2, 2])).toEqual([1, 1, 2, 2, 1, 1, 2, 2]);
    expect(run('one_hot', { axis: 0, on: 5, off: -1 }, [[[2], i(1, -1)]], [2, 2], 'f32')).toEqual([-1, -1, 5, 5]);
    expect(run('cast', {}, [[[3], f(-1.7, 300, 0.2)]], [3], 's8')).toEqual([-1, 127, 0]);
    expect(run('cast', {}, [[[2], i(257, -1)]], [2], 'u8')).toEqual([1, 255]);
  });

  test('resize_nearest', () => {
    const of = (
      coordinates: OpAttrs['resize_nearest']['coordinates'],
      rounding: OpAttrs['resize_nearest']['rounding'],
      to: number,
    ) => run('resize_nearest', { coordinates, rounding, steps: [3 / to] }, [[[3], f(1, 2, 3)]], [to]);
    expect(of('asymmetric', 'floor', 6)).toEqual([1, 1, 2, 2, 3, 3]);
    expect(of('half_pixel', 'prefer_floor', 2)).toEqual([1, 3]);
    expect(of('align_corners', 'prefer_ceil', 5)).toEqual([1, 2, 2, 3, 3]);
    expect(of('tf_half_pixel', 'floor', 2)).toEqual([1, 3]);
  });
});

describe('products', () => {
  test('batch_matmul', () => {
    const w: Given = [[1, 2, 1], f(10, 1)];
    expect(
      run('batch_matmul', { transposeA: true, transposeB: false }, [[[2, 2], f(1, 2, 3, 4)], w], [1, 2, 1]),
    ).toEqual([13, 24]);
    expect(
      run(
        'batch_matmul',
        { transposeA: false, transposeB: true },
        [
          [[2, 2], f(1, 2, 3, 4)],
          [[1, 2], f(10, 1)],
        ],
        [2, 1],
      ),
    ).toEqual([12, 34]);
  });

  test('transpose_conv', () => {
    const attr = { stride: [2, 2], dilation: [1, 1], pad: [0, 0, 0, 0], groups: 1, act: 'none' } as const;
    const y = run(
      'transpose_conv',
      attr,
      [
        [[1, 1, 2, 1], f(1, 10)],
        [[1, 1, 3, 1], f(1, 2, 3)],
      ],
      [1, 1, 5, 1],
    );
    expect(y).toEqual([1, 2, 13, 20, 30]);
  });
});

describe('functions of 16-bit values', () => {
  const values = Int16Array.from({ length: 4096 }, (_, k) => 16 * k - 32768);
  const laws = { exp: Math.exp, swish: (v: number) => v / (1 + Math.exp(-v)), abs: Math.abs, neg: (v: number) => -v };

  test.each(Object.entries(laws))('%s: as near as a line between every 128th value is', (fn, real) => {
    const spec = (scale: number): Spec => ({ type: 's16', shape: [4096], quant: quant(scale) });
    const attr = { fn: fn as keyof typeof laws, alpha: 0, beta: 0 };
    const [y] = execute(one('unary', attr, [spec(0.0002)], spec(0.03)), [values]);
    const wanted = Array.from(values, (v) => Math.min(32767, real(v * 0.0002) / 0.03));
    expect(Math.max(...wanted.map((v, k) => Math.abs(v - y![k]!)))).toBeLessThan(fn === 'exp' ? 6 : 1.6);
    const whole = execute(one('unary', attr, [spec(0.5)], spec(0.5)), [values])[0]!;
    if (fn === 'abs') expect(Array.from(whole.subarray(1))).toEqual(Array.from(values.subarray(1), Math.abs));
  });
});
