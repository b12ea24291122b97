import type { Memories } from '../plan/fit.js';
import { Problem } from '../support/problem.js';

const units: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 * 1024 };

/**
 * Reads `flash=96K,ram=32768`: bytes, or K and M of 1024.
 * @throws Problem `option-invalid`
 */
export function parseMemories(text: string): Partial<Memories> {
  const entries = text.split(',').map((part) => {
    const [, memory, digits, unit] = /^(flash|ram)=(\d+)([KM]?)(?:i?B)?$/i.exec(part.trim()) ?? [];
    if (!memory || !digits)
      throw new Problem(
        'option-invalid',
        `"${part}" is not a memory and its bytes`,
        '--fit',
        'write flash=96K,ram=32K, or one of the two',
      );
    return [memory.toLowerCase(), Number(digits) * units[unit!.toUpperCase()]!];
  });
  return Object.fromEntries(entries);
}
