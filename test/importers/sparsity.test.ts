import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { compile } from '../../src/compile.js';
import { BUFFER, MODEL, SUBGRAPH, TENSOR } from '../../src/importers/tflite/schema.js';
import { Bytes, read, Table } from '../../src/importers/tflite/table.js';
import { Tensors } from '../../src/importers/tflite/tensors.js';
import { writeFolder } from '../../src/support/output.js';
import { verifyHost } from '../../src/verify/verify.js';
import { workFolder } from '../support/folder.js';
import { hasShared, shared } from '../support/shared.js';
import { FULLY_CONNECTED, f32, given, problemOf, s8, single } from './hand-made.js';
import type { Fields, TestModel } from './model.js';

const folder = workFolder();
afterAll(folder.dispose);

const DENSIFY = 124;
const row = { shape: [1, 4] };
const bytes = (...values: number[]) => Uint8Array.from(values);

/** Index vectors: Int32Vector, Uint8Vector. */
const int32 = (...values: number[]): Fields => ({ 0: ['i32s', values] });
const uint8 = (...values: number[]): Fields => ({ 0: ['bytes', bytes(...values)] });

const dense = (size: number): Fields => ({ 0: ['i8', 0], 1: ['i32', size] });
const compressed = (segments: Fields, indices: Fields, kind: 1 | 3): Fields => ({
  0: ['i8', 1],
  2: ['i8', kind],
  3: ['table', segments],
  4: ['i8', kind],
  5: ['table', indices],
});
const sparsity = (order: number[], blockMap: number[], dimensions: Fields[]): Fields => ({
  0: ['i32s', order],
  1: ['i32s', blockMap],
  2: ['tables', dimensions],
});

/** A fully connected layer whose weights [4][4] are stored sparse. */
const layer = (data: Float32Array | Int8Array, about: Fields): TestModel =>
  single(
    FULLY_CONNECTED,
    [row, { shape: [4, 4], data, more: { 6: ['table', about] } }, { shape: [1, 4] }],
    [8, { 0: ['i8', 0] }],
  );

const weights = async (model: TestModel) => {
  const graph = await given(model);
  const node = graph.nodes.find((n) => n.op === 'fully_connected')!;
  return Array.from(graph.tensors[node.in[1]!]!.data!);
};

