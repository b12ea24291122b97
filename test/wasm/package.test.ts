/** The emitted folder as a package: for bundlers, for Node and for TypeScript. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { workFolder } from '../support/folder.js';
import { compileSmall, expected, sample } from './small.js';

const folder = workFolder();
afterAll(folder.dispose);

const home = folder.path('home');
beforeAll(async () => {
  await compileSmall(folder.path('small'));
  mkdirSync(join(home, 'node_modules'), { recursive: true });
  symlinkSync(folder.path('small'), join(home, 'node_modules', 'small'));
});

const run = `(await load()).run(Int8Array.from(${JSON.stringify([...sample])}))`;

/** Runs a program of Node; what it prints, as JSON. */
function printed(file: string, ...flags: string[]): unknown {
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, file], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

describe('the emitted package', () => {
  // Vite comes with Vitest. Small modules go into the text, others beside it, under other names.
  test.each([
    ['inlined', 4096, []],
    ['beside', 0, ['small-', 'small.scalar-']],
  ])('is bundled by Vite, modules %s', async (name, assetsInlineLimit, files) => {
    const entry = join(home, `${name}.mjs`);
    writeFileSync(entry, `import { load } from 'small';\nexport const result = async () => [...${run}];\n`);
    const outDir = folder.path(name);
    const { build } = await import('vite');
    const rollupOptions = { input: entry, preserveEntrySignatures: 'strict' as const };
    const options = { outDir, assetsInlineLimit, rollupOptions, target: 'esnext', emptyOutDir: true } as const;
    await build({ root: home, base: './', configFile: false, logLevel: 'warn', build: options });
    const assets = readdirSync(join(outDir, 'assets')).sort();
    expect(assets.filter((file) => file.endsWith('.wasm')).map((file) => file.replace(/-[\w-]+\.wasm$/, '-'))).toEqual(
      files,
    );
    const bundle = join(outDir, 'assets', assets.find((file) => file.endsWith('.js'))!);
    expect(readFileSync(bundle, 'utf8').includes('data:application/wasm')).toBe(!files.length);
    const { result } = (await import(/* @vite-ignore */ pathToFileURL(bundle).href)) as { result(): Promise<number[]> };
    expect(await result()).toEqual([...expected]);
  });

  test('is found from CommonJS, with its modules, and by those that read no exports', () => {
    const file = join(home, 'common.cjs');
    const code = `(async () => { const { load } = await import('small'); console.log(JSON.stringify([...${run}])); })();`;
    writeFileSync(file, code);
    expect(printed(file)).toEqual([...expected]);
    const { resolve: find } = createRequire(file);
    for (const path of ['small.wasm', 'small.scalar.wasm', 'package.json'])
      expect(readFileSync(find(`small/${path}`))).toEqual(readFileSync(folder.path('small', path)));
    const { main, types, exports } = JSON.parse(readFileSync(folder.path('small', 'package.json'), 'utf8'));
    expect(exports['.']).toEqual({ types, default: main });
  });

  test.each([
    ['node16', 'node16'],
    ['bundler', 'esnext'],
  ])('TypeScript, moduleResolution %s: types are found, wrong arrays are errors', (moduleResolution, module) => {
    const lines = [
      "import { load, type Output } from 'small';",
      'const model = await load();',
      'const y: Output = model.run(new Int8Array(18));',
      'model.input().set(y);',
      'model.run(new Uint8Array(18));',
      'model.run([1, 2, 3]);',
      "await load({ variant: 'relaxed' });",
    ];
    writeFileSync(join(home, 'typed.mts'), lines.join('\n'));
    const compilerOptions = {
      ...{ module, moduleResolution, target: 'es2022', lib: ['es2022'], types: [] },
      noEmit: true,
    };
    const settings = { compilerOptions: { ...compilerOptions, strict: true }, files: ['typed.mts'] };
    writeFileSync(join(home, 'tsconfig.json'), JSON.stringify(settings));
    const tsc = resolve('node_modules/typescript/bin/tsc');
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', home, '--pretty', 'false'], { encoding: 'utf8' });
    const errors = [...stdout.matchAll(/typed\.mts\((\d+),\d+\): error (\w+)/g)].map(([, line, code]) => [
      Number(line),
      code,
    ]);
    expect(errors).toEqual([
      [5, 'TS2345'],
      [6, 'TS2345'],
      [7, 'TS2322'],
    ]);
  });
});
