/** Finding C compilers, building in a folder of its own, running what was built. */
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

/** A way to compile C. */
export interface Compiler {
  readonly name: string;
  readonly command: string;
  readonly flags: readonly string[];
}

/** The warnings under which everything must compile. */
export const warnings: readonly string[] = ['-pedantic', '-Wall', '-Wextra', '-Wconversion', '-Wshadow', '-Werror'];

const c99 = ['-std=c99', ...warnings];

/** C and C++ compilers of this computer and of the smallest and the usual microcontroller. */
export const allCompilers: readonly Compiler[] = [
  { name: 'gcc', command: 'gcc', flags: [...c99, '-O2'] },
  { name: 'clang', command: 'clang', flags: [...c99, '-O2'] },
  { name: 'g++', command: 'g++', flags: ['-x', 'c++', '-std=c++11', ...warnings, '-O2'] },
  { name: 'Cortex-M0', command: 'arm-none-eabi-gcc', flags: [...c99, '-O2', '-mcpu=cortex-m0', '-mthumb'] },
  { name: 'Cortex-M4', command: 'arm-none-eabi-gcc', flags: [...c99, '-O3', '-mcpu=cortex-m4', '-mthumb'] },
  {
    name: 'Cortex-M55',
    command: 'arm-none-eabi-gcc',
    flags: [...c99, '-O2', '-mcpu=cortex-m55', '-mthumb', '-mfloat-abi=hard'],
  },
];

/** Is a command there? */
export const isInstalled = (command: string): boolean => spawnSync(command, ['--version']).status === 0;

/** The compilers that are installed; the others are named once on the console. */
export function installedCompilers(): Compiler[] {
  const missing = allCompilers.filter((c) => !isInstalled(c.command));
  if (missing.length) console.warn(`skipped compilers: ${missing.map((c) => c.name).join(', ')}`);
  return allCompilers.filter((c) => !missing.includes(c));
}

/**
 * Compiles C text.
 * @param path of the source file to write; the result is at the same path with `suffix` instead of `.c`
 * @returns path of the result
 * @throws Error with the compiler's messages
 */
export function compileC(
  path: string,
  source: string,
  { command, flags }: Compiler,
  suffix = '',
  more: readonly string[] = [],
): string {
  const output = path.replace(/\.c$/, suffix);
  writeFileSync(path, source);
  const result = spawnSync(command, [...flags, path, '-o', output, ...more], { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`${command} ${flags.join(' ')} ${path}\n${result.stderr.slice(0, 4000)}`);
  return output;
}

/** What a program prints; throws when it fails. */
export const runProgram = (path: string): string =>
  execFileSync(path, { encoding: 'utf8', maxBuffer: 1 << 26, timeout: 120_000 });
