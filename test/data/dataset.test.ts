import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import {
  type Dataset,
  type DatasetRequest,
  openDataset,
  shuffledOrder,
  splitDataset,
  subset,
} from '../../src/data/dataset.js';
import { writeNpy } from '../../src/support/npy.js';
import { workFolder } from '../support/folder.js';

const folder = workFolder();
afterAll(folder.dispose);

const save = (name: string, content: Uint8Array | string): string => {
  writeFileSync(folder.path(name), content);
  return folder.path(name);
};

const float = { name: 'in', type: 'f32', shape: [1, 2, 1] } as const;
const open = (request: Partial<DatasetRequest>) => openDataset({ data: [], inputs: [float], ...request });

describe('openDataset', () => {
  const x = () => save('x.npy', writeNpy(Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]));

  test('samples and classes as real numbers', async () => {
    const set = await open({ data: [x()], labels: save('y.npy', writeNpy(Int32Array.of(2, 0, 1), [3])) });
    expect(set.count).toBe(3);
    expect(set.inputs(1)).toEqual([Float32Array.of(3, 4)]);
    expect([0, 1, 2].map((i) => set.label!(i))).toEqual([2, 0, 1]);
  });

  test('without labels; with wanted outputs as labels', async () => {
    expect((await open({ data: [x()] })).label).toBeUndefined();
    const labels = save('t.npy', writeNpy(Float32Array.of(0.5, 1, 0, 0, 1, 0), [3, 2]));
    expect((await open({ data: [x()], labels })).label!(0)).toEqual(Float32Array.of(0.5, 1));
  });

  test('integers of the input get the values that they stand for, others what --scale and --mean say', async () => {
    const input = { name: 'in', type: 's8', shape: [1, 2], quant: { scale: [0.5], zero: [3] } } as const;
    const own = save('s8.npy', writeNpy(Int8Array.of(3, 5), [1, 2]));
    expect((await open({ data: [own], inputs: [input] })).inputs(0)).toEqual([Float32Array.of(0, 1)]);
    const pixels = save('u8.npy', writeNpy(Uint8Array.of(0, 255), [1, 2]));
    const feed = { scale: 1 / 255 };
    expect((await open({ data: [pixels], inputs: [input], feed })).inputs(0)).toEqual([Float32Array.of(0, 1)]);
    await expect(open({ data: [pixels] })).rejects.toMatchObject({ code: 'data-type' });
  });

  test('a .csv with names of classes', async () => {
    const set = await open({ data: [save('x.csv', '1,2,yes\n3,4,no\n')] });
    expect(set.classes).toEqual(['no', 'yes']);
    expect(set.label!(0)).toBe(1);
    expect(set.inputs(1)).toEqual([Float32Array.of(3, 4)]);
  });

  test('what is wrong is told with its place', async () => {
    const few = save('few.npy', writeNpy(Int32Array.of(0, 1), [2]));
    await expect(open({ data: [x()], labels: few })).rejects.toMatchObject({ code: 'labels-count', where: few });
    await expect(open({ data: [x(), x()] })).rejects.toMatchObject({ code: 'inputs-count' });
    const half = save('half.npy', writeNpy(Float32Array.of(0, 1, 0.5), [3]));
    await expect(open({ data: [x()], labels: half })).rejects.toMatchObject({
      code: 'data-labels',
      message: expect.stringContaining('sample 2'),
    });
    await expect(open({ data: [save('wide.csv', '1,2,3,4\n')] })).rejects.toMatchObject({ code: 'data-shape' });
    const nan = await open({ data: [save('nan.npy', writeNpy(Float32Array.of(1, 2, Number.NaN, 4), [2, 2]))] });
    expect(() => nan.inputs(1)).toThrow(
      expect.objectContaining({ code: 'not-finite', message: expect.stringContaining('sample 1') }),
    );
  });

  test('two inputs, each a file; their counts agree', async () => {
    const inputs = [float, { ...float, name: 'b' }];
    const set = await open({ data: [x(), x()], inputs });
    expect(set.inputs(2)).toEqual([Float32Array.of(5, 6), Float32Array.of(5, 6)]);
    const short = save('short.npy', writeNpy(Float32Array.of(1, 2), [1, 2]));
    await expect(open({ data: [x(), short], inputs })).rejects.toMatchObject({ code: 'inputs-count', where: short });
  });
});

describe('order and split', () => {
  const set = (labels: readonly number[]): Dataset => ({
    count: labels.length,
    inputs: (i) => [Float32Array.of(i)],
    label: (i) => labels[i]!,
  });
  const members = (d: Dataset) => Array.from({ length: d.count }, (_, i) => d.inputs(i)[0]![0]!);

  test('an order holds every number once and hangs on the seed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), fc.integer(), (count, seed) => {
        const order = [...shuffledOrder(count, seed)];
        expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
        expect([...shuffledOrder(count, seed)]).toEqual(order);
      }),
    );
    expect(shuffledOrder(50, 1)).not.toEqual(shuffledOrder(50, 2));
  });

  test('every class gives its share, nothing is lost or doubled', () => {
    const labels = Array.from({ length: 100 }, (_, i) => (i < 80 ? 0 : 1));
    const { train, validation } = splitDataset(set(labels), 0.1, 7);
    expect([train.count, validation.count]).toEqual([90, 10]);
    const classes = Array.from({ length: 10 }, (_, i) => validation.label!(i));
    expect(classes.filter((c) => c === 1)).toHaveLength(2);
    expect([...members(train), ...members(validation)].toSorted((a, b) => a - b)).toEqual(labels.map((_, i) => i));
    expect(members(splitDataset(set(labels), 0.1, 7).validation)).toEqual(members(validation));
  });

  test('shares that leave nothing are refused', () => {
    for (const share of [0, 1, -1, Number.NaN])
      expect(() => splitDataset(set([0, 1]), share, 1)).toThrow(expect.objectContaining({ code: 'option-invalid' }));
    expect(() => splitDataset(set([0, 1]), 0.1, 1)).toThrow(expect.objectContaining({ code: 'data-few' }));
  });

  test('a subset keeps labels with their samples', () => {
    const part = subset(set([5, 6, 7]), [2, 0]);
    expect(members(part)).toEqual([2, 0]);
    expect([part.label!(0), part.label!(1)]).toEqual([7, 5]);
  });
});
