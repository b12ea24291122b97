import { spawnSync } from 'node:child_process';
import { Problem } from '../support/problem.js';

/** A program that Espalier can make use of, and the Debian package that has it. */
export interface Tool {
  readonly command: string;
  readonly purpose: string;
  readonly debian: string;
}

/** All external programs, none of which is needed to compile; `doctor` lists them. */
export const tools: readonly Tool[] = [
  { command: 'gcc', purpose: 'host engine: build and run the emitted C here', debian: 'gcc libc6-dev' },
  { command: 'g++', purpose: 'tests: the emitted C is also valid C++', debian: 'g++' },
  { command: 'clang', purpose: 'tests: a second compiler', debian: 'clang' },
  { command: 'arm-none-eabi-gcc', purpose: 'Cortex-M targets', debian: 'gcc-arm-none-eabi libnewlib-arm-none-eabi' },
  { command: 'riscv64-unknown-elf-gcc', purpose: 'RISC-V targets', debian: 'gcc-riscv64-unknown-elf' },
  { command: 'qemu-system-arm', purpose: 'runs Cortex-M images', debian: 'qemu-system-arm' },
  { command: 'qemu-system-riscv32', purpose: 'runs RISC-V images', debian: 'qemu-system-misc' },
];

/** First line of `command --version`, or undefined when it is not installed. */
export function versionOf(command: string): string | undefined {
  const result = spawnSync(command, ['--version'], { encoding: 'utf8' });
  return result.status === 0 ? result.stdout.split('\n')[0]!.trim() : undefined;
}

/** How to install a tool, as one command line. */
export const installHint = (tool: Tool): string => `apt-get install ${tool.debian}`;

/**
 * The first of the commands that is installed.
 * @throws Problem `toolchain-missing` with the command that installs the first
 */
export function requireTool(commands: readonly string[], purpose: string): string {
  const found = commands.find((c) => versionOf(c) !== undefined);
  if (found) return found;
  const tool = tools.find((t) => t.command === commands[0]);
  throw new Problem(
    'toolchain-missing',
    `${purpose} needs ${commands.join(' or ')}, which is not installed`,
    undefined,
    tool ? `run: ${installHint(tool)}` : undefined,
  );
}
