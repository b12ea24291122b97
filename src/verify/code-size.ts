import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Problem } from '../support/problem.js';

/** The `size` program that belongs to a compiler: arm-none-eabi-gcc -> arm-none-eabi-size. */
const sizeTool = (cc: string): string => (/gcc$/.test(cc) ? cc.replace(/gcc$/, 'size') : 'size');

/**
 * Bytes that an object file or image puts into flash: code, constants, initial values of variables.
 * @param cc the compiler that made it, which tells the name of its `size`
 * @throws Problem `toolchain-missing` without binutils
 */
export function sectionBytes(file: string, cc: string): number {
  const sized = spawnSync(sizeTool(cc), ['-B', file], { encoding: 'utf8' });
  const [text, data] = (sized.stdout ?? '').split('\n')[1]?.trim().split(/\s+/).map(Number) ?? [];
  if (text === undefined || Number.isNaN(text))
    throw new Problem('toolchain-missing', `${sizeTool(cc)} is not installed`, undefined, 'install binutils');
  return text + (data ?? 0);
}

/**
 * Compiles NAME.c of an output folder and measures the bytes it puts into flash: code with its tables and constants.
 * @param cc compiler, e.g. `arm-none-eabi-gcc`
 * @throws Problem when the compiler refuses
 */
export function flashBytes(dir: string, name: string, cc: string, flags: readonly string[]): number {
  const work = mkdtempSync(join(tmpdir(), 'espalier-'));
  try {
    const object = join(work, 'model.o');
    const built = spawnSync(
      cc,
      ['-std=c99', ...flags, '-fno-asynchronous-unwind-tables', '-c', '-o', object, join(dir, `${name}.c`)],
      { encoding: 'utf8' },
    );
    if (built.status !== 0)
      throw new Problem(
        'host-build',
        `${cc} cannot build the emitted code: ${(built.stderr ?? '').split('\n')[0]}`,
        dir,
      );
    return sectionBytes(object, cc);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
