import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { Problem } from './problem.js';

/**
 * Writes to a temporary name and renames, so that whoever reads the file finds the old content or the new.
 * @param hint what to do where it cannot be written
 * @throws Problem `out-unwritable`
 */
export function writeWhole(path: string, content: string | Uint8Array, hint: string): void {
  try {
    writeFileSync(`${path}.part`, content);
    renameSync(`${path}.part`, path);
  } catch (error) {
    rmSync(`${path}.part`, { force: true });
    throw new Problem('out-unwritable', `cannot write: ${(error as Error).message}`, path, hint);
  }
}
