import { type Command, Option } from 'commander';
import { usualEngine } from '../verify/artifact.js';
import { verifyQemu } from '../verify/qemu.js';
import { verifyHost } from '../verify/verify.js';
import { verifyWasm } from '../verify/wasm.js';
import { addBuildOptions, type BuildOptions, buildOptions } from './build.js';
import { type CommonOptions, print, printJson, terminalProgress } from './terminal.js';

interface Options extends CommonOptions, BuildOptions {
  readonly engine?: keyof typeof engines;
}

const engines = { host: verifyHost, qemu: verifyQemu, wasm: verifyWasm };

/** Adds `espalier verify`. */
export function addVerify(program: Command, done: (code: number) => void): void {
  const command = program
    .command('verify')
    .description(
      'replay the golden vectors through the emitted code; where they differ, name the first layer that does',
    )
    .argument('<dir>', 'folder written by `espalier compile`')
    .addOption(
      new Option('--engine <engine>', 'what runs the code (default: host or wasm)').choices(Object.keys(engines)),
    );
  addBuildOptions(command)
    .option('--json', 'print as JSON')
    .option('--quiet', 'print nothing but problems')
    .action((dir: string, options: Options) => {
      const progress = terminalProgress(options);
      progress.stage('build and run');
      try {
        const result = engines[options.engine ?? usualEngine(dir)](dir, buildOptions(options));
        progress.end();
        const at = result.firstDifference;
        if (options.json) printJson(result);
        else if (at)
          print(
            `${result.mismatches} of ${result.vectors} vectors differ; vector ${at.vector} first at layer ${at.layer}`,
          );
        else if (!options.quiet) print(`${result.vectors} vectors, all equal (${result.engine})`);
        done(at ? 1 : 0);
      } finally {
        progress.end();
      }
    });
}
