import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CompileOptions, compile } from '../../src/compile.js';
import { loadTarget } from '../../src/plan/target.js';
import { writeFolder } from '../../src/support/output.js';
import { versionOf } from '../../src/verify/toolchain.js';
import { longestPath } from '../support/call-graph.js';
import { workFolder } from '../support/folder.js';
import { modelPath } from '../support/golden.js';
import { hasShared } from '../support/shared.js';

const folder = workFolder();
afterAll(folder.dispose);

const warnings = ['-std=c99', '-pedantic', '-Wall', '-Wextra', '-Wconversion', '-Wshadow', '-Werror'];
const cxxWarnings = ['-x', 'c++', '-pedantic', '-Wall', '-Wextra', '-Wconversion', '-Wshadow', '-Werror'];
const arm = (cpu: string): string[] => ['arm-none-eabi-gcc', `-mcpu=${cpu}`, '-mthumb'];
const compilers: readonly (readonly string[])[] = [
  ['gcc', ...warnings],
  ['clang', ...warnings],
  [...arm('cortex-m0'), ...warnings],
  [...arm('cortex-m4'), ...warnings],
  ['g++', ...cxxWarnings],
  ['clang++', ...cxxWarnings],
];

/** Compiled at one level only: they repeat what the small ones show, and take long. */
const big = new Set(['mcunet', 'face']);

const run = (command: readonly string[], cwd?: string): void => {
  const result = spawnSync(command[0]!, command.slice(1), { cwd, encoding: 'utf8' });
  expect(`${result.stdout}${result.stderr}`.trim()).toBe('');
  expect(result.status).toBe(0);
};

const models: readonly [string, string, CompileOptions][] = [
  ['kws', 'mlperf_kws_int8', {}],
  ['vww', 'mlperf_vww_int8', { optimizeRam: true }],
  ['ic', 'mlperf_ic_int8', { optimize: 'size' }],
  ['sww', 'mlperf_sww_int8', {}],
  ['fingerprint', 'mltk_fingerprint_int8', {}],
  ['kws_float', 'mlperf_kws_float', {}],
  ['mcunet', 'mcunet_vww_int8', {}],
  ['face', 'mp_face_detection_short_f16', {}],
];

