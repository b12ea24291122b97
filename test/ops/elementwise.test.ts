import { describe, expect, test } from 'vitest';
import type { OpAttrs, OpKind } from '../../src/ir/graph.js';
import { checkGraph } from '../../src/ops/check.js';
import { execute } from '../../src/ops/execute.js';
import { unaryTable } from '../../src/ops/unary-table.js';
import { f32, one, quant, type Spec, s8 } from '../support/net.js';

const bytes = Int8Array.from({ length: 256 }, (_, i) => i - 128);
const u8 = (shape: number[], scale: number, zero: number): Spec => ({ type: 'u8', shape, quant: quant(scale, zero) });

/** Checks and runs a one-node graph. */
function run<K extends OpKind>(
  op: K,
  attr: OpAttrs[K],
  specs: Spec[],
  y: Spec,
  data: (Int8Array | Float32Array | Uint8Array)[],
) {
  const graph = one(op, attr, specs, y);
  checkGraph(graph);
  return [...execute(graph, data)[0]!];
}

/** Largest distance of an elementwise s8 op from the real function, in output steps. */
function worst(op: 'logistic' | 'tanh', x: Spec, y: Spec, real: (x: number) => number): number {
  const out = run(op, {}, [x], y, [bytes]);
  const at = (s: Spec, v: number) => s.quant!.scale[0]! * (v - s.quant!.zero[0]!);
  return Math.max(
    ...out.map((v, i) => Math.abs(at(y, v) - Math.min(real(at(x, bytes[i]!)), at(y, 127))) / y.quant!.scale[0]!),
  );
}

describe('add, sub, mul', () => {
  const act = { act: 'none' } as const;

  test('broadcast as numpy does', () => {
    const specs = [f32([2, 3]), f32([3])];
    expect(
      run('add', act, specs, f32([2, 3]), [Float32Array.of(1, 2, 3, 4, 5, 6), Float32Array.of(10, 20, 30)]),
    ).toEqual([11, 22, 33, 14, 25, 36]);
    const column = [f32([2, 1]), f32([1, 2])];
    expect(run('sub', act, column, f32([2, 2]), [Float32Array.of(1, 2), Float32Array.of(10, 20)])).toEqual([
      -9, -19, -8, -18,
    ]);
    expect(run('mul', act, [f32([]), f32([2])], f32([2]), [Float32Array.of(3), Float32Array.of(1, -1)])).toEqual([
      3, -3,
    ]);
  });

  test('activations clamp', () => {
    const specs = [f32([3]), f32([3])];
    const data = [Float32Array.of(-4, 2, 8), Float32Array.of(0, 0, 0)];
    expect(run('add', { act: 'relu6' }, specs, f32([3]), data)).toEqual([0, 2, 6]);
  });

  test('s8 operands of different scales', () => {
    const specs = [s8([3], 0.5, 1), s8([3], 0.25, -2)];
    const data = [Int8Array.of(1, 11, -9), Int8Array.of(-2, 18, 0)];
    expect(run('add', act, specs, s8([3], 0.5, 3), data)).toEqual([3, 23, -6]);
    expect(run('sub', act, specs, s8([3], 0.5, 3), data)).toEqual([3, 3, -8]);
    expect(run('mul', act, specs, s8([3], 0.5, 3), data)).toEqual([3, 53, -2]);
  });

  test('s8 results saturate', () => {
    expect(run('add', act, [s8([2]), s8([2])], s8([2]), [Int8Array.of(100, -100), Int8Array.of(100, -100)])).toEqual([
      127, -128,
    ]);
  });

  test('shapes that do not combine are refused', () => {
    expect(() => checkGraph(one('add', act, [f32([2]), f32([3])], f32([3])))).toThrow(/do not combine/);
  });
});

