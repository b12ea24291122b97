import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

// Low to high. A folder may import itself and lower layers; folders in one layer never see each other.
const layers = [
  ['support'],
  ['ir', 'formats'],
  ['data'],
  ['ops'],
  ['normal'],
  ['importers', 'passes', 'prune', 'train', 'quantise', 'sparse', 'build', 'exporters'],
  ['export.ts'],
  ['compress.ts'],
  ['kernels'],
  ['plan'],
  ['search'],
  ['emit'],
  ['verify'],
  ['report'],
  ['options.ts'],
  ['stages.ts', 'variants.ts', 'emission.ts'],
  ['quantising.ts', 'pruning.ts'],
  ['schedule.ts'],
  ['finetune.ts'],
  ['checks.ts'],
  ['advise'],
  ['compile.ts'],
  ['sweep'],
  ['inspect.ts'],
  ['config'],
  ['index.ts'],
  ['cli'],
  ['cli.ts'],
];
const root = resolve('src');
const level = (folder: string) => layers.findIndex((l) => l.includes(folder));
const sources = (readdirSync(root, { recursive: true }) as string[]).filter((name) => name.endsWith('.ts')).sort();

/** Paths that a file imports or re-exports, statically or not. */
const importsOf = (file: string): string[] =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/(?:from|import\()\s*'([^']+)'/g)].map((m) => m[1]!);

const local = (file: string): string[] =>
  importsOf(file)
    .filter((path) => path.startsWith('.'))
    .map((path) => relative(root, resolve(root, dirname(file), path)).replace(/\.js$/, '.ts'));

test('every folder has a layer', () => {
  expect(sources.map((name) => name.split('/')[0]!).filter((folder) => level(folder) < 0)).toEqual([]);
});

test('imports only point down the layers', () => {
  const bad = sources.flatMap((file) => {
    const from = file.split('/')[0]!;
    return local(file)
      .filter((path) => path.split('/')[0] !== from && level(path.split('/')[0]!) >= level(from))
      .map((path) => `${file} -> ${path}`);
  });
  expect(bad).toEqual([]);
});

test('no import cycles between files', () => {
  const state = new Map<string, 'open' | 'done'>();
  const cycles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      return;
    }
    state.set(file, 'open');
    for (const next of local(file)) if (sources.includes(next)) visit(next, [...path, file]);
    state.set(file, 'done');
  };
  for (const file of sources) visit(file, []);
  expect(cycles).toEqual([]);
});

test('files stay within 300 lines', () => {
  const long = sources.filter((file) => readFileSync(join(root, file), 'utf8').split('\n').length > 301);
  expect(long).toEqual([]);
});

test('training and file-format libraries are loaded only where they are needed', () => {
  const heavy = /^(@tensorflow|h5wasm|jsfive|pngjs|jpeg-js|jiti)/;
  const eager = sources.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/^import (?!type)[^;]*? from '([^']+)'/gms)]
      .filter((m) => heavy.test(m[1]!))
      .map((m) => `${file}: ${m[1]}`),
  );
  expect(eager).toEqual([]);
});
