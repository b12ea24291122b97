import { createHash } from 'node:crypto';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { Problem } from '../support/problem.js';

/** Reads a file that a model names, beside it. */
export type Beside = (name: string, where: string) => Uint8Array;

const mostBytes = 2 ** 30;
/** Absolute paths, drives, addresses, steps upwards, and what no file system takes. */
const escapes = /^[/\\]|^[A-Za-z][A-Za-z0-9+.-]*:|(^|[/\\])\.\.([/\\]|$)|\0/;

/**
 * A path that stays in the folder of the model.
 * @throws Problem `path-outside`
 */
export function checkedPath(name: string, where: string): string {
  if (name && name.length <= 1024 && !escapes.test(name)) return name;
  throw new Problem(
    'path-outside',
    `names the file ${JSON.stringify(name.slice(0, 100))}, which is not in the folder of the model`,
    where,
    'files of a model must lie beside it',
  );
}

function readInside(folder: string, name: string, where: string): Uint8Array {
  const path = realpathSync(join(folder, name));
  if (!path.startsWith(folder.endsWith(sep) ? folder : folder + sep)) checkedPath('..', where);
  const { size } = statSync(path);
  if (size > mostBytes) throw new Problem('too-large', `"${name}" has ${size} bytes`, where);
  return new Uint8Array(readFileSync(path));
}

/** Reads files of the folder that holds `model`; links that lead out of it are not followed. */
export function besideFile(model: string): Beside {
  return (name, where) => {
    const path = checkedPath(name, where);
    try {
      return readInside(realpathSync(resolve(dirname(model))), path, where);
    } catch (error) {
      if (error instanceof Problem) throw error;
      const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'is missing' : 'cannot be read';
      throw new Problem('file-missing', `"${path}" ${why}`, where, 'put all files of the model into one folder');
    }
  };
}

/** For models in memory: nothing is beside them. */
export const nothingBeside: Beside = (name, where) => {
  throw new Problem(
    'file-missing',
    `names the file "${checkedPath(name, where)}", but the model was given without a folder`,
    where,
    'give the path of the model file',
  );
};

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/**
 * Notes what a model is read from: itself and the files beside it.
 * @param bytes of the model file
 * @returns `beside` to import with; after that `digest` is the SHA-256 of the file, or of the hashes of all files where
 *   there were others
 */
export function noted(bytes: Uint8Array, beside: Beside = nothingBeside): { beside: Beside; digest(): string } {
  const hashes = new Map<string, string>();
  return {
    beside: (name, where) => {
      const found = beside(name, where);
      if (!hashes.has(name)) hashes.set(name, sha256(found));
      return found;
    },
    digest() {
      const own = sha256(bytes);
      if (!hashes.size) return own;
      const others = [...hashes].sort(([a], [b]) => (a < b ? -1 : 1));
      return sha256(new TextEncoder().encode(JSON.stringify([own, ...others])));
    },
  };
}
