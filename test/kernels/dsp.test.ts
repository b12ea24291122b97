/** The assembly of the kernels for cores with the DSP extension, on the grid, on a simulated Cortex-M4. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { elements, type Graph, newData, type TensorData } from '../../src/ir/graph.js';
import { kernels } from '../../src/kernels/index.js';
import { loadTarget } from '../../src/plan/target.js';
import { integer, random } from '../../src/support/rng.js';
import { compileC, isInstalled } from '../support/cc.js';
import { cmsisCases } from '../support/cmsis.js';
import { workFolder } from '../support/folder.js';
import { grid } from './grid.js';
import { programText } from './program.js';
import { type Job, jobsOf } from './site.js';

const folder = workFolder();
afterAll(folder.dispose);

const target = loadTarget('cortex-m4');
const dsp = kernels.filter((k) => k.needs.includes('dsp'));

/** Vector table and reset: switches the FPU on, then newlib's start-up code, whose semihosting prints to the console. */
const start = `
extern void _start(void);
extern int stack_top;
static void reset(void)
{
    *(volatile unsigned *)0xE000ED88u |= 0xf00000u; /* CPACR */
    __asm__ volatile("dsb\\n\\tisb");
    _start();
}
__attribute__((section(".vectors"), used)) static const void *const vectors[2] = {&stack_top, (const void *)reset};
`;

const script = `
MEMORY { code (rx) : ORIGIN = 0, LENGTH = 4M
         ram (rwx) : ORIGIN = 0x20000000, LENGTH = 4M }
ENTRY(_start)
stack_top = ORIGIN(ram) + LENGTH(ram);
SECTIONS {
  .text : { KEEP(*(.vectors)) *(.text*) *(.rodata*) KEEP(*(.init)) KEEP(*(.fini)) *(.eh_frame*) } > code
  .ARM.exidx : { *(.ARM.exidx*) } > code
  .init_array : { __preinit_array_start = .; __preinit_array_end = .;
    __init_array_start = .; KEEP(*(.init_array*)) __init_array_end = .;
    __fini_array_start = .; KEEP(*(.fini_array*)) __fini_array_end = .; } > code
  .data : { *(.data*) } > ram AT > ram
  .bss (NOLOAD) : { __bss_start__ = .; *(.bss*) *(COMMON) __bss_end__ = .; end = .; __end__ = .; } > ram
}
`;

const next = random(23);
const sample = (graph: Graph): TensorData[] =>
  graph.inputs.map((id) => {
    const t = graph.tensors[id]!;
    return newData(t.type, elements(t.shape)).map(() =>
      next() < 0.2 ? (next() < 0.5 ? -128 : 127) : integer(next, -128, 127),
    ) as TensorData;
  });

function jobs(): Job[] {
  const list: Job[] = [];
  for (const { name, graph } of grid) list.push(...jobsOf(name, graph, sample(graph), list.length));
  for (const { name, graph, inputs } of cmsisCases) list.push(...jobsOf(`cmsis ${name}`, graph, inputs, list.length));
  return list.filter((j) => dsp.includes(j.kernel));
}

/** What the program prints on the board. */
function outputOf(name: string, list: readonly Job[], flags: readonly string[]): string {
  writeFileSync(folder.path('dsp.ld'), script);
  const link = ['--specs=rdimon.specs', '-T', folder.path('dsp.ld'), '-Wl,--no-warn-rwx-segments', '-lm'];
  const compiler = { name, command: target.cc.command, flags: ['-std=c99', '-Wall', ...target.cc.flags, ...flags] };
  const program = compileC(folder.path(`${name}.c`), start + programText(list), compiler, '.elf', link);
  const { command, machine } = target.qemu!;
  const board = ['-M', machine, '-nographic', '-monitor', 'none', '-serial', 'none'];
  const semihosting = ['-semihosting-config', 'enable=on,target=native'];
  const result = spawnSync(command, [...board, ...semihosting, '-kernel', program], {
    encoding: 'utf8',
    timeout: 50_000,
    maxBuffer: 1 << 24,
  });
  return `${result.stdout}${result.stderr}${result.status === 0 ? '' : `FAIL status ${result.status}`}`;
}

const ready = [target.cc.command, target.qemu!.command].every(isInstalled);

describe.skipIf(!ready)('on a simulated Cortex-M4', () => {
  const list = jobs();

  test('every kernel with assembly has cases', () => {
    const covered = new Set(list.map((j) => j.kernel.symbol));
    expect(dsp.map((k) => k.symbol).filter((s) => !covered.has(s))).toEqual([]);
  });

  test.each([
    ['fast', ['-O2']],
    ['small', ['-Os', '-DNN_OPTIMIZE_SIZE']],
  ] as const)(
    '%s code equals the reference: plain, in place, by rows',
    (name, flags) => {
      const lines = outputOf(name, list, flags).split('\n');
      expect(lines.filter((l) => l !== '' && !l.startsWith('LEAST'))).toEqual([]);
      expect(lines.length).toBeGreaterThan(dsp.length);
    },
    60_000,
  );
});
