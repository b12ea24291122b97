/** Programs with newlib on the boards of QEMU. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { QemuBoard, Target } from '../../src/kernels/kernel.js';
import { compileC } from './cc.js';

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

/**
 * Builds a program for a target's core and runs it there.
 * @param path of the source file to write
 * @returns what it prints, and FAIL where it did not end well
 */
export function runOnBoard(target: Target, path: string, source: string, flags: readonly string[]): string {
  const board = target.qemu!;
  const scriptPath = join(path, '..', 'board.ld');
  writeFileSync(scriptPath, script(board));
  const link = ['--specs=rdimon.specs', '-T', scriptPath, '-Wl,--no-warn-rwx-segments', '-lm'];
  const compiler = {
    name: target.name,
    command: target.cc.command,
    flags: ['-std=c99', '-Wall', ...target.cc.flags, ...flags],
  };
  const program = compileC(path, start(board) + source, compiler, '.elf', link);
  const machine = ['-M', board.machine, '-nographic', '-monitor', 'none', '-serial', 'none'];
  const semihosting = ['-semihosting-config', 'enable=on,target=native'];
  const result = spawnSync(board.command, [...machine, ...semihosting, '-kernel', program], {
    encoding: 'utf8',
    timeout: 50_000,
    maxBuffer: 1 << 24,
  });
  return `${result.stdout}${result.stderr}${result.status === 0 ? '' : `FAIL status ${result.status}`}`;
}
