/** NAME_preprocess: frames of bytes through compiled C and through what feeds samples, bit for bit. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { compile } from '../../src/compile.js';
import { sizeOf } from '../../src/data/frame.js';
import type { Preprocess } from '../../src/data/preprocess.js';
import { cType } from '../../src/emit/c/ports.js';
import {
  checksum,
  type Prepared,
  prepare,
  preparedInput,
  preprocessText,
  testFrame,
} from '../../src/emit/c/preprocess.js';
import { templates } from '../../src/emit/template.js';
import type { Tensor } from '../../src/ir/graph.js';
import { elements } from '../../src/ir/graph.js';
import { loadTarget } from '../../src/plan/target.js';
import { writeFolder } from '../../src/support/output.js';
import { runOnBoard } from '../support/board.js';
import { allCompilers, compileC, isInstalled, runProgram, warnings } from '../support/cc.js';
import { workFolder } from '../support/folder.js';
import { modelPath } from '../support/golden.js';
import { hasShared } from '../support/shared.js';

const folder = workFolder();
afterAll(folder.dispose);

const input = (type: Tensor['type'], shape: readonly number[], scale = 1 / 128, zero = -1): Tensor => ({
  ...{ name: 'image', type, shape },
  ...(type !== 'f32' && { quant: { scale: [scale], zero: [zero], axis: 0 } }),
});
const mean = [123.7, 116.8, 103.9];

/** Inputs of every type and layout, frames of every kind. */
const cases: readonly (readonly [Tensor, Preprocess])[] = [
  [input('s8', [1, 9, 12, 3], 1 / 255, -128), { scale: 1 / 255 }],
  [input('s8', [1, 9, 12, 3]), { scale: 0.0078, mean, frame: [20, 25, 3] }],
  [input('s8', [1, 9, 12, 3]), { scale: 0.0078, mean, frame: [20, 25, 3], resize: 'nearest', colors: 'bgr' }],
  [input('s8', [1, 9, 12, 3]), { scale: [0.01, 0.02, 0.03], frame: [5, 7, 3], layout: 'nchw', modelColors: 'bgr' }],
  [input('s8', [1, 9, 12, 1]), { scale: 0.01, mean: 128, frame: [18, 24, 3] }],
  [input('s8', [1, 9, 12, 1]), { scale: 0.01, mean: 128, frame: [31, 11, 4], colors: 'bgr' }],
  [input('s8', [1, 9, 12, 3]), { scale: 0.02, mean, frame: [40, 30, 1] }],
  [input('s8', [1, 3, 9, 12]), { scale: 0.02, mean, frame: [19, 24, 3] }],
  [input('u8', [1, 9, 12, 3], 1, 0), { frame: [120, 160, 3] }],
  [input('u8', [1, 9, 12, 3], 0.017, 114), { scale: 1 / 127.5, mean: 127.5, frame: [9, 12, 4] }],
  [input('s16', [1, 9, 12, 3], 1 / 32768, 0), { scale: 1 / 128, mean, frame: [10, 13, 3] }],
  [input('f32', [1, 9, 12, 3]), { scale: 1 / 255, mean, frame: [17, 23, 3] }],
  [input('f32', [1, 3, 9, 12]), { scale: 1, mean: 3, frame: [3, 5, 3], resize: 'nearest' }],
  [input('s8', [1, 49, 10, 1], 0.58, 83), { scale: 0.5, mean: 100 }],
  [input('s8', [1, 64]), { scale: 0.5, mean: 100, frame: [8, 8, 1] }],
  [input('s8', [1, 2, 2, 3]), { scale: 0.01, mean, frame: [300, 3, 3] }],
];

const prepared = cases.map(([tensor, declared]) => prepare([tensor], declared));
const frames = 40;

/** Functions of all cases, and a main that prints a checksum for every frame. */
function programOf(list: readonly Prepared[]): string {
  const texts = list.map((p, i) => preprocessText(`m${i}`, p));
  const most = Math.max(...list.map((p) => sizeOf(p.how.frame)));
  const bodies = list.map(
    (p, i) => `    for (seed = 1; seed <= ${frames}; ++seed) {
        static ${cType(p.tensor)} input[${elements(p.tensor.shape)}];
        make_frame(seed, ${sizeOf(p.how.frame)});
        m${i}_preprocess(frame, input);
        printf("%d %lu %lu\\n", ${i}, (unsigned long)seed, (unsigned long)sum_of(input, sizeof input));
    }`,
  );
  return `#include "${join(templates, 'c', 'kernels', 'nn_frame.h')}"
#include <stdio.h>
${texts.map((t, i) => `${t.constants}\n${t.code.replace('void', `void m${i}_preprocess(const uint8_t *frame, ${cType(list[i]!.tensor)} *input);\nvoid`)}`).join('\n\n')}
static uint8_t frame[${most}];
static void make_frame(uint32_t state, size_t bytes)
{
    size_t i;
    for (i = 0; i < bytes; ++i) {
        state = state * 1664525u + 1013904223u;
        frame[i] = (uint8_t)(state >> 24);
    }
}
static uint32_t sum_of(const void *data, size_t bytes)
{
    const uint8_t *const in = (const uint8_t *)data;
    uint32_t sum = 2166136261u;
    size_t i;
    for (i = 0; i < bytes; ++i) {
        sum = (sum ^ in[i]) * 16777619u;
    }
    return sum;
}
int main(void)
{
    uint32_t seed;
${bodies.join('\n')}
    return 0;
}
`;
}

