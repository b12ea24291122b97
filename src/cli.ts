import { Command, CommanderError } from 'commander';
import { addAdvise } from './cli/advise.js';
import { addBench } from './cli/bench.js';
import { addCompile } from './cli/compile.js';
import { addConfigOption, configure } from './cli/config.js';
import { addInspect } from './cli/inspect.js';
import { addReport } from './cli/report.js';
import { addRun } from './cli/run.js';
import { addSweep } from './cli/sweep.js';
import { addDoctor, addTargets } from './cli/targets.js';
import { addVerify } from './cli/verify.js';
import { Problem } from './support/problem.js';
import { version } from './support/version.js';

function makeProgram(done: (code: number) => void): Command {
  const program = new Command('espalier')
    .description('Compiles a trained neural network to dependency-free C99 for microcontrollers, and proves it exact.')
    .version(version)
    .showHelpAfterError(false)
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  for (const add of [
    addInspect,
    addAdvise,
    addCompile,
    addSweep,
    addRun,
    addVerify,
    addBench,
    addReport,
    addTargets,
    addDoctor,
  ])
    add(program, done);
  for (const command of program.commands) if (command.registeredArguments.length) addConfigOption(command);
  for (const command of program.commands) command.exitOverride().configureOutput({ outputError: () => undefined });
  return program;
}

const complain = (text: string, code = 2): number => {
  process.stderr.write(`espalier: ${text}\n`);
  return code;
};

/** One line for whatever went wrong. An error that is not a Problem is a fault of ours; ESPALIER_DEBUG=1 shows its stack. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    return complain(error.message.replace(/^error: /, '').split('\n')[0]!);
  }
  if (error instanceof Problem) return complain(error.line, error.exitCode);
  if (process.env.ESPALIER_DEBUG) throw error;
  return complain(
    `internal error: ${(error as Error)?.message ?? error}; please report it with the model (ESPALIER_DEBUG=1 shows where)`,
  );
}

/**
 * The command line.
 * @param argv as process.argv
 * @returns exit code: 0 done, 1 the result misses what was asked, 2 wrong use or bad input
 */
export async function main(argv: readonly string[]): Promise<number> {
  let code = 0;
  const program = makeProgram((result) => {
    code = result;
  });
  process.stdout.on('error', () => undefined); // a closed pipe (| head) is not a problem
  try {
    if (argv.length <= 2) program.help();
    await configure(program, argv);
    await program.parseAsync([...argv]);
    return code;
  } catch (error) {
    return explain(error);
  }
}
