/** What is declared of samples and frames: where pixels go, and what they mean. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { afterAll, describe, expect, test } from 'vitest';
import { openInputs } from '../../src/data/dataset.js';
import { toInput, toRealInput } from '../../src/data/feed.js';
import { converter, type Grid } from '../../src/data/frame.js';
import type { Preprocess } from '../../src/data/preprocess.js';
import { samplesOf } from '../../src/data/samples.js';
import { random } from '../../src/support/rng.js';

const folder = mkdtempSync(join(tmpdir(), 'espalier-frames-'));
afterAll(() => rmSync(folder, { recursive: true }));

const next = random(11);
const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => Math.floor(256 * next()));
const grid = (height: number, width: number, channels: number, planar = false): Grid => ({
  ...{ height, width, channels, planar },
});
const feed = (data: Uint8Array | Int8Array, shape: readonly number[], input: readonly number[], p: Preprocess) => {
  const samples = samplesOf(data, { from: 'x', count: 1, shape, type: data instanceof Int8Array ? 's8' : 'u8' });
  return toRealInput(samples, { name: 'x', type: 'f32', shape: input }, p)(0);
};

describe('pixels', () => {
  const frame = grid(6, 10, 3);
  const data = bytes(180);
  const at = (y: number, x: number, c: number): number => data[(y * 10 + x) * 3 + c]!;

  test('half the size: bilinear is the mean of four, halves up; nearest the pixel after the middle', () => {
    const input = grid(3, 5, 3);
    const mean = converter({ frame, input, resize: 'bilinear', swap: false })(data);
    const nearest = converter({ frame, input, resize: 'nearest', swap: false })(data);
    for (let i = 0; i < 45; i++) {
      const [y, x, c] = [2 * Math.floor(i / 15), 2 * (Math.floor(i / 3) % 5), i % 3] as const;
      const four = at(y, x, c) + at(y, x + 1, c) + at(y + 1, x, c) + at(y + 1, x + 1, c);
      expect(mean[i]).toBe(Math.floor((four + 2) / 4));
      expect(nearest[i]).toBe(at(y + 1, x + 1, c));
    }
  });

  test('twice the size: borders repeat, a flat picture stays flat, all stays between its neighbours', () => {
    const input = grid(12, 20, 3);
    const large = converter({ frame, input, resize: 'bilinear', swap: false })(data);
    expect([large[0], large.at(-1)]).toEqual([at(0, 0, 0), at(5, 9, 2)]);
    // A quarter of the way from the second pixel of a row to the third, rounded.
    expect(large[3 * 3]).toBe(Math.floor((3 * at(0, 1, 0) + at(0, 2, 0) + 2) / 4));
    const flat = converter({ frame, input, resize: 'bilinear', swap: false })(new Uint8Array(180).fill(201));
    expect(flat.every((v) => v === 201)).toBe(true);
  });

  test('grey is the luma, of the colours in their order', () => {
    const how = { frame, input: grid(6, 10, 1), resize: 'bilinear' } as const;
    const grey = converter({ ...how, swap: false })(data);
    expect(grey[7]).toBe((77 * data[21]! + 150 * data[22]! + 29 * data[23]! + 128) >> 8);
    expect(converter({ ...how, swap: true })(data)[7]).toBe(
      (29 * data[21]! + 150 * data[22]! + 77 * data[23]! + 128) >> 8,
    );
  });
});

describe('declared', () => {
  const data = bytes(4 * 5 * 3);
  const image = [1, 4, 5, 3];
  const plain = feed(data, [4, 5, 3], image, { scale: 1 });
  const planes = Uint8Array.from(data, (_, i) => data[(i % 20) * 3 + Math.floor(i / 20)]!);

  test('layout of the data, and of the model', () => {
    expect(feed(planes, [3, 4, 5], image, { scale: 1, layout: 'nchw' })).toEqual(plain);
    expect(feed(data, [4, 5, 3], [1, 3, 4, 5], { scale: 1, layout: 'nhwc' })).toEqual(Float32Array.from(planes));
    expect(feed(planes, [3, 4, 5], [1, 3, 4, 5], { scale: 1 })).toEqual(Float32Array.from(planes));
  });

  test('numbers per channel follow the channels of either layout', () => {
    const mean = [10, 20, 30];
    const wanted = Float32Array.from(planes, (v, i) => (v - mean[Math.floor(i / 20)]!) / 2);
    expect(feed(planes, [3, 4, 5], [1, 3, 4, 5], { scale: 0.5, mean })).toEqual(wanted);
    expect(feed(data, [4, 5, 3], image, { scale: 0.5, mean })[4]).toBe((data[4]! - 20) / 2);
  });

  test('colours: data against model', () => {
    const turned = plain.map((_, i) => plain[i - (i % 3) + 2 - (i % 3)]!);
    expect(feed(data, [4, 5, 3], image, { scale: 1, colors: 'bgr' })).toEqual(turned);
    expect(feed(data, [4, 5, 3], image, { scale: 1, modelColors: 'bgr' })).toEqual(turned);
    expect(feed(data, [4, 5, 3], image, { scale: 1, colors: 'bgr', modelColors: 'bgr' })).toEqual(plain);
  });

  test('frames of another size, with a byte too many, or grey', () => {
    const larger = feed(bytes(8 * 10 * 4), [8, 10, 4], image, { scale: 1, frame: [8, 10, 4] });
    expect(larger).toHaveLength(60);
    const grey = feed(data.subarray(0, 20), [4, 5, 1], image, { scale: 1, frame: [4, 5, 1] });
    expect(grey).toEqual(Float32Array.from({ length: 60 }, (_, i) => data[Math.floor(i / 3)]!));
  });

  test('stored samples of the input itself pass by the frame', () => {
    const stored = Int8Array.from({ length: 60 }, (_, i) => i - 30);
    const samples = samplesOf(stored, { from: 'x', count: 1, shape: [4, 5, 3], type: 's8' });
    const tensor = { name: 'x', type: 's8', shape: image, quant: { scale: [0.5], zero: [3], axis: 0 } } as const;
    expect(toInput(samples, tensor, { frame: [8, 10, 3] })(0)).toEqual(stored);
  });

  test.each([
    ['samples of another shape', { scale: 1, frame: [9, 9, 3] }, 'data-shape'],
    ['channels that do not become each other', { scale: 1, frame: [4, 5, 2] }, 'data-options'],
    ['colours of grey', { scale: 1, frame: [4, 15, 1], colors: 'bgr' }, 'data-options'],
    ['a frame beyond 15 bits', { scale: 1, frame: [40000, 5, 3] }, 'data-options'],
    ['bytes that nothing gives a meaning', { frame: [4, 5, 3] }, 'data-type'],
    ['a number for each of two channels', { scale: [1, 2] }, 'data-options'],
  ] as const)('refused: %s', (_, p, code) => {
    expect(() => feed(data, [4, 5, 3], image, p)).toThrow(expect.objectContaining({ code }));
  });
});

test('pictures of a folder: red, green and blue whatever arrays hold; for a planar model too', async () => {
  const picture = new PNG({ width: 5, height: 4 });
  for (let i = 0; i < 20; i++) picture.data.set([i, 100 + i, 200 + i, 255], 4 * i);
  const path = join(folder, 'pictures');
  mkdirSync(path);
  writeFileSync(join(path, 'a.png'), PNG.sync.write(picture));
  const open = async (shape: readonly number[], p: Preprocess) => {
    const tensor = { name: 'x', type: 'f32', shape } as const;
    const [samples] = await openInputs([path], [tensor], p);
    return Array.from(toInput(samples!, tensor, p)(0));
  };
  const rgb = Array.from({ length: 60 }, (_, i) => Math.floor(i / 3) + 100 * (i % 3));
  const planes = Array.from({ length: 60 }, (_, i) => (i % 20) + 100 * Math.floor(i / 20));
  expect(await open([1, 4, 5, 3], { scale: 1, colors: 'bgr', layout: 'nchw' })).toEqual(rgb);
  expect(await open([1, 4, 5, 3], { scale: 1, modelColors: 'bgr', frame: [4, 5, 4] })).toEqual(
    rgb.map((_, i) => rgb[i - (i % 3) + 2 - (i % 3)]!),
  );
  expect(await open([1, 3, 4, 5], { scale: 1 })).toEqual(planes);
});
