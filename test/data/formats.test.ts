import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { PNG } from 'pngjs';
import { afterAll, describe, expect, test } from 'vitest';
import { readLabels, readSamples } from '../../src/data/open.js';
import { recoloured, resized } from '../../src/data/resize.js';
import { allOf, type SampleOptions } from '../../src/data/samples.js';
import { writeNpy } from '../../src/support/npy.js';
import { workFolder } from '../support/folder.js';

const folder = workFolder();
afterAll(folder.dispose);

function save(name: string, content: Uint8Array | string): string {
  const path = folder.path(name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** A picture of one colour. */
function png(width: number, height: number, [r, g, b]: readonly [number, number, number]): Buffer {
  const image = new PNG({ width, height });
  for (let i = 0; i < image.data.length; i += 4) image.data.set([r, g, b, 255], i);
  return PNG.sync.write(image);
}

/** What the Problem says of reading a text as x.csv. */
async function csvProblem(text: string, options: SampleOptions = {}) {
  const path = save('x.csv', text);
  const error = await readSamples(path, options).catch((e) => e);
  return { code: error.code, where: error.where?.replace(path, 'x.csv') };
}

describe('csv', () => {
  test('plain numbers, rows counted from 1, blank lines and line ends of any kind', async () => {
    const samples = await readSamples(save('a.csv', '1,2.5,-3\r\n\r\n4,5e1,6'));
    expect(samples).toMatchObject({ count: 2, shape: [3], type: 'f32' });
    expect([...allOf(samples)]).toEqual([1, 2.5, -3, 4, 50, 6]);
    expect(samples.place(1)).toMatch(/a\.csv, row 3$/);
    expect(samples.labels).toBeUndefined();
  });

  test.each([
    ['a column called label, with a header', 'a,label,b\n1,2,3\n4,0,6\n', {}],
    ['the column named', 'a,kind,b\n1,2,3\n4,0,6\n', { labelColumn: 'kind' }],
    ['the last column asked for', '1;3;2\n4;6;0\n', { labelColumn: 'last' }],
    ['one column more than the model takes', '1\t3\t2\n4\t6\t0\n', { shape: [2, 1] }],
  ])('labels: %s', async (_, text, options) => {
    const samples = await readSamples(save('b.csv', text), options);
    expect(samples.labels).toEqual(Int32Array.of(2, 0));
    expect([...allOf(samples)]).toEqual([1, 3, 4, 6]);
  });

  test('classes by name are numbered in sorted order, quoted names too', async () => {
    const samples = await readSamples(save('c.csv.gz', gzipSync('1,2,"so, so"\n3,4,good\n5,6,bad ""\n')));
    expect(samples).toMatchObject({ shape: [2], classes: ['bad ', 'good', 'so, so'].map((c) => c.trim()) });
    expect(samples.labels).toEqual(Int32Array.of(2, 1, 0));
  });

  test('a header of numbers but for one is a header', async () => {
    const samples = await readSamples(save('mnist.csv', 'label,0,1\n7,10,20\n'));
    expect(samples).toMatchObject({ count: 1, labels: Int32Array.of(7) });
  });

  test.each([
    ['1,2\n3,4,5\n', 'data-shape', 2],
    ['a,b\n1,2\n\n3,NaN\n', 'not-finite', 4],
    ['1,2\n3,\n', 'not-finite', 2],
    ['1,2\nx,4\n', 'data-value', 2],
    ['a,label\n1,0\n2,0.5\n', 'data-labels', 3],
    ['a,label\n1,0\n2,cat\n', 'data-labels', 3],
    ['a,label\n1,-1\n', 'data-labels', 2],
    ['a,label\n1,cat\n2,\n', 'data-labels', 3],
  ])('%j: %s in row %i', async (text, code, row) => {
    expect(await csvProblem(text)).toEqual({ code, where: `x.csv, row ${row}` });
  });

  test('no rows, and a column that is not there', async () => {
    expect(await csvProblem('')).toMatchObject({ code: 'data-empty' });
    expect(await csvProblem('a,b\n')).toMatchObject({ code: 'data-empty' });
    expect(await csvProblem('a,b\n1,2\n', { labelColumn: 'c' })).toMatchObject({ code: 'csv-column' });
  });

  test('a file of labels', async () => {
    expect(await readLabels(save('y.csv', '3\n1\n'))).toEqual(Int32Array.of(3, 1));
    expect(await readLabels(save('y2.csv', 'file,class\n1,dog\n2,cat\n'))).toEqual(Int32Array.of(1, 0));
  });
});

describe('idx', () => {
  const images = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 255);
  const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 9, 0);

  test('images and labels as MNIST names them, plain and gzipped', async () => {
    for (const path of [save('t10k-images-idx3-ubyte', images), save('a-idx3-ubyte.gz', gzipSync(images))]) {
      const samples = await readSamples(path);
      expect(samples).toMatchObject({ count: 2, shape: [1, 2], type: 'u8' });
      expect([...samples.at(1)]).toEqual([3, 255]);
    }
    expect(await readLabels(save('t10k-labels-idx1-ubyte', labels))).toEqual(Int32Array.of(9, 0));
  });

  test('numbers are big-endian', async () => {
    const path = save('a.idx', Uint8Array.of(0, 0, 13, 1, 0, 0, 0, 1, 0x3f, 0xc0, 0, 0));
    expect((await readSamples(path)).at(0)).toEqual(Float32Array.of(1.5));
  });

  test('damaged files', async () => {
    await expect(readSamples(save('cut.idx', images.subarray(0, 9)))).rejects.toMatchObject({ code: 'idx-corrupt' });
    await expect(readSamples(save('cut2.idx', images.subarray(0, 18)))).rejects.toMatchObject({ code: 'idx-corrupt' });
    await expect(readSamples(save('no.idx', 'text'))).rejects.toMatchObject({ code: 'idx-corrupt' });
  });
});