describe('logistic and tanh', () => {
  const logistic = (x: number) => 1 / (1 + Math.exp(-x));

  test.each([0.01, 0.05, 0.1, 0.5])('s8 at scale %f', (scale) => {
    expect(worst('logistic', s8([256], scale, 3), s8([256], 1 / 256, -128), logistic)).toBeLessThan(0.51);
    expect(worst('tanh', s8([256], scale, -7), s8([256], 1 / 128), Math.tanh)).toBeLessThan(0.51);
  });

  test('f32', () => {
    expect(run('logistic', {}, [f32([3])], f32([3]), [Float32Array.of(0, 100, -100)])).toEqual([
      0.5,
      1,
      expect.closeTo(0, 30),
    ]);
    expect(run('tanh', {}, [f32([1])], f32([1]), [Float32Array.of(0.5)])).toEqual([Math.fround(Math.tanh(0.5))]);
  });

  test('other output parameters are refused', () => {
    expect(() => checkGraph(one('logistic', {}, [s8([1])], s8([1], 1 / 128)))).toThrow(/prescribes/);
  });
});

describe('relu', () => {
  test('requantises', () => {
    const x = Int8Array.of(-100, 0, 10, 60, 127);
    expect(run('relu', { act: 'relu' }, [s8([5], 0.5)], s8([5], 0.25, -128), [x])).toEqual([-128, -128, -108, -8, 126]);
    expect(run('relu', { act: 'relu6' }, [s8([5], 0.5)], s8([5], 0.25, -128), [x])).toEqual([
      -128, -128, -108, -104, -104,
    ]);
  });
});

describe('quantize and dequantize', () => {
  test('f32 -> s8 rounds halves away from zero and saturates', () => {
    const x = Float32Array.of(0, 0.25, -0.25, 0.24, 1000, -1000);
    expect(run('quantize', {}, [f32([6])], s8([6], 0.5, 1), [x])).toEqual([1, 2, 0, 1, 127, -128]);
  });

  test('u8 -> s8 and back with the same scale shifts by 128', () => {
    const x = Uint8Array.of(0, 1, 128, 255);
    expect(run('quantize', {}, [u8([4], 0.1, 0)], s8([4], 0.1, -128), [x])).toEqual([-128, -127, 0, 127]);
    expect(run('quantize', {}, [s8([4], 0.1, -128)], u8([4], 0.1, 0), [Int8Array.of(-128, -127, 0, 127)])).toEqual([
      ...x,
    ]);
  });

  test('dequantize', () => {
    expect(run('dequantize', {}, [u8([2], 0.5, 3)], f32([2]), [Uint8Array.of(0, 5)])).toEqual([-1.5, 1]);
  });
});

describe('unaryTable', () => {
  const cases = [
    ['logistic', {}, s8([300], 0.1, 3), s8([300], 1 / 256, -128)],
    ['relu', { act: 'relu6' }, s8([300], 0.1, 3), s8([300], 0.05, -128)],
    ['quantize', {}, u8([300], 0.1, 3), s8([300], 0.2, 5)],
    ['quantize', {}, s8([300], 0.1, 3), u8([300], 0.2, 5)],
  ] as const;

  test.each(cases)('%s: a table looked up by the byte equals the op', (op, attr, x, y) => {
    const graph = one(op as 'relu', attr as OpAttrs['relu'], [x], y);
    const data = new (x.type === 'u8' ? Uint8Array : Int8Array)(300).map((_, i) => i - 128);
    const table = unaryTable(graph.nodes[0]!, graph.tensors[0]!, graph.tensors[1]!)!;
    expect(execute(graph, [data])[0]).toEqual(
      new (y.type === 'u8' ? Uint8Array : Int8Array)(300).map((_, i) => table[data[i]! & 255]!),
    );
    const short = one(op as 'relu', attr as OpAttrs['relu'], [{ ...x, shape: [5] }], { ...y, shape: [5] });
    expect([...execute(short, [data.slice(0, 5)])[0]!]).toEqual(Array.from(data.slice(0, 5), (v) => table[v & 255]!));
  });

  test('nodes that are no such table have none', () => {
    const graph = one('quantize', {}, [f32([1])], s8([1]));
    expect(unaryTable(graph.nodes[0]!, graph.tensors[0]!, graph.tensors[1]!)).toBeUndefined();
    const pad = one('pad', { before: [0], after: [0], value: 0 }, [s8([1])], s8([1]));
    expect(unaryTable(pad.nodes[0]!, pad.tensors[0]!, pad.tensors[1]!)).toBeUndefined();
  });
});
