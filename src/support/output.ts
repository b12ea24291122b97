import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Problem } from './problem.js';

/** Was the folder written by us (so that it may be replaced), or is it empty? */
function replaceable(dir: string): boolean {
  const entries = readdirSync(dir);
  return entries.length === 0 || entries.includes('report.json');
}

/**
 * Refuses an output folder that cannot be written, before any work is done.
 * @throws Problem `out-unusable`
 */
export function checkOutput(dir: string): void {
  const at = resolve(dir);
  if (!existsSync(at)) return;
  if (!statSync(at).isDirectory())
    throw new Problem('out-unusable', 'is a file, not a folder', dir, 'give another --out');
  if (!replaceable(at))
    throw new Problem(
      'out-unusable',
      'the folder holds files that Espalier did not write',
      dir,
      'give a new or empty folder as --out',
    );
}

/**
 * Writes files into a fresh folder beside the target and moves it into place when complete: a failed run leaves what was
 * there before.
 * @throws Problem `out-unwritable`
 */
export function writeFolder(dir: string, files: ReadonlyMap<string, string | Uint8Array>): void {
  const at = resolve(dir);
  let temporary: string | undefined;
  try {
    mkdirSync(dirname(at), { recursive: true });
    temporary = mkdtempSync(`${at}.part-`);
    for (const [path, content] of files) {
      mkdirSync(dirname(join(temporary, path)), { recursive: true });
      writeFileSync(join(temporary, path), content);
    }
    if (existsSync(at)) rmSync(at, { recursive: true });
    renameSync(temporary, at);
  } catch (error) {
    if (temporary) rmSync(temporary, { recursive: true, force: true });
    throw new Problem(
      'out-unwritable',
      `cannot write: ${(error as Error).message}`,
      dir,
      'give a folder that can be written as --out',
    );
  }
}
