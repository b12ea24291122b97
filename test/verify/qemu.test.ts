import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type CompileOptions, compile } from '../../src/compile.js';
import { loadTarget, targetNames } from '../../src/plan/target.js';
import { writeFolder } from '../../src/support/output.js';
import type { Problem } from '../../src/support/problem.js';
import { loadArtifact, portBytes } from '../../src/verify/artifact.js';
import { flashBytes } from '../../src/verify/code-size.js';
import { buildQemu, type QemuOptions, type QemuRunner, qemuTarget, verifyQemu } from '../../src/verify/qemu.js';
import { benchQemu } from '../../src/verify/qemu-bench.js';
import { replay } from '../../src/verify/verify.js';
import { compileC, isInstalled } from '../support/cc.js';
import { workFolder } from '../support/folder.js';
import { goldenBytes, inputBytes, int8Sets, modelPath } from '../support/golden.js';
import { hasShared } from '../support/shared.js';

const folder = workFolder();
afterAll(folder.dispose);

const example = 'examples/keyword-spotting/kws.tflite';

/** Targets whose compiler and simulator are here; the others are named once on the console. */
const boards = targetNames()
  .map(loadTarget)
  .filter(({ qemu }) => qemu);
const ready = boards.filter(({ cc, qemu }) => isInstalled(cc.command) && isInstalled(qemu!.command));
const missing = boards.filter((b) => !ready.includes(b));
if (missing.length) console.warn(`skipped: no toolchain or QEMU for ${missing.map((t) => t.name).join(', ')}`);
const has = (name: string): boolean => ready.some((t) => t.name === name);

/** Compiles a model into a folder of its own and returns the folder. */
async function compiled(path: string, target: string, options: CompileOptions = {}): Promise<string> {
  const dir = folder.path(`${target}-${Object.values(options).join('-')}-${path.replace(/\W+/g, '-')}`);
  writeFolder(dir, (await compile(path, { target, name: 'kws', vectors: 8, ...options })).files);
  return dir;
}

/** The problem that a run of the first vector ends with. */
function problemOf(dir: string, options: QemuOptions = {}): Problem {
  const artifact = loadArtifact(dir);
  let runner: QemuRunner | undefined;
  try {
    runner = buildQemu(dir, artifact, qemuTarget(dir), { flags: ['-O1'], ...options });
    runner.run(new Uint8Array(portBytes(artifact.inputs)));
  } catch (problem) {
    return problem as Problem;
  } finally {
    runner?.dispose();
  }
  throw new Error('the image ran to its end');
}

describe.each(ready.map((t) => t.name))('%s', (name) => {
  let dir: string;
  let runner: QemuRunner;
  beforeAll(async () => {
    dir = await compiled(example, name);
    runner = buildQemu(dir, loadArtifact(dir), qemuTarget(dir));
  });
  afterAll(() => runner.dispose());

  test('golden vectors are equal', () => {
    const result = replay(dir, 'qemu', (samples) => runner.run(samples, true));
    expect(result).toEqual({ engine: 'qemu', vectors: 8, mismatches: 0 });
  });

  test('measures the same twice: instructions that add up, stack, flash', () => {
    const sample = new Uint8Array(readFileSync(join(dir, 'golden', 'inputs.bin'))).subarray(0, 490);
    const result = runner.measure(sample);
    expect(runner.measure(sample)).toEqual(result);
    expect(result.layers.reduce((a, b) => a + b, 0)).toBe(result.instructions);
    expect(Math.min(...result.layers)).toBeGreaterThan(0);
    expect(result.stack).toBeGreaterThan(16);
    expect(result.stack).toBeLessThanOrEqual(loadTarget(name).stackBytes);
    expect(result.flash.total).toBe(result.flash.weights + result.flash.code);
    expect(result.flash.code).toBeGreaterThan(500);
  });
});

describe.skipIf(!isInstalled('clang'))('clang', () => {
  test.each(ready.filter((t) => t.clang).map((t) => t.name))('%s: golden vectors are equal, -Os', async (name) => {
    const dir = await compiled(example, name);
    expect(verifyQemu(dir, { cc: 'clang', flags: ['-Os'] })).toMatchObject({ vectors: 8, mismatches: 0 });
  });
});