describe('sparse constants', () => {
  test('rows', async () => {
    const about = sparsity([0, 1], [], [dense(4), compressed(uint8(0, 1, 1, 3, 4), uint8(2, 0, 3, 1), 3)]);
    expect(await weights(layer(f32(1, 2, 3, 4), about))).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 3, 0, 4, 0, 0]);
  });

  test('columns', async () => {
    const about = sparsity([1, 0], [], [dense(4), compressed(int32(0, 1, 1, 3, 4), int32(2, 0, 3, 1), 1)]);
    expect(await weights(layer(f32(1, 2, 3, 4), about))).toEqual([0, 0, 2, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, 0, 3, 0]);
  });

  test('blocks of 2x2', async () => {
    const about = sparsity(
      [0, 1, 2, 3],
      [0, 1],
      [dense(2), compressed(uint8(0, 1, 2), uint8(1, 0), 3), dense(2), dense(2)],
    );
    const data = f32(1, 2, 3, 4, 5, 6, 7, 8);
    expect(await weights(layer(data, about))).toEqual([0, 0, 1, 2, 0, 0, 3, 4, 5, 6, 0, 0, 7, 8, 0, 0]);
  });

  test('DENSIFY ends at once', async () => {
    const about = sparsity([0, 1], [], [dense(4), compressed(uint8(0, 1, 1, 1, 1), uint8(3), 3)]);
    const model: TestModel = {
      tensors: [row, { shape: [4, 4], data: f32(5), more: { 6: ['table', about] } }, { shape: [4, 4] }, row],
      operators: [
        { code: DENSIFY, inputs: [1], outputs: [2] },
        { code: FULLY_CONNECTED, inputs: [0, 2], outputs: [3], options: [8, { 0: ['i8', 0] }] },
      ],
      inputs: [0],
      outputs: [3],
    };
    expect(await weights(model)).toEqual([0, 0, 0, 5, ...new Array(12).fill(0)]);
  });

  test.each<[string, Fields]>([
    ['segments outside', sparsity([0, 1], [], [dense(4), compressed(uint8(0, 1, 1, 3, 9), uint8(2, 0, 3, 1), 3)])],
    ['an index outside', sparsity([0, 1], [], [dense(4), compressed(uint8(0, 1, 1, 3, 4), uint8(2, 0, 7, 1), 3)])],
    ['too few values', sparsity([0, 1], [], [dense(4), compressed(uint8(0, 1, 2, 4, 5), uint8(2, 0, 3, 1, 1), 3)])],
    ['an order that is none', sparsity([0, 0], [], [dense(4), dense(4)])],
    ['no levels', sparsity([], [], [])],
    ['endless levels', sparsity([0, 1], [], [dense(2 ** 30), dense(2 ** 30)])],
  ])('%s', async (_, about) => {
    expect(await problemOf(layer(f32(1, 2, 3, 4), about))).toMatchObject({ code: 'tflite-corrupt' });
  });

  test('int8 keeps scale and zero point', async () => {
    const about = sparsity([0, 1], [], [dense(4), compressed(uint8(0, 1, 1, 1, 1), uint8(3), 3)]);
    const q8 = { type: 9, scale: [0.5], zero: [0] };
    const model = single(
      FULLY_CONNECTED,
      [
        { ...row, ...q8 },
        { shape: [4, 4], ...q8, data: s8(7), more: { 6: ['table', about] } },
        { shape: [1, 4], ...q8 },
      ],
      [8, { 0: ['i8', 0] }],
    );
    const graph = await given(model);
    const w = graph.tensors[graph.nodes.find((n) => n.op === 'fully_connected')!.in[1]!]!;
    expect([w.data![3], w.quant?.scale[0]]).toEqual([7, 0.5]);
  });
});

describe.skipIf(!hasShared)('the face model of MediaPipe', () => {
  const file = new Uint8Array(readFileSync(shared('models/tflite/mp_face_detection_full_sparse_f16.tflite')));
  const bytesOfFile = new Bytes(file);
  const model = read(new Table(bytesOfFile, bytesOfFile.buffer.readUint32(0)), MODEL);
  const { tensors } = read(model.subgraphs[0], SUBGRAPH);

  test('all its sparse tensors: every stored value has a place', () => {
    const all = new Tensors(tensors, model.buffers);
    const sparse = tensors.flatMap((t, i) => (read(t, TENSOR).sparsity ? [i] : []));
    expect(sparse).toHaveLength(46);
    for (const i of sparse) {
      const stored = read(model.buffers[read(tensors[i], TENSOR).buffer], BUFFER).data.length / 2;
      const data = all.tensor(i, 'test').data!;
      const nonzero = Array.from(data).filter((v) => v !== 0).length;
      expect(nonzero).toBeLessThanOrEqual(stored);
      expect(nonzero).toBeGreaterThan(0.95 * stored);
      expect(stored).toBeLessThan(0.6 * data.length);
    }
  });

  test('is compiled as it is with lists of its weights, which take half the flash, and computes what the reference does', async () => {
    const { files, report } = await compile(shared('models/tflite/mp_face_detection_full_sparse_f16.tflite'), {
      ...{ vectors: 1, html: false },
    });
    const { layers, totals } = report;
    const dense = 4 * layers.reduce((n, l) => n + l.weights, 0);
    expect(layers.filter((l) => l.format === 'list').length).toBeGreaterThan(40);
    expect(totals.flash.weights).toBeLessThan(0.6 * dense);
    writeFolder(folder.path('face'), files);
    expect(verifyHost(folder.path('face'), { flags: ['-O0'] })).toMatchObject({ mismatches: 0 });
  }, 60_000);
});
