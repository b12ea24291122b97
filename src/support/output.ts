import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Problem } from './problem.js';

/** Names that a compilation, or a build of its Makefile, puts into the folder of a model. */
const ours = (name: string): ReadonlySet<string> =>
  new Set([
    ...['.c', '.h', '_test.c', '_golden.h', '.o', '_test.o', '_test'].map((end) => name + end),
    ...['.js', '.d.ts', '.wasm', '.scalar.wasm', '.relaxed.wasm', '.wat', '.clang.wasm', '.emcc.wasm'].map(
      (end) => name + end,
    ),
    ...['package.json', 'Makefile', 'CMakeLists.txt', 'report.json', 'report.html', 'golden', 'wasm'],
  ]);

/** C name of the model whose report is in the folder. */
function modelOf(dir: string): string | undefined {
  try {
    return JSON.parse(readFileSync(join(dir, 'report.json'), 'utf8')).artifact?.name;
  } catch {
    return undefined;
  }
}

/** Empty, or holding nothing but what we wrote: a folder that may be replaced. */
function replaceable(dir: string): boolean {
  const entries = readdirSync(dir);
  const name = entries.length ? modelOf(dir) : undefined;
  return entries.length === 0 || (name !== undefined && entries.every((entry) => ours(name).has(entry)));
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
    checkOutput(dir);
    if (existsSync(at)) renameSync(at, `${temporary}.old`);
    renameSync(temporary, at);
    rmSync(`${temporary}.old`, { recursive: true, force: true });
  } catch (error) {
    if (temporary && !existsSync(at) && existsSync(`${temporary}.old`)) renameSync(`${temporary}.old`, at);
    if (temporary) rmSync(temporary, { recursive: true, force: true });
    throw new Problem(
      'out-unwritable',
      `cannot write: ${(error as Error).message}`,
      dir,
      'give a folder that can be written as --out',
    );
  }
}
