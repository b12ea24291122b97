import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import Ajv from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readNpy, writeNpy } from '../src/support/npy.js';
import { workFolder } from './support/folder.js';

const folder = workFolder();
afterAll(folder.dispose);

const example = resolve('examples/keyword-spotting');
const model = `${example}/kws.tflite`;

/** Runs the built command in a pipe, as scripts do. */
function espalier(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [resolve('bin/espalier.js'), ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

/** Exit 2, one line that matches, nothing else. */
function refuses(args: readonly string[], what: RegExp): void {
  const { status, stdout, stderr } = espalier(...args);
  expect(stderr.trimEnd()).toMatch(what);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(stderr).toMatch(/^espalier: /);
  expect(stderr).not.toMatch(/\bat .*:\d+:\d+|internal error/);
  expect(stdout).toBe('');
  expect(status).toBe(2);
}

beforeAll(() => {
  expect(existsSync('dist/cli.js'), 'run `npm run build` first').toBe(true);
  expect(espalier('compile', model, '--out', folder.path('kws'), '--quiet')).toEqual({
    status: 0,
    stdout: '',
    stderr: '',
  });
});

describe('commands', () => {
  test('inspect tells ops, MACs and quantisation', () => {
    const { status, stdout } = espalier('inspect', model, '--json');
    const result = JSON.parse(stdout);
    expect(status).toBe(0);
    expect(result.totals).toMatchObject({ macs: 2656768, liveMacs: 2656768, weights: 22016 });
    expect(result.inputs).toEqual([
      { name: 'input_1', shape: [1, 49, 10, 1], type: 's8', scale: 0.5847029089927673, zeroPoint: 83 },
    ]);
    expect(espalier('inspect', model).stdout).toContain('2,656,768');
  });

  test('compile writes sources, golden vectors and a report that its schema accepts', () => {
    expect(readdirSync(folder.path('kws')).sort()).toEqual([
      'CMakeLists.txt',
      'Makefile',
      'golden',
      'kws.c',
      'kws.h',
      'kws_golden.h',
      'kws_test.c',
      'report.html',
      'report.json',
      'wasm',
    ]);
    const report = JSON.parse(readFileSync(folder.path('kws', 'report.json'), 'utf8'));
    const validate = new Ajv.default({ strict: false }).compile(
      JSON.parse(readFileSync('schema/report.schema.json', 'utf8')),
    );
    expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
    expect(report.totals.flash.code).toBeNull();
    expect(report.totals.instructions.measured).toBeNull();
  });

  test('compile --json prints the same report', () => {
    const { stdout } = espalier('compile', model, '--out', folder.path('json'), '--json');
    expect(JSON.parse(stdout)).toEqual(JSON.parse(readFileSync(folder.path('json', 'report.json'), 'utf8')));
  });

  test('compile --no-html leaves the page out, report writes it again', () => {
    espalier('compile', model, '--out', folder.path('page'), '--no-html', '--quiet');
    const path = folder.path('page', 'report.html');
    expect(existsSync(path)).toBe(false);
    expect(espalier('report', folder.path('page'))).toEqual({ status: 0, stdout: `${path}\n`, stderr: '' });
    expect(readFileSync(path, 'utf8')).toBe(readFileSync(folder.path('kws', 'report.html'), 'utf8'));
    expect(espalier('compile', model, '--out', folder.path('page'), '--quiet').status).toBe(0);
  });

  test('compile --data --labels measures accuracy', () => {
    const args = ['--data', `${example}/samples.npy.gz`, '--labels', `${example}/labels.npy.gz`];
    const { stdout } = espalier('compile', model, '--out', folder.path('acc'), '--json', ...args);
    expect(JSON.parse(stdout).accuracy).toEqual({ metric: 'top-1 %', samples: 1000, dense: 90.1, compiled: 90.1 });
  });

  test('compile --dump writes every stage and the memory plan', () => {
    espalier('compile', model, '--out', folder.path('dumped'), '--dump', folder.path('dump'), '--quiet');
    const files = readdirSync(folder.path('dump')).sort();
    expect(files[0]).toBe('00-import.ir');
    expect(files.at(-1)).toMatch(/plan\.txt$/);
    expect(readFileSync(folder.path('dump', files.at(-1)!), 'utf8')).toMatch(/^arena \d+ bytes/);
  });

  test('compile --variants tells what speed, balanced and size would give', () => {
    const { stdout } = espalier(
      'compile',
      model,
      '--out',
      folder.path('variants'),
      '--json',
      '--target',
      'cortex-m4',
      '--variants',
    );
    const { variants } = JSON.parse(stdout);
    expect(variants.map((v: { optimize: string }) => v.optimize)).toEqual(['speed', 'balanced', 'size']);
    const [speed, balanced, size] = variants;
    expect(size.flash.weights).toBeLessThanOrEqual(balanced.flash.weights);
    expect(balanced.flash.weights).toBeLessThanOrEqual(speed.flash.weights);
    expect(speed.instructions.estimated).toBeLessThanOrEqual(size.instructions.estimated);
  });

  test('verify replays the golden vectors', () => {
    expect(espalier('verify', folder.path('kws'))).toEqual({
      status: 0,
      stdout: '4 vectors, all equal (host)\n',
      stderr: '',
    });
  });

  test('verify names the first layer that differs, exit 1', () => {
    espalier('compile', model, '--out', folder.path('broken'), '--quiet');
    const path = folder.path('broken', 'kws.c');
    const source = readFileSync(path, 'utf8');
    const weights = /(kws_conv2d_2_weights\[4096\] = \{\s*)(-?\d+)/;
    writeFileSync(
      path,
      source.replace(weights, (_, start, value) => `${start}${(Number(value) % 100) + 20}`),
    );
    const { status, stdout } = espalier('verify', folder.path('broken'));
    expect(stdout).toMatch(/^\d of 4 vectors differ; vector \d first at layer conv2d_2\n$/);
    expect(status).toBe(1);
  });

  test('run gives the same bytes by reference and by compiled C', () => {
    const few = folder.path('few.npy');
    const golden = new Int8Array(readFileSync(folder.path('kws', 'golden', 'inputs.bin')));
    writeFileSync(few, writeNpy(golden, [4, 49, 10, 1]));
    expect(espalier('run', model, '--input', few, '--output', folder.path('ref.npy')).status).toBe(0);
    expect(espalier('run', folder.path('kws'), '--input', few, '--output', folder.path('host.npy')).status).toBe(0);
    expect(
      espalier('run', model, '--engine', 'host', '--input', few, '--output', folder.path('host2.npy')).status,
    ).toBe(0);
    const [a, b, c] = ['ref', 'host', 'host2'].map((n) => readFileSync(folder.path(`${n}.npy`)));
    expect(b!.equals(a!)).toBe(true);
    expect(c!.equals(a!)).toBe(true);
    expect(readNpy(new Uint8Array(a!), 'ref').shape).toEqual([4, 12]);
  });

  test('bench gives time per layer', () => {
    const result = JSON.parse(espalier('bench', folder.path('kws'), '--json').stdout);
    expect(result.layers).toHaveLength(12);
    expect(result.nanoseconds).toBeGreaterThan(0);
    expect(result.flash.weights).toBe(
      JSON.parse(readFileSync(folder.path('kws', 'report.json'), 'utf8')).totals.flash.weights,
    );
  });

  test('targets and doctor', () => {
    expect(JSON.parse(espalier('targets', '--json').stdout).map((t: { name: string }) => t.name)).toContain(
      'cortex-m4',
    );
    expect(espalier('doctor').stdout).toContain('arm-none-eabi-gcc');
  });

  test('npx espalier works in the checkout', () => {
    const { status, stdout } = spawnSync('npx', ['--no-install', 'espalier', '--version'], { encoding: 'utf8' });
    expect(stdout.trim()).toBe(JSON.parse(readFileSync('package.json', 'utf8')).version);
    expect(status).toBe(0);
  });

  test('plain in a pipe: no colours, no spinner', () => {
    const { stdout, stderr } = espalier('compile', model, '--out', folder.path('plain'));
    expect(stderr).toBe('');
    expect(stdout.includes('\u001b')).toBe(false);
  });
});

describe('wrong use and bad input: exit 2, one line', () => {
  const out = (name: string) => folder.path(name);
  beforeAll(() => {
    writeFileSync(out('text.tflite'), 'this is no model');
    writeFileSync(out('empty.tflite'), '');
    const whole = readFileSync(model);
    writeFileSync(out('cut.tflite'), whole.subarray(0, 20000));
    writeFileSync(out('a-file'), 'x');
    mkdirSync(out('precious'));
    writeFileSync(out('precious/thesis.txt'), 'ten years');
    writeFileSync(out('shape.npy'), writeNpy(new Int8Array(100), [10, 10]));
    writeFileSync(
      out('nan.npy'),
      writeNpy(
        Float32Array.from({ length: 490 }, () => Number.NaN),
        [1, 49, 10, 1],
      ),
    );
    writeFileSync(out('u8.npy'), writeNpy(new Uint8Array(490), [1, 49, 10, 1]));
    copyFileSync(model, out('kws.bin'));
    const sweep = { schema: 1, model: { name: 'b.tflite', sha256: '0'.repeat(64) }, points: [] };
    writeFileSync(out('sweep.json'), JSON.stringify(sweep));
  });

  test.each<[string, () => string[], RegExp]>([
    ['unknown command', () => ['frobnicate'], /unknown command/],
    ['unknown option', () => ['compile', model, '--out', out('x'), '--frob'], /unknown option/],
    ['missing --out', () => ['compile', model], /--out/],
    ['missing model', () => ['compile', '--out', out('x')], /no model is given/],
    ['no such model', () => ['inspect', out('none.tflite')], /no such file/],
    ['not a model', () => ['compile', out('text.tflite'), '--out', out('x')], /text\.tflite/],
    ['empty file', () => ['compile', out('empty.tflite'), '--out', out('x')], /empty\.tflite/],
    ['truncated model', () => ['compile', out('cut.tflite'), '--out', out('x')], /cut\.tflite/],
    ['a folder as model', () => ['inspect', out('precious')], /cannot be read|folder/],
    ['unknown target', () => ['compile', model, '--out', out('x'), '--target', 'z80'], /choose one of .*cortex-m4/],
    ['bad name', () => ['compile', model, '--out', out('x'), '--name', '9 lives'], /--name/],
    ['bad number', () => ['compile', model, '--out', out('x'), '--vectors', 'many'], /--vectors/],
    ['bad choice', () => ['compile', model, '--out', out('x'), '--optimize', 'beauty'], /speed/],
    ['output is a file', () => ['compile', model, '--out', out('a-file')], /not a folder/],
    ['output holds other files', () => ['compile', model, '--out', out('precious')], /did not write/],
    ['output cannot be made', () => ['compile', model, '--out', out('a-file/below')], /cannot write|a-file/],
    ['unknown tap', () => ['compile', model, '--out', out('x'), '--tap', 'nothing'], /nothing/],
    ['labels without data', () => ['compile', model, '--out', out('x'), '--labels', out('shape.npy')], /--data/],
    ['wrong shape', () => ['run', model, '--input', out('shape.npy')], /\[10\].*49,10,1|shape/],
    ['NaN', () => ['run', model, '--input', out('nan.npy')], /NaN/],
    ['wrong type', () => ['run', model, '--input', out('u8.npy')], /--scale|u8|u1/],
    ['no such input', () => ['run', model, '--input', out('none.npy')], /none\.npy/],
    ['two inputs for one', () => ['run', model, '--input', out('shape.npy'), '--input', out('shape.npy')], /1 inputs?/],
    ['verify a folder that is none', () => ['verify', out('precious')], /compile MODEL/],
    [
      'run a folder by reference',
      () => ['run', out('kws'), '--engine', 'reference', '--input', out('shape.npy')],
      /model/,
    ],
    [
      'unwritable output',
      () => ['run', model, '--input', out('golden.npy'), '--output', out('a-file/y.npy')],
      /golden|cannot write/,
    ],
    ['report of a folder that is none', () => ['report', out('precious')], /compile MODEL/],
    ['a sweep that is none', () => ['report', out('kws'), '--sweep', out('text.tflite')], /sweep\.json/],
    [
      'a sweep of another model',
      () => ['report', out('kws'), '--sweep', out('sweep.json')],
      /another model: b\.tflite/,
    ],
    ['missing compiler', () => ['verify', out('kws'), '--cc', 'no-such-cc'], /no-such-cc/],
  ])('%s', (_, args, what) => {
    refuses(args(), what);
  });

  test('nothing partial is left behind, and nothing of the user is lost', () => {
    expect(readFileSync(out('precious/thesis.txt'), 'utf8')).toBe('ten years');
    expect(existsSync(out('x'))).toBe(false);
    expect(readdirSync(folder.path()).filter((f) => f.includes('.part'))).toEqual([]);
  });
});

describe('the output folder', () => {
  const compileTo = (dir: string) => espalier('compile', model, '--out', dir, '--quiet');

  test('is replaced when it holds nothing but what we wrote', () => {
    expect(compileTo(folder.path('again')).status).toBe(0);
    expect(compileTo(folder.path('again')).status).toBe(0);
  });

  test('is refused when a file of the user is in it, even beside ours', () => {
    compileTo(folder.path('mixed'));
    writeFileSync(folder.path('mixed', 'main.c'), 'int main(void) { return 0; }\n');
    refuses(['compile', model, '--out', folder.path('mixed')], /did not write/);
    expect(existsSync(folder.path('mixed', 'main.c'))).toBe(true);
  });

  test("is refused when report.json is another program's", () => {
    mkdirSync(folder.path('foreign'));
    writeFileSync(folder.path('foreign', 'report.json'), '{"schema": 1}');
    refuses(['compile', model, '--out', folder.path('foreign')], /did not write/);
  });

  test('a name that would clash is refused', () => {
    for (const name of ['nn', 'nn_x', 'test'])
      refuses(['compile', model, '--out', folder.path('clash'), '--name', name], /--name/);
  });
});
