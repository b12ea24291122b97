import { writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { DatasetFunction } from '../../src/config/config.js';
import { classesOf, datasetPart, sourceOf } from '../../src/config/dataset.js';
import { findConfig, loadConfig } from '../../src/config/load.js';
import { nearest } from '../../src/config/nearest.js';
import { workFolder } from '../support/folder.js';

const folder = workFolder();
afterAll(folder.dispose);

const save = (name: string, text: string): string => {
  writeFileSync(folder.path(name), text);
  return folder.path(name);
};

describe('loadConfig', () => {
  test.each([
    ['a.json', '{"target": "cortex-m4"}'],
    ['a.mjs', "export default { target: 'cortex-m4' };"],
    ['a.ts', "interface A { target: string }\nexport default { target: 'cortex-m4' } satisfies A;"],
  ])('%s', async (name, text) => {
    expect(await loadConfig(save(name, text))).toMatchObject({ target: 'cortex-m4' });
  });

  test.each([
    ['b.json', '{', 'config-invalid', /no JSON/],
    ['list.json', '[]', 'config-invalid', /no object/],
    ['b.mjs', 'export const target = 1;', 'config-invalid', /no object/],
    ['throws.mjs', "throw new Error('mine');", 'config-invalid', /mine/],
    ['wrong.mjs', 'export default {', 'config-invalid', /cannot be read/],
    ['b.txt', '', 'config-invalid', /is no \.js/],
  ])('%s is refused', async (name, text, code, message) => {
    const where = save(name, text);
    await expect(loadConfig(where)).rejects.toMatchObject({ code, where, message: expect.stringMatching(message) });
  });

  test('a file that is not there', async () => {
    await expect(loadConfig(folder.path('none.json'))).rejects.toMatchObject({ code: 'file-missing' });
  });
});

test('the file of a folder is found; two are too many', () => {
  const path = save('espalier.config.mjs', '');
  expect(findConfig(dirname(path))).toBe(path);
  save('espalier.config.json', '');
  expect(() => findConfig(dirname(path))).toThrow(expect.objectContaining({ code: 'config-several' }));
  expect(findConfig('test')).toBeUndefined();
});

test('the nearest word', () => {
  const words = ['sparsity', 'pattern', 'labels', 'labelColumn'];
  expect(['sparcity', 'Patern', 'label', 'label-column'].map((w) => nearest(w, words))).toEqual(words);
});

describe('datasets', () => {
  const inputs = [{ name: 'in', type: 's8', shape: [1, 2], quant: { scale: [0.5], zero: [1] } }] as const;
  const about = { inputs, seed: 1, preprocess: {} };
  const set =
    (values: number[], label: number | undefined = 0): DatasetFunction =>
    () => ({
      count: 2,
      inputs: () => [Float32Array.from(values)],
      label: () => label as number,
    });

  test('samples are stored as the model takes them', async () => {
    const part = (await datasetPart(set([1, -200], 3), 'test', about))!;
    expect(part.inputs(0)).toEqual([Float32Array.of(1, -200)]);
    expect(sourceOf(part, inputs, 'x').sample(1)).toEqual([Int8Array.of(3, -128)]);
    expect(classesOf(part, 'x')).toEqual(Int32Array.of(3, 3));
    expect(await datasetPart(() => undefined, 'test', about)).toBeUndefined();
  });

  test('what is wrong is told with part and sample', async () => {
    const part = async (f: DatasetFunction) => (await datasetPart(f, 'train', about))!;
    const where = expect.stringMatching(/^dataset\('train'\), sample 1$/);
    const short = await part(set([1]));
    expect(() => short.inputs(1)).toThrow(expect.objectContaining({ code: 'dataset-invalid', where }));
    const nan = await part(set([1, Number.NaN]));
    expect(() => nan.inputs(1)).toThrow(expect.objectContaining({ code: 'not-finite', where }));
    const half = await part(set([1, 1], 0.5));
    expect(() => classesOf(half, 'x')).toThrow(expect.objectContaining({ code: 'dataset-labels' }));
    const none = (() => ({ count: 0, inputs: () => [] })) as DatasetFunction;
    await expect(part(none)).rejects.toMatchObject({ code: 'dataset-invalid' });
  });
});
