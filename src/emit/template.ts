import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Handlebars from 'handlebars';

/** The folder of kernels and file skeletons that ships with the package. */
export const templates = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'templates');

/**
 * Fills a file skeleton. Strict: a missing value is an error, and nothing is HTML-escaped.
 * @param path below templates/
 */
export function fill(path: string, values: object): string {
  const source = readFileSync(join(templates, path), 'utf8');
  return Handlebars.compile(source, { noEscape: true, strict: true, knownHelpersOnly: true, preventIndent: true })(
    values,
  );
}
