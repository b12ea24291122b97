import { join } from 'node:path';
import type { Command } from 'commander';
import { renderReport } from '../report/html/page.js';
import { loadReport } from '../report/load.js';
import type { Report } from '../report/report.js';
import { loadSweep, type Sweep } from '../report/sweep.js';
import { Problem } from '../support/problem.js';
import { writeWhole } from '../support/whole-file.js';
import { type CommonOptions, print, printJson } from './terminal.js';

interface Options extends CommonOptions {
  readonly sweep?: string;
}

function sweepFor(report: Report, path: string): Sweep {
  const sweep = loadSweep(path);
  if (sweep.model.sha256 === report.model.sha256) return sweep;
  throw new Problem(
    'sweep-model',
    `the sweep is of another model: ${sweep.model.name} (SHA-256 ${sweep.model.sha256.slice(0, 12)}...)`,
    path,
    `the folder holds ${report.model.name} (${report.model.sha256.slice(0, 12)}...)`,
  );
}

/** A page needs all that this version reports. */
function reportOf(dir: string): Report {
  const report = loadReport(dir);
  if (report.stages && report.steps && report.budget) return report;
  throw new Problem('report-old', 'report.json is of an older version', dir, 'compile the model again');
}

/** Adds `espalier report`. */
export function addReport(program: Command, done: (code: number) => void): void {
  program
    .command('report')
    .description('write report.html of a folder again, from its report.json; with a sweep, its curve too')
    .argument('<dir>', 'folder written by `espalier compile`')
    .option('--sweep <file>', 'sweep.json of the same model')
    .option('--json', 'print as JSON')
    .option('--quiet', 'print nothing but problems')
    .action(async (dir: string, options: Options) => {
      const report = reportOf(dir);
      const sweep = options.sweep === undefined ? undefined : sweepFor(report, options.sweep);
      const path = join(dir, 'report.html');
      writeWhole(path, await renderReport(report, sweep), 'make the folder writable');
      if (options.json) printJson({ file: path });
      else if (!options.quiet) print(path);
      done(0);
    });
}
