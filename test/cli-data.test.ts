import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decode } from '../src/formats/message.js';
import { modelSchema } from '../src/formats/onnx/schema.js';
import { gunzip, readNpy, writeNpy } from '../src/support/npy.js';
import { workFolder } from './support/folder.js';

const folder = workFolder();
afterAll(folder.dispose);

const example = resolve('examples/keyword-spotting');
const model = `${example}/kws.tflite`;

/** Runs the built command in the test's folder. */
function espalier(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [resolve('bin/espalier.js'), ...args], {
    encoding: 'utf8',
    cwd: folder.path(),
  });
  return { status, stdout, stderr };
}

beforeAll(() => {
  expect(existsSync('dist/cli.js'), 'run `npm run build` first').toBe(true);
});

describe('--export', () => {
  test('writes the pruned model as ONNX, its zeros as zeros', () => {
    const pruning = ['--sparsity', '0.5', '--pattern', 'unstructured'];
    const args = ['compile', model, '--out', 'out', '--quiet', '--export', 'kws.onnx', ...pruning];
    expect(espalier(...args)).toEqual({ status: 0, stdout: '', stderr: '' });
    const { graph, opsetImport } = decode(modelSchema, new Uint8Array(readFileSync(folder.path('kws.onnx'))), 'kws');
    expect(opsetImport[0]!.version).toBeGreaterThanOrEqual(13);
    const values = graph!.initializer.filter((t) => t.dims.length > 1).flatMap((t) => floats(t.rawData!));
    const { totals } = JSON.parse(readFileSync(folder.path('out', 'report.json'), 'utf8'));
    expect(values).toHaveLength(totals.liveWeights);
    expect(values.filter((v) => v !== 0)).toHaveLength(totals.nonzero);
    expect(totals.nonzero).toBeLessThan(0.65 * totals.liveWeights);
  });

  test('another ending is refused before anything is compiled', () => {
    const { status, stderr } = espalier('compile', model, '--out', 'none', '--export', 'kws.pb');
    expect(stderr).toMatch(/^espalier: --export: "kws\.pb" is no \.onnx file\n$/);
    expect(status).toBe(2);
    expect(existsSync(folder.path('none'))).toBe(false);
  });
});

const floats = (bytes: Uint8Array): number[] => [...new Float32Array(Uint8Array.from(bytes).buffer)];

describe('data of several forms', () => {
  const read = (name: string) => readNpy(gunzip(readFileSync(`${example}/${name}.npy.gz`), name), name).data;

  /** The first samples of the example as rows of real values, the word in front. */
  function csv(count: number): string {
    const [x, y] = [read('samples'), read('labels')];
    const header = ['word', ...Array.from({ length: 490 }, (_, i) => `mfcc ${i}`)];
    const rows = Array.from({ length: count }, (_, i) => [
      `word ${y[i]}`,
      ...Array.from(x.subarray(490 * i, 490 * i + 490), (v) => (v - 83) * 0.5847029089927673),
    ]);
    return [header, ...rows].map((row) => row.join(',')).join('\n');
  }

  test('calibration, samples and labels from a .csv', () => {
    writeFileSync(folder.path('x.csv'), csv(40));
    const args = ['compile', model, '--out', 'csv', '--json', '--label-column', 'word', '--data', 'x.csv'];
    const { status, stdout, stderr } = espalier(...args, '--calibrate', 'x.csv', '--sparsity', '0.3');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ accuracy: { samples: 40 }, pruning: { sparsity: expect.any(Number) } });
  });

  test('what is wrong with a row is told in one line', () => {
    writeFileSync(folder.path('bad.csv'), '1,2,3\n4,NaN,6\n');
    const { status, stderr } = espalier('run', model, '--input', 'bad.csv');
    expect(stderr).toMatch(/^espalier: bad\.csv, row 2: "NaN" in column 2 is no finite number; leave the row out\n$/);
    expect(status).toBe(2);
  });
});

