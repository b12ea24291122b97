import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Target } from '../kernels/kernel.js';
import { Problem } from '../support/problem.js';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'targets');

/** Names of all targets, sorted: one file `targets/NAME.json` each. */
export const targetNames = (): string[] =>
  readdirSync(folder)
    .filter((f) => f.endsWith('.json'))
    .map((f) => f.slice(0, -'.json'.length))
    .sort();

/**
 * Reads a target by name.
 * @throws Problem `target-unknown` listing the names there are
 */
export function loadTarget(name: string): Target {
  const names = targetNames();
  if (!names.includes(name))
    throw new Problem(
      'target-unknown',
      `there is no target "${name}"`,
      '--target',
      `choose one of ${names.join(', ')}`,
    );
  return { name, ...JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) };
}

/** The same target without vector instructions: what runs on every engine of WebAssembly. */
export const portable = (target: Target): Target => ({
  ...target,
  features: target.features.filter((f) => f !== 'simd128'),
});
