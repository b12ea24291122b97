import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { toInput } from '../../src/data/feed.js';
import { readLabels, readSamples } from '../../src/data/open.js';
import { allOf, type Samples, samplesOf } from '../../src/data/samples.js';
import type { Tensor } from '../../src/ir/graph.js';
import { writeNpy } from '../../src/support/npy.js';
import { hasShared, shared } from '../support/shared.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'espalier-samples-'));
});

function save(name: string, bytes: Uint8Array): string {
  mkdirSync(join(folder, name, '..'), { recursive: true });
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
}

function png(width: number, height: number, colorType: 0 | 2 = 2): Buffer {
  const image = new PNG({ width, height });
  for (let i = 0; i < image.data.length; i++) image.data[i] = i % 4 === 3 ? 255 : i % 4;
  return PNG.sync.write(image, { colorType, inputColorType: 6, inputHasAlpha: true });
}

describe('readSamples', () => {
  const data = Int8Array.of(1, 2, 3, 4, 5, 6);

  test('npy, plain and gzipped: the first axis counts', async () => {
    const bytes = writeNpy(data, [2, 3, 1]);
    for (const path of [save('a.npy', bytes), save('a.npy.gz', gzipSync(bytes))]) {
      const samples = await readSamples(path);
      expect(samples).toMatchObject({ count: 2, shape: [3, 1], type: 's8' });
      expect(allOf(samples)).toEqual(data);
      expect(samples.at(1)).toEqual(Int8Array.of(4, 5, 6));
      expect(() => samples.at(2)).toThrow(expect.objectContaining({ code: 'data-index' }));
    }
  });

  test('npz: the only array, the one called x, or the one asked for', async () => {
    const x = writeNpy(data, [2, 3]);
    const y = writeNpy(Int32Array.of(1, 0), [2]);
    expect(await readSamples(save('one.npz', zipSync({ 'q.npy': x })))).toMatchObject({ count: 2, shape: [3] });
    const both = save('both.npz', zipSync({ 'x.npy': x, 'y.npy': y }));
    expect(await readSamples(both)).toMatchObject({ count: 2, labels: Int32Array.of(1, 0) });
    expect(await readSamples(both, { key: 'y' })).toMatchObject({ count: 2, shape: [] });
    await expect(readSamples(both, { key: 'z' })).rejects.toMatchObject({ code: 'npz-key' });
    const several = save('several.npz', zipSync({ 'a.npy': x, 'b.npy': y }));
    await expect(readSamples(several)).rejects.toMatchObject({
      code: 'npz-key',
      hint: expect.stringContaining('a, b'),
    });
  });

  test('raw numbers need a shape and a type', async () => {
    const path = save('raw.bin', data.slice(0, 6) as unknown as Uint8Array);
    const samples = await readSamples(path, { shape: [3], type: 's8' });
    expect(samples).toMatchObject({ count: 2, shape: [3] });
    expect(allOf(samples)).toEqual(data);
    await expect(readSamples(path)).rejects.toMatchObject({ code: 'bin-shape' });
    await expect(readSamples(path, { shape: [4], type: 's8' })).rejects.toMatchObject({ code: 'data-shape' });
  });

  test('a folder of classes', async () => {
    save('pets/cat/1.png', png(3, 2));
    save('pets/dog/2.PNG', png(3, 2));
    save('pets/dog/1.jpg', jpeg.encode({ width: 3, height: 2, data: Buffer.alloc(24, 200) }).data);
    const samples = await readSamples(join(folder, 'pets'));
    expect(samples).toMatchObject({ count: 3, shape: [2, 3, 3], type: 'u8', classes: ['cat', 'dog'] });
    expect(samples.labels).toEqual(Int32Array.of(0, 1, 1));
    expect([...samples.at(0).subarray(0, 6)]).toEqual([0, 1, 2, 0, 1, 2]);
    expect(samples.names).toEqual(['cat/1.png', 'dog/1.jpg', 'dog/2.PNG']);
    expect(samples.at(1)[0]).toBeGreaterThan(190);
  });

  test('a flat folder of grey images has no labels', async () => {
    save('grey/1.png', png(2, 2, 0));
    const samples = await readSamples(join(folder, 'grey'));
    expect(samples.shape).toEqual([2, 2, 1]);
    expect(samples.labels).toBeUndefined();
  });

  test('images of two sizes, damaged ones and empty folders are refused', async () => {
    save('sizes/1.png', png(2, 2));
    const other = save('sizes/2.png', png(2, 3));
    const sizes = await readSamples(join(folder, 'sizes'));
    expect(() => sizes.at(1)).toThrow(expect.objectContaining({ code: 'data-shape', where: other }));
    save('cut/1.png', png(9, 9).subarray(0, 60));
    await expect(readSamples(join(folder, 'cut'))).rejects.toMatchObject({ code: 'image-corrupt' });
    save('text/1.jpeg', Buffer.from('no image'));
    await expect(readSamples(join(folder, 'text'))).rejects.toMatchObject({ code: 'image-corrupt' });
    save('none/readme.txt', Buffer.from('x'));
    await expect(readSamples(join(folder, 'none'))).rejects.toMatchObject({ code: 'data-empty' });
  });

  test('an image that claims a huge size is refused before it is decoded', async () => {
    const bytes = png(2, 2);
    bytes.writeUInt32BE(100000, 16);
    bytes.writeUInt32BE(100000, 20);
    save('huge/1.png', bytes);
    await expect(readSamples(join(folder, 'huge'))).rejects.toMatchObject({ code: 'image-corrupt' });
  });

  test('missing, empty and unknown files', async () => {
    await expect(readSamples(join(folder, 'no.npy'))).rejects.toMatchObject({ code: 'file-missing' });
    await expect(readSamples(save('x.dat', Buffer.from('1,2')))).rejects.toMatchObject({ code: 'data-format' });
    const empty = save('empty.npy', writeNpy(new Int8Array(), [0, 3]));
    await expect(readSamples(empty)).rejects.toMatchObject({ code: 'data-empty' });
    const scalar = save('scalar.npy', writeNpy(Int8Array.of(1), []));
    await expect(readSamples(scalar)).rejects.toMatchObject({ code: 'data-empty' });
  });

  test('labels are class numbers', async () => {
    expect(await readLabels(save('y.npy', writeNpy(Float64Array.of(0, 3), [2, 1])))).toEqual(Int32Array.of(0, 3));
    await expect(readLabels(save('z.npy', writeNpy(Float32Array.of(0.5), [1])))).rejects.toMatchObject({
      code: 'data-labels',
    });
    await expect(readLabels(save('w.npy', writeNpy(data, [2, 3])))).rejects.toMatchObject({ code: 'data-shape' });
  });
});

