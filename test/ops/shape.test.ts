/** Ops that move values, reduce them, or work along an axis. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OpAttrs, OpKind, TensorData } from '../../src/ir/graph.js';
import { checkGraph } from '../../src/ops/check.js';
import { execute } from '../../src/ops/execute.js';
import { f32, one, type Spec, s8 } from '../support/net.js';

function run<K extends OpKind>(op: K, attr: OpAttrs[K], specs: Spec[], y: Spec, data: TensorData[]) {
  const graph = one(op, attr, specs, y);
  checkGraph(graph);
  return [...execute(graph, data)[0]!];
}

const ints = (...values: number[]) => Int8Array.from(values);

test('reshape, transpose', () => {
  expect(run('reshape', {}, [s8([2, 3])], s8([6]), [ints(1, 2, 3, 4, 5, 6)])).toEqual([1, 2, 3, 4, 5, 6]);
  expect(run('transpose', { perm: [1, 0] }, [s8([2, 3])], s8([3, 2]), [ints(1, 2, 3, 4, 5, 6)])).toEqual([
    1, 4, 2, 5, 3, 6,
  ]);
});

describe('resize bilinear', () => {
  const plain = { alignCorners: false, halfPixel: false };
  const column = Float32Array.of(0, 8);

  test('from the corner, half pixels, aligned corners', () => {
    const resize = (size: readonly [number, number], more: object) =>
      run('resize_bilinear', { ...plain, size, ...more }, [f32([1, 2, 1, 1])], f32([1, ...size, 1]), [column]);
    expect(resize([4, 1], {})).toEqual([0, 4, 8, 8]);
    expect(resize([4, 1], { halfPixel: true })).toEqual([0, 2, 6, 8]);
    expect(resize([5, 1], { alignCorners: true })).toEqual([0, 2, 4, 6, 8]);
  });

  test('s8: both directions, halves away from zero', () => {
    const x = ints(0, 1, 2, 4);
    const attr = { ...plain, size: [4, 4] } as const;
    expect(run('resize_bilinear', attr, [s8([1, 2, 2, 1])], s8([1, 4, 4, 1]), [x])).toEqual([
      ...[0, 1, 1, 1],
      ...[1, 2, 3, 3],
      ...[2, 3, 4, 4],
      ...[2, 3, 4, 4],
    ]);
    expect(run('resize_bilinear', attr, [s8([1, 2, 2, 1])], s8([1, 4, 4, 1]), [x.map((v) => -v)])[1]).toBe(-1);
  });

  test('s8 keeps scale and zero point', () => {
    const attr = { ...plain, size: [1, 1] } as const;
    const node = () => run('resize_bilinear', attr, [s8([1, 2, 2, 1])], s8([1, 1, 1, 1], 0.5), [ints(1, 2, 3, 4)]);
    expect(node).toThrow(/different scales/);
  });
});

test('pad writes its stored value', () => {
  const attr = { before: [1, 0], after: [0, 2], value: 9 };
  expect(run('pad', attr, [s8([1, 2])], s8([2, 4]), [ints(1, 2)])).toEqual([9, 9, 9, 9, 1, 2, 9, 9]);
});

test('concatenation along an inner axis, with an activation', () => {
  const specs = [s8([2, 1]), s8([2, 2])];
  const data = [ints(1, 2), ints(3, -4, 5, 60)];
  expect(run('concatenation', { axis: 1, act: 'none' }, specs, s8([2, 3]), data)).toEqual([1, 3, -4, 2, 5, 60]);
  expect(run('concatenation', { axis: 1, act: 'relu6' }, specs, s8([2, 3]), data)).toEqual([1, 3, 0, 2, 5, 6]);
});

describe('mean', () => {
  test('over the image', () => {
    const x = Float32Array.of(1, 10, 2, 20, 3, 30, 6, 60);
    expect(run('mean', { axes: [1, 2], keepDims: false }, [f32([1, 2, 2, 2])], f32([1, 2]), [x])).toEqual([3, 30]);
    expect(run('mean', { axes: [0, 3], keepDims: true }, [f32([1, 2, 2, 2])], f32([1, 2, 2, 1]), [x])).toEqual([
      5.5, 11, 16.5, 33,
    ]);
    expect(run('mean', { axes: [0, 1], keepDims: false }, [f32([2, 2])], f32([]), [x.subarray(0, 4)])).toEqual([8.25]);
  });

  test('s8 rescales', () => {
    const x = ints(11, 13, -127, -127);
    expect(run('mean', { axes: [1], keepDims: false }, [s8([2, 2], 0.5, 2)], s8([2], 0.25, -3), [x])).toEqual([
      17, -128,
    ]);
  });
});

describe('pools', () => {
  const attr = { filter: [2, 2], stride: [2, 2], pad: [0, 1, 0, 1], act: 'none' } as const;

  test('divide by the pixels inside, halves away from zero', () => {
    const x = ints(1, 2, 3, 2, 1, -3, 5, 5, -5);
    expect(run('average_pool2d', attr, [s8([1, 3, 3, 1])], s8([1, 2, 2, 1]), [x])).toEqual([2, 0, 5, -5]);
    const halves = ints(1, 2, -1, -2);
    const pair = { filter: [1, 2], stride: [1, 2], pad: [0, 0, 0, 0], act: 'none' } as const;
    expect(run('average_pool2d', pair, [s8([1, 1, 4, 1])], s8([1, 1, 2, 1]), [halves])).toEqual([2, -2]);
  });

  test('maximum', () => {
    const x = ints(1, 2, 3, 2, 1, -3, 5, 5, -5);
    expect(run('max_pool2d', attr, [s8([1, 3, 3, 1])], s8([1, 2, 2, 1]), [x])).toEqual([2, 3, 5, -5]);
    expect(run('max_pool2d', { ...attr, act: 'relu' }, [s8([1, 3, 3, 1])], s8([1, 2, 2, 1]), [x])).toEqual([
      2, 3, 5, 0,
    ]);
  });

  test('other parameters of the output are refused', () => {
    expect(() => checkGraph(one('max_pool2d', attr, [s8([1, 3, 3, 1])], s8([1, 2, 2, 1], 2)))).toThrow(
      /differ in scale/,
    );
  });
});

describe('softmax', () => {
  const row = fc.array(fc.integer({ min: -128, max: 127 }), { minLength: 1, maxLength: 20 });

  test('s8 is within a step of the real softmax', () => {
    const check = (values: number[], scale: number) => {
      const shape = [1, values.length];
      const out = run('softmax', { beta: 1 }, [s8(shape, scale, 5)], s8(shape, 1 / 256, -128), [ints(...values)]);
      const exps = values.map((v) => Math.exp((v - Math.max(...values)) * scale));
      const sum = exps.reduce((a, b) => a + b);
      out.forEach((v, i) => {
        expect(Math.abs(v + 128 - Math.min(255, (256 * exps[i]!) / sum))).toBeLessThan(1);
      });
    };
    fc.assert(fc.property(row, fc.double({ min: 0.001, max: 2, noNaN: true }), check));
  });

  test('f32 along the last axis', () => {
    const out = run('softmax', { beta: 2 }, [f32([2, 2])], f32([2, 2]), [Float32Array.of(0, 0, 1, 0)]);
    expect(out.slice(0, 2)).toEqual([0.5, 0.5]);
    expect(out[2]).toBeCloseTo(Math.exp(2) / (Math.exp(2) + 1), 6);
  });
});