describe('configuration files', () => {
  const config = (content: string, name = 'c.mjs'): string => {
    writeFileSync(folder.path(name), content);
    return name;
  };
  const options = (...args: string[]) => {
    const { status, stdout, stderr } = espalier('compile', ...args, '--json', '--no-html');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    return JSON.parse(stdout);
  };

  test('options come from the file, the command line wins', () => {
    const file = config(JSON.stringify({ model, out: 'o', target: 'cortex-m0', optimize: 'size', seed: 7 }), 'c.json');
    const report = options('--config', file, '--optimize', 'speed');
    expect(report).toMatchObject({ target: 'cortex-m0', options: { optimize: 'speed', seed: 7 } });
  });

  test('lists of the file are replaced, not continued; --no-simplify is `simplify: false`', () => {
    const tap = 'functional_1/dense/BiasAdd';
    const file = config(`export default { simplify: false, tap: ['none'], fit: { ram: '64K' } }`);
    const bad = espalier('compile', model, '--out', 'o', '--config', file);
    expect(bad.stderr).toMatch(/none/);
    expect(bad.status).toBe(2);
    const again = espalier('compile', model, '--out', 'o', '--config', file, '--tap', tap);
    expect(again).toMatchObject({ status: 0, stderr: '' });
  });

  test('that of the working folder is found, --no-config leaves it', () => {
    const name = config('{ "sparsty": 0.5 }', 'espalier.config.json');
    const { status, stderr } = espalier('inspect', model, '--quiet');
    expect(stderr).toBe(`espalier: ${name}: there is no option "sparsty"; did you mean "sparsity"?\n`);
    expect(status).toBe(2);
    expect(espalier('inspect', model, '--quiet', '--no-config')).toEqual({ status: 0, stdout: '', stderr: '' });
    config('{}', name);
  });

  test.each([
    ['{ "seed": "x" }', /c\.json, seed: "x" is not a whole number >= 0/],
    ['{ "optimize": "fast" }', /c\.json, optimize: .*speed, size, balanced/],
    ['{ "html": 3 }', /c\.json, html: cannot be 3/],
    ['{ "dataset": "x.npy" }', /c\.json: "dataset" is no function/],
    ['{ "model": 3 }', /c\.json: "model" is neither/],
  ])('%s is refused', (text, message) => {
    const { status, stderr } = espalier('compile', '--out', 'o', '--config', config(text, 'c.json'));
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(status).toBe(2);
  });

  test('no model at all', () => {
    const { status, stderr } = espalier('compile', '--out', 'o');
    expect(stderr).toMatch(/no model is given/);
    expect(status).toBe(2);
  });

  test('a network and a dataset become int8 C with its accuracy', () => {
    const file = config(`
      import { network } from '${resolve('dist/index.js')}';
      const samples = (count, seed) => ({
        count,
        inputs: (i) => [Float32Array.from({ length: 36 }, (_, k) => Math.sin(seed + i * 36 + k * k))],
        label: (i) => i % 3,
      });
      export default {
        model: network([6, 6, 1]).conv(4, 3).relu().flatten().dense(3).softmax().build({ seed: 5, name: 'tiny' }),
        dataset: (part) => ({ train: samples(40, 1), test: samples(9, 2) })[part],
      };`);
    const report = options('--config', file, '--out', 'net', '--export', 'net.onnx');
    expect(report).toMatchObject({
      model: { name: 'tiny', format: 'network', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      accuracy: { samples: 9 },
    });
    expect(readFileSync(folder.path('net', 'tiny.h'), 'utf8')).toMatch(/int8_t/);
    expect(espalier('inspect', '--config', file, '--json').stdout).toMatch(/"conv_1"/);
  });
});

describe('preprocessing, declared once', () => {
  const network = `network([4, 5, 3]).conv(4, 3).relu().globalAveragePool().dense(2).softmax().build({ seed: 1, name: 'n' })`;
  const declared = { scale: [0.01, 0.02, 0.03], mean: 128, frame: [8, 10, 3], colors: 'bgr' };
  const config = (preprocess: unknown, data: object = {}) =>
    writeFileSync(
      folder.path('declared.mjs'),
      `import { network } from ${JSON.stringify(pathToFileURL(resolve('dist/index.js')).href)};
      export default { model: ${network}, ...${JSON.stringify({ ...data, preprocess })} };`,
    );
  const file = ['--config', 'declared.mjs'];
  const frames = Uint8Array.from({ length: 4 * 240 }, (_, i) => (i * 89) % 251);
  const outputs = (name: string) => readNpy(readFileSync(folder.path(name)), name).data;

  test('in the configuration file: for accuracy, golden vectors, and what the folder is run on later', () => {
    writeFileSync(folder.path('x.npy'), writeNpy(frames, [4, 8, 10, 3]));
    writeFileSync(folder.path('y.npy'), writeNpy(Int32Array.of(0, 1, 1, 0), [4]));
    config(declared, { data: ['x.npy'], labels: 'y.npy' });
    const compiled = espalier('compile', '--out', 'seen', '--quiet', ...file, '--emit-preprocess', '--name', 'm');
    expect(compiled).toEqual({ status: 0, stdout: '', stderr: '' });
    const report = JSON.parse(readFileSync(folder.path('seen', 'report.json'), 'utf8'));
    expect(report.accuracy.samples).toBe(4);
    expect(report.preprocess).toMatchObject({ ...declared, scale: declared.scale, mean: [128] });
    expect(espalier('verify', 'seen').status).toBe(0);
    expect(espalier('run', 'seen', '--input', 'x.npy', '--output', 'a.npy', '--quiet', '--no-config').status).toBe(0);
    config({ ...declared, colors: 'rgb' });
    espalier('run', 'seen', '--input', 'x.npy', '--output', 'b.npy', '--quiet', ...file);
    const options = ['--scale', '0.01,0.02,0.03', '--mean', '128', '--frame', '8x10x3', '--colors', 'bgr'];
    espalier('run', 'seen', '--input', 'x.npy', '--output', 'c.npy', '--quiet', '--no-config', ...options);
    expect(outputs('a.npy')).toEqual(outputs('c.npy'));
    expect(outputs('a.npy')).not.toEqual(outputs('b.npy'));
  });

  test.each([
    [{ scales: 1 }, '"preprocess" has no "scales"'],
    ['half', '"preprocess" is no object'],
    [{ frame: '8x8' }, 'is not height x width x channels'],
    [{ layout: 'hwc' }, 'layout'],
  ])('a mistake is told in a line: %j', (preprocess, message) => {
    config(preprocess);
    const { status, stderr } = espalier('compile', '--out', 'wrong', ...file);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
