import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decode, encode } from '../../src/formats/message.js';
import { dataType, type ModelProto, modelSchema } from '../../src/formats/onnx/schema.js';
import { importModel } from '../../src/importers/index.js';
import { Problem } from '../../src/support/problem.js';
import { integer, random } from '../../src/support/rng.js';
import { hasShared, shared } from '../support/shared.js';
import { untar } from '../support/tar.js';
import { floats, type ModelSpec, onnx, whole } from './onnx-model.js';

const mostMilliseconds = 5000;

/** Imports, or refuses with a Problem, soon enough. */
async function attempt(bytes: Uint8Array, name: string): Promise<'imported' | Problem> {
  const start = performance.now();
  try {
    await importModel(bytes, 'fuzz.onnx');
    return 'imported';
  } catch (error) {
    if (error instanceof Problem) return error;
    throw new Error(`${name}: ${(error as Error).stack}`);
  } finally {
    expect(performance.now() - start, name).toBeLessThan(mostMilliseconds);
  }
}

const strange = [-1, 0, 1, 2, 3, 7, 64, 255, 65536, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 40, -(2 ** 31), 2 ** 53];

/** Damages one number, name or list somewhere in a message. */
function damage(message: unknown, next: () => number): void {
  const holder = message as Record<string, unknown>;
  const keys = Object.keys(holder).filter((k) => holder[k] !== undefined);
  const key = keys[integer(next, 0, keys.length - 1)];
  if (key === undefined) return;
  const value = holder[key];
  if (typeof value === 'number') holder[key] = strange[integer(next, 0, strange.length - 1)];
  else if (typeof value === 'string') holder[key] = ['', 'x', 'Conv', 'Reshape', `${value}_`][integer(next, 0, 4)];
  else if (value instanceof Uint8Array) holder[key] = value.slice(0, integer(next, 0, value.length));
  else if (Array.isArray(value) && (!value.length || next() < 0.2)) value.splice(integer(next, 0, value.length), 1);
  else damage(value, next);
}

function mutated(good: Uint8Array, seed: number): Uint8Array {
  const next = random(seed);
  if (next() < 0.3) {
    const bytes = good.slice(0, next() < 0.3 ? integer(next, 0, good.length) : good.length);
    for (let n = integer(next, 1, 4); n > 0 && bytes.length; n--)
      bytes[integer(next, 0, bytes.length - 1)]! ^= 1 << integer(next, 0, 7);
    return bytes;
  }
  const model = decode(modelSchema, good, 'seed') as ModelProto;
  for (let n = integer(next, 1, 3); n > 0; n--) damage(next() < 0.9 ? model.graph : model, next);
  try {
    return encode(modelSchema, model);
  } catch {
    // Some numbers do not fit the field that they came into.
    return good.slice(0, integer(next, 0, good.length));
  }
}

describe.skipIf(!hasShared)('damaged models are imported or refused', () => {
  test('small models of every operator', { timeout: 120_000 }, async () => {
    const files = untar(readFileSync(shared('suites/onnx/cases.tar.gz')));
    const models = [...files].filter(([path, bytes]) => path.endsWith('model.onnx') && bytes.length < 20_000);
    let [refused, count] = [0, 0];
    for (const [k, [path, good]] of models.entries())
      for (let round = 0; round < 3; round++, count++)
        if ((await attempt(mutated(good, 10 * k + round), `${path}, round ${round}`)) !== 'imported') refused++;
    expect(refused).toBeGreaterThan(count / 10);
    expect(refused).toBeLessThan(count);
  });

  test.each(['mlperf_kws_qdq', 'onnx2c_mnist'])('%s', { timeout: 120_000 }, async (name) => {
    const good = new Uint8Array(readFileSync(shared(`models/onnx/${name}.onnx`)));
    for (let round = 0; round < 100; round++) await attempt(mutated(good, round), `${name}, round ${round}`);
  });
});

