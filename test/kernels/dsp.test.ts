/** The assembly of kernels, on the grid, on simulated cores. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { elements, type Graph, newData, type TensorData } from '../../src/ir/graph.js';
import { kernels } from '../../src/kernels/index.js';
import type { Feature, QemuBoard, Target } from '../../src/kernels/kernel.js';
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

/** Kernels with assembly: the feature that they need, and a core that has it. */
const cores: readonly { core: string; feature: Feature }[] = [
  { core: 'cortex-m4', feature: 'dsp' },
  { core: 'cortex-m55', feature: 'mve' },
  { core: 'cortex-m0', feature: 'packed' },
  { core: 'cortex-m3', feature: 'packed' },
];

/**
 * Vector table and reset: switches the FPU on, lets unaligned access trap where it does on the core, then newlib's
 * start-up code, whose semihosting prints to the console. The heap grows from the end of the data; the library would ask
 * the simulator for it, which does not know where ours are.
 */
const start = (board: QemuBoard) => `
extern void _start(void);
extern int stack_top;
void *_sbrk(int bytes);
void *_sbrk(int bytes)
{
    extern char end;
    static char *next = &end;
    char *const block = next;
    next += bytes;
    return block;
}
static void reset(void)
{
    *(volatile unsigned *)0xE000ED88u |= 0xf00000u; /* CPACR */
    *(volatile unsigned *)0xE000ED14u |= ${board.strictAlign ? 8 : 0}u; /* CCR */
    __asm__ volatile("dsb\\n\\tisb");
    _start();
}
__attribute__((section(".vectors"), used)) static const void *const vectors[2] = {&stack_top, (const void *)reset};
`;

/** Code lies in RAM on boards whose flash is elsewhere than the vectors. */
function script({ vectors, code, ram }: QemuBoard): string {
  const table = vectors ?? code;
  const text = vectors ? 'ram' : 'table';
  return `
MEMORY { table (rx) : ORIGIN = ${table.at}, LENGTH = ${table.bytes}
         ram (rwx) : ORIGIN = ${ram.at}, LENGTH = ${ram.bytes} }
ENTRY(_start)
stack_top = ORIGIN(ram) + LENGTH(ram);
SECTIONS {
  .vectors : { KEEP(*(.vectors)) } > table
  .text : { *(.text*) *(.rodata*) KEEP(*(.init)) KEEP(*(.fini)) *(.eh_frame*) } > ${text}
  .ARM.exidx : { *(.ARM.exidx*) } > ${text}
  .init_array : { __preinit_array_start = .; __preinit_array_end = .;
    __init_array_start = .; KEEP(*(.init_array*)) __init_array_end = .;
    __fini_array_start = .; KEEP(*(.fini_array*)) __fini_array_end = .; } > ${text}
  .data : { *(.data*) } > ram AT > ram
  .bss (NOLOAD) : { __bss_start__ = .; *(.bss*) *(COMMON) __bss_end__ = .; end = .; __end__ = .; } > ram
}
`;
}

const next = random(23);
const sample = (graph: Graph): TensorData[] =>
  graph.inputs.map((id) => {
    const t = graph.tensors[id]!;
    return newData(t.type, elements(t.shape)).map(() =>
      next() < 0.2 ? (next() < 0.5 ? -128 : 127) : integer(next, -128, 127),
    ) as TensorData;
  });

function allJobs(): Job[] {
  const list: Job[] = [];
  for (const { name, graph } of grid) list.push(...jobsOf(name, graph, sample(graph), list.length));
  for (const { name, graph, inputs } of cmsisCases) list.push(...jobsOf(`cmsis ${name}`, graph, inputs, list.length));
  return list;
}

const all = allJobs();

/** Jobs of programs that fit into the board's code memory. */
const chunks = (list: readonly Job[]): Job[][] =>
  Array.from({ length: Math.ceil(list.length / 25) }, (_, i) => list.slice(25 * i, 25 * (i + 1)));

/** What the program prints on the board. */
function outputOf(target: Target, name: string, list: readonly Job[], flags: readonly string[]): string {
  writeFileSync(folder.path('board.ld'), script(target.qemu!));
  const link = ['--specs=rdimon.specs', '-T', folder.path('board.ld'), '-Wl,--no-warn-rwx-segments', '-lm'];
  const compiler = { name, command: target.cc.command, flags: ['-std=c99', '-Wall', ...target.cc.flags, ...flags] };
  const program = compileC(
    folder.path(`${target.name}_${name}.c`),
    start(target.qemu!) + programText(list),
    compiler,
    '.elf',
    link,
  );
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

describe.each(cores)('on a simulated $core', ({ core, feature }) => {
  const target = loadTarget(core);
  const rows = kernels.filter((k) => k.needs.includes(feature));
  const list = all.filter((j) => rows.includes(j.kernel));
  const ready = [target.cc.command, target.qemu!.command].every(isInstalled);

  test('every kernel with assembly has cases', () => {
    const covered = new Set(list.map((j) => j.kernel.symbol));
    expect(rows.map((k) => k.symbol).filter((s) => !covered.has(s))).toEqual([]);
  });

  test.skipIf(!ready).each([
    ['fast', ['-O1']],
    ['small', ['-Os', '-DNN_OPTIMIZE_SIZE']],
  ] as const)(
    '%s code equals the reference: plain, in place, by rows',
    (name, flags) => {
      const lines = chunks(list).flatMap((part, i) => outputOf(target, `${name}_${i}`, part, flags).split('\n'));
      expect(lines.filter((l) => l !== '' && !l.startsWith('LEAST'))).toEqual([]);
      expect(lines.length).toBeGreaterThan(1);
    },
    900_000,
  );
});
