// The folder of the page: only what `build` wrote itself is ever replaced.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { Refused } from './arguments.mjs';

/** Entries of a folder that are not among `own`, as paths. */
const foreign = (folder, own) =>
  readdirSync(folder)
    .filter((entry) => !own.includes(entry))
    .map((e) => join(folder, e));

/** What a folder holds beside a page of ours; all of it where there is no whole page. */
function strangers(out, files, models) {
  if (!existsSync(join(out, 'models.json'))) return foreign(out, []);
  const [strange, inner] = [foreign(out, [...files, 'models', 'models.json']), join(out, 'models')];
  return existsSync(inner) ? [...strange, ...foreign(inner, models)] : strange;
}

/**
 * Refuses a folder that may not be replaced.
 * @param files names of the page's own files
 * @param models names of the folders in `models`
 * @throws Refused
 */
export function checkFolder(out, files, models) {
  const hint = 'give a new or empty folder';
  if (!existsSync(out)) return;
  if (!statSync(out).isDirectory()) throw new Refused(`${out}: is a file, not a folder; ${hint}`);
  const [first] = strangers(out, files, models);
  if (first) throw new Refused(`${out}: holds what this example did not write: ${first}; ${hint}`);
}

/** Fills a new folder beside `out`, and puts it in place when it is complete: what breaks off leaves what was. */
export async function filled(out, fill) {
  const at = resolve(out);
  mkdirSync(dirname(at), { recursive: true });
  const fresh = mkdtempSync(join(dirname(at), `.${basename(at)}-`));
  try {
    const result = await fill(fresh);
    rmSync(at, { recursive: true, force: true });
    renameSync(fresh, at);
    return result;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}
