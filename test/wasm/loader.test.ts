/** The emitted loader: what it accepts, refuses and chooses. */
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { workFolder } from '../support/folder.js';
import { compileSmall, expected, sample } from './small.js';

const folder = workFolder();
afterAll(folder.dispose);

/** What the tests use of a loaded model. */
interface Model {
  readonly variant: string;
  input(index?: number): Int8Array;
  output(index?: number): Int8Array;
  run(...values: unknown[]): Int8Array;
}
interface Loader {
  load(options?: object): Promise<Model>;
  bestVariant(): string;
  readonly inputs: readonly { readonly shape: readonly number[]; readonly scale: number }[];
}
declare const WebAssembly: { validate: (bytes: Uint8Array) => boolean; compile(bytes: Uint8Array): Promise<object> };

const dir = folder.path('small');
let loader: Loader;
beforeAll(async () => {
  await compileSmall(dir);
  loader = (await import(/* @vite-ignore */ pathToFileURL(`${dir}/small.js`).href)) as Loader;
});

describe('the loader', () => {
  test('gives the bytes of the reference, as a copy and in the views', async () => {
    const model = await loader.load();
    const y = model.run(sample);
    expect(y).toEqual(expected);
    model.input().set(sample);
    model.run();
    expect(model.output()).toEqual(expected);
    model.input().fill(0);
    model.run();
    expect(y).toEqual(expected);
    expect(loader.inputs[0]).toMatchObject({ shape: [1, 3, 3, 2], scale: 0.1 });
  });

  test('instances do not share memory', async () => {
    const [a, b] = [await loader.load(), await loader.load()];
    a.run(sample);
    b.run(sample.map((v) => -v));
    expect(a.output()).toEqual(expected);
    expect(b.output()).not.toEqual(expected);
  });

  test('takes modules and bytes', async () => {
    const bytes = readFileSync(`${dir}/small.wasm`);
    for (const module of [bytes, await WebAssembly.compile(bytes)])
      expect((await loader.load({ module })).run(sample)).toEqual(expected);
    await expect(loader.load({ module: 'small.wasm' })).rejects.toMatchObject({ code: 'module' });
    const elsewhere = runInNewContext('new Uint8Array(list).buffer', { list: [...bytes] }) as ArrayBuffer;
    expect((await loader.load({ module: elsewhere })).run(sample)).toEqual(expected);
  });

  test('says so where there is no module, but a page or nothing', async () => {
    const copy = folder.path('copy');
    cpSync(dir, copy, { recursive: true });
    const { load } = (await import(/* @vite-ignore */ pathToFileURL(`${copy}/small.js`).href)) as Loader;
    const refused = (options: object | undefined, code: string, text: string) =>
      expect(load(options)).rejects.toMatchObject({ name: 'ModelError', code, message: expect.stringContaining(text) });
    writeFileSync(`${copy}/small.wasm`, '<!doctype html>');
    await refused(undefined, 'load', 'small.wasm is no WebAssembly module, but begins with "<!doctype html>"');
    rmSync(`${copy}/small.wasm`);
    await refused(undefined, 'load', 'small.wasm cannot be loaded: ENOENT');
    await refused({ module: new Uint8Array(0) }, 'module', 'begins with ""');
    await refused({ module: Uint8Array.from([0, 97, 115, 109, 9, 9, 9, 9]) }, 'module', 'module cannot be compiled');
    await refused({ variant: 'constructor' }, 'variant', 'there is no variant "constructor"');
    cpSync(`${dir}/small.wasm`, `${copy}/small.wasm`);
    expect((await load()).run(sample)).toEqual(expected);
  });

  test('without SIMD it takes the scalar module', async () => {
    const { validate } = WebAssembly;
    expect(loader.bestVariant()).toBe('simd');
    WebAssembly.validate = () => false;
    try {
      const model = await loader.load();
      expect(model.variant).toBe('scalar');
      expect(model.run(sample)).toEqual(expected);
      await expect(loader.load({ variant: 'simd' })).rejects.toMatchObject({ code: 'variant' });
    } finally {
      WebAssembly.validate = validate;
    }
    await expect(loader.load({ variant: 'other' })).rejects.toMatchObject({ code: 'variant' });
  });

  const detached = (): Int8Array => {
    const x = new Int8Array(18);
    structuredClone(x.buffer, { transfer: [x.buffer] });
    return x;
  };
  test.each([
    ['another type', () => new Uint8Array(18), 'input-type', 'Uint8Array was given'],
    ['floats', () => new Float32Array(18), 'input-type', 'an Int8Array of 18 values, shape [1,3,3,2]'],
    ['a list', () => [...sample], 'input-type', 'Array was given'],
    ['null', () => null, 'input-type', 'null was given'],
    ['another length', () => new Int8Array(17), 'input-length', '17 were given'],
    ['nothing in it', () => new Int8Array(0), 'input-length', '0 were given'],
    ['a buffer that is gone', detached, 'input-detached', 'transferred elsewhere'],
  ])('refuses %s', async (_, make, code, text) => {
    const model = await loader.load();
    expect(() => model.run(make())).toThrow(expect.objectContaining({ name: 'ModelError', code }));
    expect(() => model.run(make())).toThrow(text);
    expect(() => model.run(sample, sample)).toThrow(expect.objectContaining({ code: 'input-count' }));
    expect(model.run(sample)).toEqual(expected);
  });

  test('memory does not grow over 100,000 runs', async () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const model = await loader.load();
    const used = (): number => {
      gc();
      const { heapUsed, arrayBuffers, external } = process.memoryUsage();
      return heapUsed + arrayBuffers + external;
    };
    const run = (count: number): void => {
      for (let i = 0; i < count; i++) model.run(sample);
    };
    run(1000);
    const size = model.input().buffer.byteLength;
    const before = used();
    run(100_000);
    expect(used() - before).toBeLessThan(2 ** 20);
    expect(model.input().buffer.byteLength).toBe(size);
  });

  test('works in plain Node and in a worker', async () => {
    const code = `import { load } from ${JSON.stringify(pathToFileURL(`${dir}/small.js`).href)};
const y = (await load()).run(Int8Array.from(${JSON.stringify([...sample])}));`;
    writeFileSync(folder.path('plain.mjs'), `${code}\nconsole.log(JSON.stringify([...y]));`);
    const plain = spawnSync(process.execPath, [folder.path('plain.mjs')], { encoding: 'utf8' });
    expect([plain.stderr, JSON.parse(plain.stdout)]).toEqual(['', [...expected]]);
    writeFileSync(
      folder.path('worker.mjs'),
      `import { parentPort } from 'node:worker_threads';\n${code}\nparentPort.postMessage([...y]);`,
    );
    const worker = new Worker(folder.path('worker.mjs'));
    const message = await new Promise((resolve, reject) => worker.on('message', resolve).on('error', reject));
    expect(message).toEqual([...expected]);
  });

  test('has types that name the shapes', () => {
    const types = readFileSync(`${dir}/small.d.ts`, 'utf8');
    expect(types).toContain('export type Input = Tensor<Int8Array, readonly [1, 3, 3, 2]>;');
    expect(types).toContain('run(x: Input): Output;');
    expect(readFileSync(`${dir}/small.wat`, 'utf8')).toContain('(export "run")');
  });
});