/** A folder as `compile` writes it, with a run of ours. */
function handMade(target: string, run: string): string {
  const dir = folder.path(`hand-${target}`);
  mkdirSync(dir, { recursive: true });
  const input = { name: 'x', shape: [1, 4], type: 's8', offset: 0 };
  const artifact = { name: 'hand', arena: 16, inputs: [input], outputs: [], traced: [] };
  const report = { target, options: {}, totals: { flash: { weights: 0 } }, artifact };
  writeFileSync(join(dir, 'report.json'), JSON.stringify(report));
  writeFileSync(join(dir, 'hand.h'), '#include <stdint.h>\nvoid hand_run(void *arena);\n');
  writeFileSync(
    join(dir, 'hand.c'),
    `#include "hand.h"\n__attribute__((naked)) void hand_run(void *arena)\n{\n${run}\n}\n`,
  );
  return dir;
}

describe('counts', () => {
  // 1 + 2 * 98304 + 1 instructions
  const arm =
    '__asm__(".syntax unified\\n\\tldr r1, =98304\\n1:\\tsubs r1, r1, #1\\n\\tbne 1b\\n\\tbx lr\\n\\t.ltorg");';
  const riscv = '__asm__("lui a1, 24\\n1:\\taddi a1, a1, -1\\n\\tbnez a1, 1b\\n\\tret");';

  test.each(ready.map((t) => t.name))('%s: a loop of known length, to the instruction', (name) => {
    const dir = handMade(name, name === 'rv32imc' ? riscv : arm);
    const runner = buildQemu(dir, loadArtifact(dir), qemuTarget(dir));
    try {
      expect(runner.measure(new Uint8Array(4))).toMatchObject({ instructions: 196610, stack: 0 });
    } finally {
      runner.dispose();
    }
  });
});

describe.skipIf(!has('cortex-m4'))('size and stack', () => {
  test("flash is the model's sections and little else; --optimize size is built with -Os", async () => {
    const dir = await compiled(example, 'cortex-m4');
    const { cc } = loadTarget('cortex-m4');
    const object = flashBytes(dir, 'kws', cc.command, [...cc.flags, '-O3']);
    const speed = benchQemu(dir);
    expect(benchQemu(dir)).toEqual(speed);
    expect(Math.abs(speed.flash.total - object)).toBeLessThan(1024);
    const size = benchQemu(await compiled(example, 'cortex-m4', { optimize: 'size' }));
    expect(size.flash.code).toBeLessThan(speed.flash.code);
  });

  test("the stack that was written agrees with the compiler's frame", async () => {
    const dir = await compiled(example, 'cortex-m4');
    const { cc } = loadTarget('cortex-m4');
    const source = readFileSync(join(dir, 'kws.c'), 'utf8');
    const flags = ['-O3', '-c', '-fstack-usage', `-I${dir}`, ...cc.flags];
    const object = compileC(folder.path('frame.c'), source, { name: 'arm', command: cc.command, flags }, '.o');
    const frame = Number(/kws_run\t(\d+)/.exec(readFileSync(object.replace(/\.o$/, '.su'), 'utf8'))![1]);
    const { stack } = benchQemu(dir).ram;
    expect(stack).toBeGreaterThanOrEqual(frame / 2);
    expect(stack).toBeLessThanOrEqual(frame + 128);
  });
});

