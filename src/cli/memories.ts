import type { Budget } from '../plan/fit.js';
import { Problem } from '../support/problem.js';

const units: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 * 1024 };
const seconds: Readonly<Record<string, number>> = { us: 1e-6, ms: 1e-3, s: 1 };
const hertz: Readonly<Record<string, number>> = { kHz: 1e3, MHz: 1e6, GHz: 1e9 };

const wrong = (part: string): Problem =>
  new Problem(
    'option-invalid',
    `"${part}" is not a memory and its bytes, nor a time at a clock`,
    '--fit',
    'write flash=96K,ram=32K,latency=20ms@120MHz, or some of these',
  );

function parsePart(part: string): [keyof Budget, number] {
  const [, memory, digits, unit] = /^(flash|ram)=(\d+)([KM]?)(?:i?B)?$/i.exec(part) ?? [];
  if (memory && digits) return [memory.toLowerCase() as 'flash' | 'ram', Number(digits) * units[unit!.toUpperCase()]!];
  const [, time, timeUnit, clock, clockUnit] = /^latency=([\d.]+)(us|ms|s)@([\d.]+)(kHz|MHz|GHz)$/.exec(part) ?? [];
  const cycles = Number(time) * seconds[timeUnit ?? '']! * Number(clock) * hertz[clockUnit ?? '']!;
  if (!time || !(cycles > 0)) throw wrong(part);
  return ['cycles', Math.floor(cycles)];
}

/**
 * Reads `flash=96K,ram=32768,latency=20ms@120MHz`: bytes, or K and M of 1024; a time becomes cycles.
 * @throws Problem `option-invalid`
 */
export const parseMemories = (text: string): Partial<Budget> =>
  Object.fromEntries(text.split(',').map((part) => parsePart(part.trim())));
