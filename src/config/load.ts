import { existsSync, readFileSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Problem } from '../support/problem.js';
import type { Config } from './config.js';

const endings = ['.js', '.mjs', '.ts', '.json'];

/**
 * The configuration file of a folder, if it has one.
 * @throws Problem `config-several`
 */
export function findConfig(folder: string): string | undefined {
  const found = endings.map((ending) => `espalier.config${ending}`).filter((name) => existsSync(join(folder, name)));
  if (found.length > 1)
    throw new Problem(
      'config-several',
      `there are ${found.join(' and ')}`,
      folder,
      'keep one, or name it with --config',
    );
  return found[0] && join(folder, found[0]);
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Problem('config-invalid', `is no JSON: ${(error as Error).message}`, path);
  }
}

const moduleOf = async (path: string): Promise<unknown> => (await import(pathToFileURL(path).href)).default;

/** Node reads TypeScript from 22.18 on; before, jiti does where the user has installed it. */
async function readTypeScript(path: string): Promise<unknown> {
  if ((process.features as { typescript?: unknown }).typescript) return moduleOf(path);
  const jiti = await import('jiti').catch(() => undefined);
  if (!jiti)
    throw new Problem(
      'config-typescript',
      'this Node cannot read TypeScript',
      path,
      'npm install jiti, use Node 22.18 or newer, or write espalier.config.mjs',
    );
  return jiti.createJiti(import.meta.url, { nativeModules: ['espalier'] }).import(path, { default: true });
}

/** A mistake in the file, with its own words; a Problem that it throws is told as it is. */
async function reading(path: string, read: () => unknown): Promise<unknown> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem('config-invalid', `cannot be read: ${(error as Error)?.message ?? error}`, path);
  }
}

const readers: Readonly<Record<string, (path: string) => unknown>> = {
  '.json': readJson,
  '.ts': readTypeScript,
  '.js': moduleOf,
  '.mjs': moduleOf,
};

/**
 * Reads a configuration file: JSON, or a module whose default export it is.
 * @throws Problem `file-missing`, `config-invalid`, `config-typescript`
 */
export async function loadConfig(file: string): Promise<Config> {
  const path = resolve(file);
  if (!existsSync(path)) throw new Problem('file-missing', 'there is no such file', file);
  const read = readers[extname(path)];
  if (!read) throw new Problem('config-invalid', 'is no .js, .mjs, .ts or .json', file);
  const config = await reading(file, () => read(path));
  if (typeof config === 'object' && config !== null && !Array.isArray(config)) return config as Config;
  throw new Problem('config-invalid', 'holds no object', file, 'a module needs `export default { ... }`');
}