describe.skipIf(!has('cortex-m4'))('images that go wrong', () => {
  const broken: readonly (readonly [what: string, code: string, code: string, text: RegExp])[] = [
    ['undefined instruction', '__builtin_trap();', 'qemu-fault', /undefined instruction.* in kws_run \(kws\.c:\d+\)/],
    ['wild read', '*(volatile int *)0xF0000000u;', 'qemu-fault', /nothing is, 0xf0000000 at 0x\w+ in kws_run/],
    ['wild jump', '((void (*)(void))0xE0000001u)();', 'qemu-fault', /a jump to .* called in kws_run/],
    ['write to code', '*(volatile int *)kws_run = 3;', 'qemu-fault', /protected address/],
    ['stack overflow', 'volatile char big[99999]; big[0] = *(char *)arena;', 'qemu-fault', /stack overflow/],
    ['write behind the arena', '((char *)arena)[KWS_ARENA_BYTES] = 0;', 'qemu-run', /past the end of its arena/],
    ['endless loop', 'for (;;) ((volatile char *)arena)[0]++;', 'qemu-hang', /stopped after 2 s/],
  ];

  test.each(broken)('%s', async (what, statement, code, text) => {
    const dir = await compiled(example, 'cortex-m4', { dump: folder.path(`dump-${what.replace(/ /g, '-')}`) });
    const file = join(dir, 'kws.c');
    const source = readFileSync(file, 'utf8');
    writeFileSync(
      file,
      source.replace(/void kws_run\(void \*arena\)\n\{/, (head) => `${head}\n    ${statement}`),
    );
    const problem = problemOf(dir, { timeLimit: 2 });
    expect(problem.line).toMatch(text);
    expect(problem.code).toBe(code);
  });

  test.skipIf(!has('cortex-m0'))('unaligned access on Armv6-M', async () => {
    const dir = await compiled(example, 'cortex-m0', { dump: folder.path('dump-unaligned') });
    const file = join(dir, 'kws.c');
    const statement = '*(volatile int *)((char *)arena + 1) = 3;';
    const source = readFileSync(file, 'utf8');
    writeFileSync(
      file,
      source.replace(/void kws_run\(void \*arena\)\n\{/, (head) => `${head}\n    ${statement}`),
    );
    expect(problemOf(dir).line).toMatch(/unaligned access/);
  });

  test('code that does not compile', async () => {
    const dir = await compiled(example, 'cortex-m4', { dump: folder.path('dump-syntax') });
    writeFileSync(join(dir, 'kws.c'), 'int x = ;');
    expect(problemOf(dir)).toMatchObject({ code: 'qemu-build' });
  });
});

describe('what is missing', () => {
  const path = process.env.PATH;
  afterEach(() => {
    process.env.PATH = path;
  });

  test('a toolchain: the command that installs it', async () => {
    const dir = await compiled(example, 'cortex-m4');
    process.env.PATH = folder.path('nothing');
    expect(problemOf(dir)).toMatchObject({
      code: 'toolchain-missing',
      hint: expect.stringMatching(/apt-get install gcc-arm-none-eabi/),
    });
  });

  test('a board: the host has none', async () => {
    const dir = await compiled(example, 'host');
    expect(() => verifyQemu(dir)).toThrow(expect.objectContaining({ code: 'engine-target' }));
  });
});

describe.skipIf(!hasShared || !has('cortex-m4'))('outside judge', () => {
  test("keyword spotting equals TensorFlow Lite Micro's outputs, 200 samples in one run", async () => {
    const kws = int8Sets[0]!;
    const dir = await compiled(modelPath(kws.model), 'cortex-m4');
    const runner = buildQemu(dir, loadArtifact(dir), qemuTarget(dir));
    try {
      const output = runner.run(inputBytes(kws).subarray(0, 200 * 490));
      expect(Buffer.compare(output, goldenBytes(kws.output).subarray(0, 200 * 12))).toBe(0);
    } finally {
      runner.dispose();
    }
  });
});

describe.skipIf(!has('cortex-m4'))('compile --measure', () => {
  test('fills the report', async () => {
    const { report } = await compile(example, { target: 'cortex-m4', measure: true, vectors: 2 });
    const { totals, layers, verification } = report;
    expect(verification).toEqual([{ engine: 'qemu', vectors: 2, mismatches: 0 }]);
    expect(layers.reduce((n, l) => n + (l.instructions.measured ?? 0), 0)).toBe(totals.instructions.measured);
    expect(totals.flash.total).toBe(totals.flash.weights + totals.flash.code!);
    expect(totals.ram.total).toBe(totals.ram.arena + totals.ram.stack!);
  });

  test('judges what was measured: weights fit, code does not', async () => {
    const { report } = await compile(example, { target: 'cortex-m4', vectors: 1 });
    const fit = { flash: report.totals.flash.weights + 100 };
    const failed = compile(example, { target: 'cortex-m4', vectors: 1, fit, measure: true });
    await expect(failed).rejects.toMatchObject({ code: 'flash-exceeded', exitCode: 1 });
  });
});