describe.skipIf(!hasShared)('emitted C', () => {
  beforeAll(async () => {
    for (const [name, model, options] of models)
      writeFolder(folder.path(name), (await compile(modelPath(model), { name, ...options, vectors: 2 })).files);
  });

  describe.each(
    compilers.map((c) => ({ name: c.filter((w) => !w.startsWith('-W') && w !== '-x').join(' '), command: c })),
  )('$name', ({ command }) => {
    test.skipIf(!versionOf(command[0]!)).each(models)('%s compiles without a warning at every level', (name) => {
      for (const level of big.has(name) ? ['-O2'] : ['-O0', '-O2', '-O3', '-Os'])
        run([...command, level, '-c', '-o', folder.path('x.o'), folder.path(name, `${name}.c`)]);
    });
  });

  test.each(models)('%s: its own Makefile builds and passes the golden test', (name) => {
    const result = spawnSync('make', ['-s', 'test'], { cwd: folder.path(name), encoding: 'utf8' });
    expect(result.stdout.trim()).toBe(`${name}: 2 vectors, 0 wrong`);
    expect(result.status).toBe(0);
  });

  test.each(models)('%s includes no more than it may, allocates nothing, has no mutable globals', (name) => {
    const text = readFileSync(folder.path(name, `${name}.c`), 'utf8');
    const allowed = [
      `"${name}.h"`,
      '<stddef.h>',
      '<string.h>',
      ...(name.includes('float') || name === 'face' ? ['<math.h>'] : []),
    ];
    for (const [, header] of text.matchAll(/#include (\S+)/g)) expect(allowed).toContain(header);
    expect(text).not.toMatch(/\b(malloc|calloc|alloca|printf|goto)\b|\/\/ /);
    run(['gcc', '-O2', '-c', '-o', folder.path('x.o'), folder.path(name, `${name}.c`)]);
    const symbols = spawnSync('nm', [folder.path('x.o')], { encoding: 'utf8' }).stdout;
    expect(symbols.split('\n').filter((line) => / [bBdDC] /.test(line) && !line.includes('_layer'))).toEqual([]);
  });

  const stackCompilers = [['gcc'], arm('cortex-m0'), arm('cortex-m4')].map((command) => ({
    name: command.join(' '),
    command,
  }));
  describe.each(stackCompilers)('worst-case stack with $name', ({ command }) => {
    test.skipIf(!versionOf(command[0]!)).each(models)('%s stays within NAME_STACK_BYTES', (name) => {
      const target = loadTarget(command[1]?.replace('-mcpu=', '') ?? 'host');
      for (const level of big.has(name) ? ['-O0', '-O3'] : ['-O0', '-O1', '-O2', '-O3', '-Os']) {
        run([...command, level, '-fcallgraph-info=su', '-c', '-o', folder.path('x.o'), folder.path(name, `${name}.c`)]);
        expect(longestPath(readFileSync(folder.path('x.ci'), 'utf8'), `${name}_run`), level).toBeLessThanOrEqual(
          target.stackBytes,
        );
      }
    });
  });

  test('two models link into one program, and a run inside a run changes nothing', () => {
    const main = `
#include <stdio.h>
#include <string.h>
#include "kws.h"
#include "sww.h"
#include "kws_golden.h"
#include "sww_golden.h"
static union { uint8_t b[KWS_ARENA_BYTES]; uint64_t a; } first, second;
static union { uint8_t b[SWW_ARENA_BYTES]; uint64_t a; } other;
static int inside, wrong;
void hook(void);
void hook(void)
{
    if (inside) return;
    inside = 1;
    memcpy(kws_input(second.b), kws_input_golden[1], KWS_INPUT_SIZE);
    kws_run(second.b);
    wrong += memcmp(kws_output(second.b), kws_output_golden[1], KWS_OUTPUT_SIZE) != 0;
    memcpy(sww_input(other.b), sww_input_golden[0], SWW_INPUT_SIZE);
    sww_run(other.b);
    wrong += memcmp(sww_output(other.b), sww_output_golden[0], SWW_OUTPUT_SIZE) != 0;
    inside = 0;
}
int main(void)
{
    memcpy(kws_input(first.b), kws_input_golden[0], KWS_INPUT_SIZE);
    kws_run(first.b);
    wrong += memcmp(kws_output(first.b), kws_output_golden[0], KWS_OUTPUT_SIZE) != 0;
    printf("%d\\n", wrong);
    return wrong;
}
`;
    writeFileSync(folder.path('main.c'), main);
    const hook = ['-include', folder.path('hook.h'), '-DKWS_AFTER_LAYER(i,p,n)=hook()'];
    writeFileSync(folder.path('hook.h'), 'void hook(void);\n');
    const parts = ['kws', 'sww'].map((name) => folder.path(name, `${name}.c`));
    run([
      'gcc',
      '-O2',
      ...hook,
      '-I',
      folder.path('kws'),
      '-I',
      folder.path('sww'),
      '-o',
      folder.path('both'),
      folder.path('main.c'),
      ...parts,
    ]);
    expect(spawnSync(folder.path('both'), { encoding: 'utf8' }).stdout.trim()).toBe('0');
  });
});

describe.skipIf(!hasShared)('determinism', () => {
  test('the same input gives the same bytes, twice and from another folder', async () => {
    const { copyFileSync } = await import('node:fs');
    const copy = folder.path('mlperf_kws_int8.tflite');
    copyFileSync(modelPath('mlperf_kws_int8'), copy);
    const all = await Promise.all(
      [modelPath('mlperf_kws_int8'), modelPath('mlperf_kws_int8'), copy].map((path) =>
        compile(path, { target: 'cortex-m4', optimizeRam: true }),
      ),
    );
    const contents = all.map(({ files }) =>
      [...files].map(([path, content]) => [path, Buffer.from(content).toString('base64')]),
    );
    expect(contents[1]).toEqual(contents[0]);
    expect(contents[2]).toEqual(contents[0]);
  });
});