const wanted = prepared
  .flatMap((p, i) =>
    Array.from({ length: frames }, (_, k) => `${i} ${k + 1} ${checksum(preparedInput(p, testFrame(p, k + 1)))}`),
  )
  .join('\n');

const host = allCompilers.slice(0, 3).filter((c) => isInstalled(c.command));

describe('C equals what samples are fed as', () => {
  test.each(host.map((c) => [c.name, c] as const))('%s', (name, c) => {
    const flags = [
      ...c.flags,
      ...(name === 'gcc' ? ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'] : []),
    ];
    const program = compileC(folder.path(`${name}.c`), programOf(prepared), { ...c, flags });
    expect(runProgram(program).trim()).toBe(wanted);
  });

  const cortex = loadTarget('cortex-m4');
  test.skipIf(![cortex.cc.command, cortex.qemu!.command].every(isInstalled))('on a simulated Cortex-M4', () => {
    const printed = runOnBoard(cortex, folder.path('m4.c'), programOf(prepared), ['-Wconversion', '-Wshadow', '-O2']);
    expect(printed.trim()).toBe(wanted);
  });

  test('frames are not all alike: a checksum tells a pixel from another', () => {
    expect(new Set(wanted.split('\n').map((line) => line.split(' ')[2])).size).toBe(cases.length * frames);
  });

  test('whole numbers only, but for models of real ones; tables only where a sum does not do', () => {
    cases.forEach(([tensor], i) => {
      const { constants, code } = preprocessText('m', prepared[i]!);
      if (tensor.type !== 'f32') expect(constants + code).not.toMatch(/float|\d\.\d/);
      expect(constants.includes('m_levels')).toBe(![0, 8, 12].includes(i));
    });
  });

  test('several inputs are refused', () => {
    const [[tensor, declared]] = cases as [(typeof cases)[number]];
    expect(() => prepare([tensor, tensor], declared)).toThrow(expect.objectContaining({ code: 'preprocess-inputs' }));
  });
});

describe.skipIf(!hasShared || !isInstalled('gcc'))('a real model', () => {
  // The input is stored in steps of 2/255 from -1.
  const declared = { scale: 2 / 255, mean: 127, frame: [120, 160, 3] } as const;
  const options = { name: 'm', target: 'cortex-m4', vectors: 1, html: false, preprocess: declared } as const;

  test('person detection from a coloured frame: its own test proves the function', async () => {
    const { files, report } = await compile(modelPath('person_detect_int8'), { ...options, emitPreprocess: true });
    expect(report.preprocess).toEqual({ ...declared, emitted: { frame: [120, 160, 3], tableBytes: 0 } });
    expect(files.get('m.h')).toContain('#define M_FRAME_BYTES 57600');
    expect(files.get('m.h')).toContain('void m_preprocess(const uint8_t *frame, int8_t *input);');
    const dir = folder.path('m');
    writeFolder(dir, files);
    const flags = ['-std=c99', ...warnings, '-O1'];
    const build = () =>
      spawnSync('gcc', [...flags, 'm.c', 'm_test.c', '-o', 'm'], { cwd: dir, encoding: 'utf8' }).stderr;
    const run = () => spawnSync(join(dir, 'm'), { encoding: 'utf8' }).stdout;
    expect([build(), run()]).toEqual(['', 'm: 1 vectors, 0 wrong\n']);
    // A wrong number in the function must show.
    const text = readFileSync(join(dir, 'm.c'), 'utf8');
    expect(text).toContain('value - 128');
    writeFileSync(join(dir, 'm.c'), text.replace('value - 128', 'value - 127'));
    expect([build(), run()]).toEqual(['', 'm: 1 vectors, 1 wrong\n']);
  });

  test('declared alone, it stands in header and report', async () => {
    const { files, report } = await compile(modelPath('person_detect_int8'), options);
    expect(report.preprocess).toEqual({ ...declared, emitted: null });
    expect(files.get('m.h')).toContain('--scale 0.00784313725490196 --mean 127 --frame 120x160x3');
    expect(files.get('m.c')).not.toContain('preprocess');
  });
});
