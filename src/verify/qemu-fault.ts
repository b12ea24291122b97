import { spawnSync } from 'node:child_process';
import { Problem } from '../support/problem.js';
import type { QemuTarget } from './qemu-build.js';

/** Bits of Arm's configurable fault status register, most telling first. */
const armStatus: readonly (readonly [bit: number, text: string])[] = [
  [20, 'stack overflow'],
  [12, 'stack overflow'],
  [4, 'stack overflow'],
  [25, 'division by zero'],
  [24, 'unaligned access'],
  [19, 'an instruction of an absent coprocessor or FPU'],
  [18, 'invalid return from an exception'],
  [17, 'a jump to an address that is not Thumb code'],
  [16, 'undefined instruction'],
  [9, 'access to an address where nothing is'],
  [10, 'access to an address where nothing is'],
  [8, 'a jump to an address where no code is'],
  [1, 'access to a protected address'],
  [0, 'a jump to a protected address'],
];

const armExceptions: Readonly<Record<number, string>> = {
  2: 'NMI',
  3: 'HardFault',
  4: 'MemManage',
  5: 'BusFault',
  6: 'UsageFault',
  7: 'SecureFault',
};

const riscvCauses: Readonly<Record<number, string>> = {
  0: 'instruction address misaligned',
  1: 'instruction access fault',
  2: 'illegal instruction',
  3: 'breakpoint',
  4: 'load address misaligned',
  5: 'load access fault',
  6: 'store address misaligned',
  7: 'store access fault',
  11: 'environment call',
};

/** What the fault handler of templates/qemu prints. */
interface Fault {
  readonly number: number;
  readonly pc: number;
  readonly lr: number;
  readonly status: number;
  readonly address: number;
}

const hex = (n: number): string => `0x${n.toString(16).padStart(8, '0')}`;

/** Name and meaning of a fault. */
export function faultText(runtime: 'arm' | 'riscv', { number, status, address }: Fault): string {
  if (runtime === 'riscv')
    return `${riscvCauses[number] ?? `trap ${number}`}${number >= 4 && number <= 7 ? ` on ${hex(address)}` : ''}`;
  const meaning = armStatus.find(([bit]) => (status >>> bit) & 1);
  const place = (status >>> 15) & 1 || (status >>> 7) & 1 ? `, ${hex(address)}` : '';
  return `${armExceptions[number] ?? `exception ${number}`}${meaning ? `: ${meaning[1]}${place}` : ''}`;
}

/** Function and line of an address, as far as the image knows. */
function symbolAt(target: QemuTarget, image: string, pc: number): string {
  const tool = target.cc.command.replace(/gcc$/, 'addr2line');
  const result = spawnSync(tool, ['-f', '-s', '-i', '-e', image, hex(pc)], { encoding: 'utf8' });
  const lines = (result.stdout ?? '').trim().split('\n');
  // the innermost inlined function first, the one that exists last
  const names = lines.filter((_, i) => i % 2 === 0 && lines[i] !== '??');
  if (!names.length) return '';
  const where = lines[1] && !lines[1].startsWith('?') ? ` (${lines[1].replace(/ .*/, '')})` : '';
  return `in ${names[0]}${names.length > 1 ? ` inlined in ${names.at(-1)}` : ''}${where}`;
}

/** The fault that the image's handler reported, or QEMU when even that was impossible. */
function parseFault(log: string): Fault | undefined {
  const words = /espalier-fault: number (\w+) pc (\w+) lr (\w+) status (\w+) address (\w+)/.exec(log)?.slice(1);
  if (words) {
    const [number, pc, lr, status, address] = words.map((w) => Number.parseInt(w, 16));
    return { number: number!, pc: pc!, lr: lr!, status: status!, address: address! };
  }
  const lockup = /Lockup: can't (?:escalate|take) (\d+)/.exec(log);
  const register = (n: string) => Number.parseInt(new RegExp(`${n}=([0-9a-f]{8})`).exec(log)?.[1] ?? '0', 16);
  return lockup
    ? { number: Number(lockup[1]), pc: register('R15'), lr: register('R14'), status: 0, address: 0 }
    : undefined;
}

/**
 * The problem that a failed run is: a fault with its place, what the image said, or how QEMU ended.
 * @param log everything that image and simulator printed
 */
export function runProblem(target: QemuTarget, image: string, log: string, ended: string): Problem {
  const fault = parseFault(log);
  const hint = 'report it with the model; `espalier verify --engine host` may show the same with more words';
  if (fault) {
    const caller = symbolAt(target, image, (fault.lr & ~1) - 2);
    const symbol = symbolAt(target, image, fault.pc) || (caller && `called ${caller}`);
    const place = fault.pc ? ` at ${hex(fault.pc)} ${symbol}`.trimEnd() : '';
    return new Problem('qemu-fault', `${faultText(target.qemu.runtime, fault)}${place}`, target.name, hint);
  }
  const said = /espalier-error: (.*)/.exec(log)?.[1] ?? log.trim().split('\n')[0];
  return new Problem('qemu-run', `the image ${ended}${said ? `: ${said}` : ''}`, target.name, hint);
}
