import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../support/problem.js';
import type { Report } from './report.js';

/**
 * Reads the report of an output folder.
 * @throws Problem `not-an-output` when the folder was not written by `espalier compile`
 */
export function loadReport(dir: string): Report {
  try {
    const report = JSON.parse(readFileSync(join(dir, 'report.json'), 'utf8')) as Report;
    if (report.schema === 1 && report.artifact) return report;
  } catch {
    // told below, with what to do
  }
  throw new Problem(
    'not-an-output',
    'no readable report.json of Espalier in this folder',
    dir,
    'give a folder written by `espalier compile MODEL --out DIR`',
  );
}