const code = async (bytes: Uint8Array, name = 'hostile'): Promise<string> => {
  const found = await attempt(bytes, name);
  return found === 'imported' ? found : found.code;
};
const x = { inputs: { x: [2, 3] }, outputs: ['y'] } as const;
const relu = { op: 'Relu', in: ['x'], out: ['y'] } as const;
const one = (op: string, more: Partial<ModelSpec> = {}, inputs: readonly string[] = ['x']): Uint8Array =>
  onnx({ ...x, nodes: [{ op, in: inputs, out: ['y'] }], ...more });

/** Graphs in attributes of nodes of graphs, many times over. */
function nested(depth: number): Uint8Array {
  let inner = new Uint8Array();
  for (let i = 0; i < depth; i++) {
    const size: number[] = [];
    for (let n = inner.length; ; n >>>= 7) {
      size.push(n > 127 ? (n & 127) | 128 : n);
      if (n <= 127) break;
    }
    inner = Uint8Array.of(([6, 5, 1][i % 3]! << 3) | 2, ...size, ...inner);
  }
  return inner;
}

describe('hostile models are refused', () => {
  test('numbers beyond reason', async () => {
    expect(await code(onnx({ ...x, inputs: { x: [2 ** 31, 2 ** 31] }, nodes: [relu] }))).toBe('too-large');
    expect(await code(onnx({ ...x, inputs: { x: new Array(9).fill(1) }, nodes: [relu] }))).toBe('tensor-shape');
    expect(await code(onnx({ ...x, inputs: { x: [-1, 3] }, nodes: [relu] }))).toBe('tensor-shape');
    const huge = whole('s', [2 ** 20, 2 ** 20]);
    expect(await code(one('ConstantOfShape', { initializers: [huge] }, ['s']))).toBe('too-large');
    expect(await code(one('Expand', { initializers: [whole('s', [2 ** 30, 2, 3])] }, ['x', 's']))).toBe('too-large');
    expect(await code(one('Tile', { initializers: [whole('s', [2 ** 30, 2 ** 20])] }, ['x', 's']))).not.toBe(
      'imported',
    );
    const range = [whole('a', [0], []), whole('b', [2 ** 30], []), whole('c', [1], [])];
    expect(await code(one('Range', { initializers: range }, ['a', 'b', 'c']))).toBe('op-attribute');
    const pads = [whole('p', [2 ** 40, 0, 0, 2 ** 40])];
    expect(await code(one('Pad', { initializers: pads }, ['x', 'p']))).not.toBe('imported');
  });

  test('constants that do not hold what they say', async () => {
    const add = { nodes: [{ op: 'Add', in: ['x', 'c'], out: ['y'] }] };
    expect(await code(onnx({ ...x, ...add, initializers: [floats('c', [2, 3], [1, 2])] }))).toBe('onnx-corrupt');
    expect(await code(onnx({ ...x, ...add, initializers: [floats('c', [2 ** 40], [1])] }))).toBe('too-large');
    expect(await code(onnx({ ...x, ...add, initializers: [{ ...floats('c', [1], [1]), dataType: 99 }] }))).toBe(
      'type-unsupported',
    );
    expect(await code(onnx({ ...x, ...add, initializers: [floats('c', [1], [Number.NaN])] }))).toBe('not-finite');
    const wide = whole('c', [2 ** 40], [1]);
    expect(
      await code(onnx({ ...x, ...add, initializers: [wide], types: { x: dataType.int64, y: dataType.int64 } })),
    ).toBe('type-unsupported');
    const sparse = { values: floats('c', [1], [1]), indices: whole('', [0]), dims: [2 ** 40] };
    expect(await code(onnx({ ...x, ...add, sparse: [sparse] }))).toBe('too-large');
  });

  test('graphs that go in circles or nowhere', async () => {
    const loop = [
      { op: 'Add', in: ['x', 'z'], out: ['y'] },
      { op: 'Relu', in: ['y'], out: ['z'] },
    ];
    expect(await code(onnx({ ...x, nodes: loop }))).toBe('tensor-undefined');
    expect(await code(onnx({ ...x, nodes: [relu, relu] }))).toBe('tensor-rewritten');
    expect(await code(onnx({ ...x, nodes: [] }))).toBe('tensor-undefined');
    expect(await code(onnx({ ...x, nodes: [relu], outputs: [] }))).toBe('onnx-corrupt');
    expect(await code(onnx({ ...x, inputs: {}, nodes: [], initializers: [floats('y', [1], [1])] }))).toBe('no-inputs');
    const self = {
      name: 'F',
      domain: 'own',
      input: ['a'],
      output: ['b'],
      node: [{ opType: 'F', domain: 'own', input: ['a'], output: ['b'] }],
    };
    const call = { op: 'F', domain: 'own', in: ['x'], out: ['y'] };
    expect(await code(onnx({ ...x, nodes: [call], functions: [self], domains: ['own'] }))).toBe('too-large');
  });

  test('functions that call functions, each twice', async () => {
    const functions = Array.from({ length: 30 }, (_, i) => ({
      ...{ name: `F${i}`, domain: 'own', input: ['a'], output: ['c'] },
      node: [
        { opType: i ? `F${i - 1}` : 'Relu', domain: i ? 'own' : '', input: ['a'], output: ['b'] },
        { opType: i ? `F${i - 1}` : 'Relu', domain: i ? 'own' : '', input: ['b'], output: ['c'] },
      ],
    }));
    const call = { op: 'F29', domain: 'own', in: ['x'], out: ['y'] };
    expect(await code(onnx({ ...x, nodes: [call], functions, domains: ['own'] }))).toBe('too-large');
  });

  test('messages within each other, and hosts of empty ones', async () => {
    const graph = nested(600);
    const deep = new Uint8Array([0x08, 8, 0x3a, (graph.length & 127) | 128, graph.length >> 7, ...graph]);
    expect(await code(deep)).toBe('protobuf-corrupt');
    const many = new Uint8Array(2 * (2 ** 20 + 10)).map((_, i) => (i % 2 ? 0 : 0x0a));
    const size = [
      (many.length & 127) | 128,
      ((many.length >> 7) & 127) | 128,
      ((many.length >> 14) & 127) | 128,
      many.length >> 21,
    ];
    const model = new Uint8Array(many.length + 7);
    model.set([0x08, 8, 0x3a, ...size]);
    model.set(many, 7);
    expect(await code(model)).toBe('protobuf-corrupt');
  });

  test('sizes that are left open are asked for by name', async () => {
    const open = onnx({ ...x, inputs: { x: ['batch', 'height', 3] }, nodes: [relu] });
    const found = await attempt(open, 'open');
    expect((found as Problem).line).toContain('--shape height=N, or --shape x=N,N,...');
    const shaped = (shapes: Record<string, number[]>) => importModel(open, 'open.onnx', undefined, { shapes });
    expect((await shaped({ height: [5] })).tensors[0]!.shape).toEqual([1, 5, 3]);
    expect((await shaped({ height: [5], batch: [2] })).tensors[0]!.shape).toEqual([2, 5, 3]);
    expect((await shaped({ x: [1, 7, 3] })).tensors[0]!.shape).toEqual([1, 7, 3]);
    await expect(shaped({ x: [1, 7, 4] })).rejects.toMatchObject({ code: 'shape-mismatch' });
    await expect(shaped({ width: [7] })).rejects.toMatchObject({ code: 'option-invalid' });
  });

  test('all unknown operators are named at once', async () => {
    const nodes = [
      { op: 'Foo', in: ['x'], out: ['a'] },
      { op: 'Bar', domain: 'com.example', in: ['a'], out: ['b'] },
      { op: 'Relu', in: ['b'], out: ['y'] },
    ];
    const found = (await attempt(onnx({ ...x, nodes }), 'unknown')) as Problem;
    expect(found.line).toMatch(
      /^fuzz.onnx, node #0 Foo "n_a": Foo is not supported; nor are com.example.Bar \(2 of 3 operators\); supported: .*Conv/,
    );
  });

  test('operator sets that are not known', async () => {
    expect(await code(onnx({ ...x, nodes: [relu], opset: 99 }))).toBe('onnx-version');
  });
});
