import { type Command, Option } from 'commander';
import { loadReport } from '../report/load.js';
import { benchHost } from '../verify/bench.js';
import { type CommonOptions, color, count, print, printJson, table, terminalProgress } from './terminal.js';

interface Options extends CommonOptions {
  readonly engine: 'host';
  readonly cc?: string;
  readonly cflags?: string;
}

/** Adds `espalier bench`. */
export function addBench(program: Command, done: (code: number) => void): void {
  program
    .command('bench')
    .description('time, flash and RAM of compiled code, whole and per layer')
    .argument('<dir>', 'folder written by `espalier compile`')
    .addOption(new Option('--engine <engine>', 'what runs the code').choices(['host']).default('host'))
    .option('--cc <compiler>', 'compiler of the host engine')
    .option('--cflags <flags>', 'flags of the host engine')
    .option('--json', 'print as JSON')
    .option('--quiet', 'print nothing but problems')
    .action((dir: string, options: Options) => {
      const progress = terminalProgress(options);
      progress.stage('build and time');
      try {
        const flags = options.cflags?.split(/\s+/).filter(Boolean);
        const report = loadReport(dir);
        const result = benchHost(dir, report.totals.flash.weights, {
          ...(options.cc && { cc: options.cc }),
          ...(flags && { flags }),
        });
        progress.end();
        if (options.json) printJson(result);
        else if (!options.quiet) {
          const share = (ns: number) =>
            `${((100 * ns) / result.layers.reduce((n, l) => n + l.nanoseconds, 0)).toFixed(1)} %`;
          print(
            ...table(
              ['layer', 'microseconds', 'share'],
              result.layers.map((l) => [l.name, (l.nanoseconds / 1000).toFixed(1), share(l.nanoseconds)]),
            ),
            '',
          );
          print(
            color.bold(`${result.name} on this computer`),
            `  time       ${(result.nanoseconds / 1000).toFixed(1)} microseconds per inference, ${(report.totals.liveMacs / result.nanoseconds).toFixed(2)} GMAC/s`,
            `  flash      ${count(result.flash.weights)} bytes of weights, ${count(result.flash.code)} bytes of code (host)`,
            `  RAM        ${count(result.ram.arena)} bytes of arena`,
          );
        }
        done(0);
      } finally {
        progress.end();
      }
    });
}