describe('folders of images', () => {
  test('are brought to the size and colours of the model', async () => {
    save('two/a/1.png', png(8, 4, [200, 100, 50]));
    save('two/b/1.png', png(3, 9, [10, 20, 30]));
    const rgb = await readSamples(folder.path('two'), { shape: [2, 2, 3] });
    expect(rgb).toMatchObject({ count: 2, shape: [2, 2, 3], classes: ['a', 'b'], labels: Int32Array.of(0, 1) });
    expect([...rgb.at(0)]).toEqual([200, 100, 50, 200, 100, 50, 200, 100, 50, 200, 100, 50]);
    const grey = await readSamples(folder.path('two'), { shape: [2, 2, 1] });
    expect([...grey.at(1)]).toEqual(new Array(4).fill(Math.round(0.299 * 10 + 0.587 * 20 + 0.114 * 30)));
  });

  test('a picture that cannot be read is named when it is asked for, the others are not read', async () => {
    save('bad/a/1.png', png(4, 4, [1, 2, 3]));
    const damaged = save('bad/b/2.png', png(4, 4, [1, 2, 3]).subarray(0, 40));
    const samples = await readSamples(folder.path('bad'), { shape: [4, 4, 3] });
    expect(samples.at(0)).toHaveLength(48);
    expect(() => samples.at(1)).toThrow(expect.objectContaining({ code: 'image-corrupt', where: damaged }));
  });

  test('an empty class is named', async () => {
    save('empty/a/1.png', png(4, 4, [1, 2, 3]));
    save('empty/b/readme.txt', 'x');
    await expect(readSamples(folder.path('empty'))).rejects.toMatchObject({
      code: 'class-empty',
      where: folder.path('empty', 'b'),
    });
  });
});

describe('resized', () => {
  const row = (...values: number[]) => ({
    height: 1,
    width: values.length,
    channels: 1 as const,
    data: Uint8Array.from(values),
  });

  test('twice as large: between the pixels, never beyond them', () => {
    expect([...resized(row(0, 100), 1, 4).data]).toEqual([0, 25, 75, 100]);
  });

  test('smaller: every old pixel counts', () => {
    const half = resized(row(0, 255, 0, 255, 0, 255, 0, 255), 1, 2).data;
    expect(half[0]! + half[1]!).toBe(255);
    expect(Math.abs(half[0]! - 127.5)).toBeLessThan(12);
    const image = { height: 8, width: 8, channels: 3 as const, data: new Uint8Array(192).map((_, i) => 10 * (i % 3)) };
    expect([...resized(image, 3, 5).data]).toEqual(Array.from({ length: 45 }, (_, i) => 10 * (i % 3)));
  });

  test('the same size and colours are the same image', () => {
    const image = row(1, 2, 3);
    expect(recoloured(resized(image, 1, 3), 1)).toBe(image);
    expect([...recoloured(image, 3).data]).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3]);
  });
});

test('a .npz whose labels are fewer than its samples is refused', async () => {
  const { zipSync } = await import('fflate');
  const bytes = zipSync({
    'x.npy': writeNpy(new Float32Array(6), [3, 2]),
    'y.npy': writeNpy(Int32Array.of(0, 1), [2]),
  });
  await expect(readSamples(save('few.npz', bytes))).rejects.toMatchObject({ code: 'labels-count' });
});
