import { existsSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { type Command, Option } from 'commander';
import { readLabels } from '../data/open.js';
import type { Objective } from '../plan/select.js';
import { loadTarget } from '../plan/target.js';
import { parsePattern } from '../prune/pattern.js';
import { sweepFlash } from '../report/sweep.js';
import { Problem } from '../support/problem.js';
import { type SweepResult, sweep } from '../sweep/sweep.js';
import { addScaleOptions, feedOptions, labelOptions, readFeed, readSource, type ScaleOptions } from './inputs.js';
import { importFile } from './load.js';
import { collect, wholeNumber } from './parse.js';
import { type CommonOptions, color, count, print, printJson, table, terminalProgress } from './terminal.js';

interface Options extends CommonOptions, ScaleOptions {
  readonly out: string;
  readonly target: string;
  readonly optimize: Objective;
  readonly optimizeRam?: boolean;
  readonly data: string[];
  readonly labels?: string;
  readonly calibrate?: string[];
  readonly sparsity: number[];
  readonly pattern: string[];
  readonly jobs: number;
  readonly waitStates: number;
  readonly seed: number;
}

/** Shares of zeros, separated by commas. */
function parseShares(text: string): number[] {
  const shares = text.split(',').map(Number);
  if (text.trim() && shares.every((s) => s > 0 && s < 1)) return [...new Set(shares)];
  throw new Problem(
    'option-invalid',
    `"${text}" is not a list of shares between 0 and 1`,
    '--sparsity',
    'e.g. 0.5,0.7,0.9',
  );
}

/** Patterns, separated by commas. */
function parsePatterns(text: string): string[] {
  const patterns = text.split(',').map((p) => p.trim());
  for (const p of patterns) if (p !== 'auto') parsePattern(p);
  return [...new Set(patterns)];
}

/** Reads all that the points will read, so that a mistake is told once, before any of them starts. */
async function check(model: string, o: Options): Promise<void> {
  loadTarget(o.target);
  if (existsSync(o.out) && !statSync(o.out).isDirectory())
    throw new Problem('out-unusable', 'is a file, not a folder', o.out, 'give another --out');
  const graph = await importFile(model, o);
  const feed = await readFeed(
    o.data,
    graph.inputs.map((id) => graph.tensors[id]!),
    feedOptions(o),
  );
  const labels = o.labels === undefined ? feed.labels : await readLabels(o.labels, labelOptions(o));
  if (!labels)
    throw new Problem('option-missing', 'accuracy needs the class of each sample', '--labels', 'add --labels Y.npy');
  if (labels.length !== feed.count)
    throw new Problem('labels-count', `${labels.length} labels for ${feed.count} samples`, '--labels');
  if (o.calibrate) await readSource(graph, o.calibrate, o);
}

function text(result: SweepResult, out: string): string[] {
  const rows = result.points.map((p) => [
    p.series,
    `${(100 * p.sparsity).toFixed(1)} %`,
    `${p.accuracy.toFixed(1)} %`,
    count(sweepFlash(p)),
    count(p.ram.arena),
    p.instructions === null ? '-' : count(p.instructions),
  ]);
  return [
    ...table(['pattern', 'zeros', 'accuracy', 'flash', 'arena', 'instructions'], rows),
    '',
    color.bold(`${result.points.length} points for ${result.target}`),
    ...(result.resumed ? [`  taken as found  ${result.resumed}`] : []),
    `  files           ${out}/sweep.json, sweep.csv`,
  ];
}

/** Runs with signals passed on to the processes: finished points stay. */
async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const abort = () => stop.abort();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, abort);
  try {
    return await work(stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    throw new Problem(
      'interrupted',
      'stopped; what is finished is kept',
      'sweep',
      'the same command goes on from there',
    );
  } finally {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, abort);
  }
}

async function run(model: string, options: Options): Promise<number> {
  const { json, quiet, config: _, pattern, optimizeRam, ...rest } = options;
  await check(model, options);
  const progress = terminalProgress(options);
  try {
    const result = await interruptible((signal) =>
      sweep({ ...rest, model, patterns: pattern, optimizeRam: optimizeRam ?? false, progress, signal }),
    );
    progress.end();
    for (const { series, asked, problem } of result.failed)
      process.stderr.write(`espalier: point ${series} ${asked} failed: ${problem}\n`);
    if (json) printJson(result);
    else if (!quiet) print(...text(result, options.out));
    return result.failed.length ? 1 : 0;
  } finally {
    progress.end();
  }
}

/** Adds `espalier sweep`. */
export function addSweep(program: Command, done: (code: number) => void): void {
  const command = program
    .command('sweep')
    .description('accuracy against flash, RAM and instructions, over shares of zeros; resumes where it was stopped')
    .argument('<model>', 'model file')
    .requiredOption('--target <name>', 'see `espalier targets`')
    .requiredOption('--out <dir>', 'folder for sweep.json, sweep.csv and the points')
    .requiredOption('--data <file>', 'samples to measure accuracy on (repeat per input)', collect)
    .option('--labels <file>', 'class of each sample: .npy, .csv, IDX')
    .option('--calibrate <file>', 'samples to prune by, no labels needed (repeat per input)', collect)
    .option('--sparsity <shares>', 'shares of zeros', parseShares, [0.5, 0.6, 0.7, 0.8, 0.9])
    .option('--pattern <patterns>', 'auto, unstructured, 4x8, 2:4, ...; several separated by commas', parsePatterns, [
      'auto',
    ])
    .option('--jobs <n>', 'processes at a time (default: cores)', wholeNumber('--jobs', 1), availableParallelism())
    .addOption(
      new Option('--optimize <what>', 'what to favour').choices(['speed', 'size', 'balanced']).default('balanced'),
    )
    .option('--optimize-ram', 'stream rows and move tensors where that saves RAM')
    .option('--wait-states <n>', 'of flash, for the estimate of cycles', wholeNumber('--wait-states', 0), 0)
    .option('--seed <n>', 'seed of all random choices', wholeNumber('--seed', 0), 1);
  addScaleOptions(command)
    .option('--json', 'print as JSON')
    .option('--quiet', 'print nothing but problems')
    .action(async (model: string, options: Options) => done(await run(model, options)));
}
