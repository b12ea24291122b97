import type { Command } from 'commander';
import { loadTarget, targetNames } from '../plan/target.js';
import { installHint, tools, versionOf } from '../verify/toolchain.js';
import { type CommonOptions, count, print, printJson, table } from './terminal.js';

const kilobytes = (n: number | null): string => (n === null ? '-' : `${count(Math.round(n / 1024))} KB`);

/** Adds `espalier targets`. */
export function addTargets(program: Command, done: (code: number) => void): void {
  program
    .command('targets')
    .description('what can be targeted')
    .option('--json', 'print as JSON')
    .option('--quiet', 'print nothing but problems')
    .action((options: CommonOptions) => {
      const all = targetNames().map(loadTarget);
      if (options.json) printJson(all);
      else if (!options.quiet)
        print(
          ...table(
            ['target', 'what', 'features', 'flash', 'RAM', 'compiler'],
            all.map((t) => [
              t.name,
              t.description,
              t.features.join(' ') || '-',
              kilobytes(t.flash),
              kilobytes(t.ram),
              t.cc.command,
            ]),
          ),
        );
      done(0);
    });
}

/** Adds `espalier doctor`. */
export function addDoctor(program: Command, done: (code: number) => void): void {
  program
    .command('doctor')
    .description('which toolchains are here, and how to get the missing ones')
    .option('--json', 'print as JSON')
    .option('--quiet', 'print nothing but problems')
    .action((options: CommonOptions) => {
      const found = tools.map((tool) => ({
        ...tool,
        version: versionOf(tool.command) ?? null,
        install: installHint(tool),
      }));
      if (options.json) printJson({ node: process.version, tools: found });
      else if (!options.quiet)
        print(
          `node ${process.version}`,
          '',
          ...table(
            ['tool', 'for', 'found'],
            found.map((t) => [t.command, t.purpose, t.version ?? `missing: ${t.install}`]),
          ),
        );
      done(0);
    });
}