describe('toInput', () => {
  const samples = (type: Samples['type'], data: ReturnType<typeof allOf>, shape: number[]): Samples =>
    samplesOf(data, { from: 'x.npy', count: data.length / shape.reduce((n, d) => n * d, 1), shape, type });
  const input = (type: Tensor['type'], shape: number[], quant?: [number, number]): Tensor => ({
    name: 'in',
    shape,
    type,
    ...(quant && { quant: { scale: [quant[0]], zero: [quant[1]] } }),
  });

  test('data of the input type are taken as they are', () => {
    const feed = toInput(samples('s8', Int8Array.of(1, -128, 3, 127), [2]), input('s8', [1, 2], [0.5, 3]));
    expect(feed(1)).toEqual(Int8Array.of(3, 127));
  });

  test('float data are quantised: half away from zero, clamped', () => {
    const stored = Float32Array.of(0.25, -0.25, 0.5, 1000, -1000, 0);
    const feed = toInput(samples('f32', stored, [6]), input('s8', [1, 6], [0.5, 3]));
    expect(feed(0)).toEqual(Int8Array.of(4, 2, 4, 127, -128, 3));
  });

  test('images need scale and mean, one for all or one per channel', () => {
    const images = samples('u8', Uint8Array.of(0, 255, 128, 64), [1, 2, 2]);
    const tensor = input('s8', [1, 1, 2, 2], [1 / 255, -128]);
    expect(() => toInput(images, tensor)).toThrow(expect.objectContaining({ code: 'data-type' }));
    expect(toInput(images, tensor, { scale: 1 / 255 })(0)).toEqual(Int8Array.of(-128, 127, 0, -64));
    const f32 = input('f32', [1, 1, 2, 2]);
    expect(toInput(images, f32, { scale: [1, 2], mean: [0, 255] })(0)).toEqual(Float32Array.of(0, 0, 128, -382));
    expect(() => toInput(images, f32, { scale: [1, 2, 3] })).toThrow(expect.objectContaining({ code: 'data-options' }));
    expect(toInput(images, input('u8', [1, 1, 2, 2], [1, 0]))(0)).toEqual(Uint8Array.of(0, 255, 128, 64));
  });

  test.each([
    [[49, 10, 1], true],
    [[1, 49, 10, 1], true],
    [[49, 10], true],
    [[490], true],
    [[10, 49, 1], false],
    [[49, 10, 2], false],
    [[], false],
  ])('a sample [%s] fits [1,49,10,1]: %s', (shape, fits) => {
    const run = () => toInput(samples('s8', new Int8Array(980), shape), input('s8', [1, 49, 10, 1]));
    if (fits) expect(run()(0)).toHaveLength(490);
    else
      expect(run).toThrow(
        expect.objectContaining({ code: 'data-shape', message: expect.stringContaining('[1,49,10,1]') }),
      );
  });

  test('NaN, wrong types and wrong numbers are named', () => {
    const nan = samples('f32', Float32Array.of(1, Number.NaN), [1]);
    const feed = toInput(nan, input('f32', [1, 1]));
    expect(feed(0)).toEqual(Float32Array.of(1));
    expect(() => feed(1)).toThrow(
      expect.objectContaining({ code: 'not-finite', message: expect.stringContaining('sample 1') }),
    );
    expect(() => feed(2)).toThrow(expect.objectContaining({ code: 'data-index' }));
    const ints = samples('s8', Int8Array.of(1), [1]);
    expect(() => toInput(ints, input('f32', [1, 1]))).toThrow(expect.objectContaining({ code: 'data-type' }));
    const floats = samples('f32', Float32Array.of(1), [1]);
    expect(() => toInput(floats, input('s32', [1, 1]))).toThrow(expect.objectContaining({ code: 'data-type' }));
  });
});

describe.skipIf(!hasShared)('real data', () => {
  test('the official key-word samples with their labels', async () => {
    const samples = await readSamples(shared('data/kws/kws01_x_int8.npy.gz'));
    expect(samples).toMatchObject({ count: 1000, shape: [49, 10, 1], type: 's8' });
    expect(await readLabels(shared('data/kws/kws01_y.npy.gz'))).toHaveLength(1000);
  });
});
