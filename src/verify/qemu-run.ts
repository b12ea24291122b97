import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../support/problem.js';
import type { QemuTarget } from './qemu-build.js';
import { runProblem } from './qemu-fault.js';
import { requireTool } from './toolchain.js';

/**
 * `-icount shift=N`: every instruction takes 2^N ns of the simulated clock, so that timers count instructions. RISC-V's
 * own counter holds the nanoseconds in some versions of QEMU and the instructions in others: N = 0 makes them equal.
 */
const shift = ({ qemu }: QemuTarget): number => (qemu.counter ? 7 : 0);

/** What a run is for; templates/qemu/runner.c.hbs tells what each writes. */
export type Mode = 'run' | 'trace' | 'count' | 'layers';

/**
 * Ticks of the board's counter per instruction. Above 2, so that a difference of two readings, which is right to one
 * tick, gives the exact number of instructions.
 */
export const ticksPerInstruction = (target: QemuTarget): number =>
  target.qemu.counter ? (target.qemu.counter.hertz * 2 ** shift(target)) / 1e9 : 1;

/**
 * Runs an image on samples.
 * @param seconds after which it counts as hanging
 * @returns what it wrote
 * @throws Problem `qemu-fault`, `qemu-hang`, `qemu-run`, `toolchain-missing`
 */
export function simulate(
  target: QemuTarget,
  work: string,
  image: string,
  mode: Mode,
  samples: Uint8Array,
  seconds: number,
): Buffer {
  const { command, machine } = target.qemu;
  requireTool([command], `running code for ${target.name}`);
  writeFileSync(join(work, 'samples.bin'), samples);
  rmSync(join(work, 'result.bin'), { force: true });
  const board = [
    '-M',
    machine,
    '-icount',
    `shift=${shift(target)}`,
    '-nographic',
    '-monitor',
    'none',
    '-serial',
    'none',
  ];
  const bios = target.qemu.runtime === 'riscv' ? ['-bios', 'none'] : [];
  const semihosting = ['-semihosting-config', `enable=on,target=native,arg=image,arg=${mode}`];
  const result = spawnSync(command, [...board, ...bios, ...semihosting, '-kernel', image], {
    cwd: work,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: Math.ceil(seconds * 1000),
    killSignal: 'SIGKILL',
    maxBuffer: 1 << 24,
  });
  if (result.status === 0) return readFileSync(join(work, 'result.bin'));
  if ((result.error as NodeJS.ErrnoException | undefined)?.code === 'ETIMEDOUT')
    throw new Problem(
      'qemu-hang',
      `the image does not come to an end: stopped after ${Math.round(seconds)} s`,
      target.name,
      'report it with the model',
    );
  const ended = result.signal ? `died of ${result.signal}` : `ended with code ${result.status}`;
  throw runProblem(target, image, `${result.stdout}\n${result.stderr}`, ended);
}
