import { type Command, Option } from 'commander';
import { type Advice, advise, type BudgetAdvice, type OutOfReach } from '../advise/advise.js';
import { type LayerAdvice, shares } from '../advise/layer.js';
import type { Budget } from '../plan/fit.js';
import type { Objective } from '../plan/select.js';
import { loadTarget } from '../plan/target.js';
import { addScaleOptions, readSource, type ScaleOptions } from './inputs.js';
import { importFile, type Model, modelOf } from './load.js';
import { parseMemories } from './memories.js';
import { collect, wholeNumber } from './parse.js';
import { type CommonOptions, color, count, print, printJson, table, terminalProgress } from './terminal.js';

interface Options extends CommonOptions, ScaleOptions {
  readonly model?: Model;
  readonly target: string;
  readonly optimize: Objective;
  readonly fit?: Partial<Budget>;
  readonly calibrate?: string[];
  readonly waitStates: number;
  readonly seed: number;
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;
const from = (share: number | null): string => (share === null ? 'never' : percent(share));

/** A row for every format of a layer; a layer that no sparse kernel fits has one that says so. */
function breakEvenRows(l: LayerAdvice): string[][] {
  const head = [l.name, l.shape.join('x'), percent(l.zeros)];
  if (!l.formats.length) return [[...head, 'dense only', '', '', '']];
  return l.formats.map((f, i) => [
    ...(i ? ['', '', ''] : head),
    f.format,
    f.pattern,
    from(f.breakEven.instructions),
    from(f.breakEven.bytes),
  ]);
}

function costTable(advice: Advice, key: 'instructions' | 'bytes'): string[] {
  const rows = advice.layers.map((l) => [l.name, count(l.dense[key]), ...l.best.map((b) => count(b[key]))]);
  const total = ['whole model', count(advice.dense[key]), ...advice.totals.map((t) => count(t[key]))];
  return table([key, 'dense', ...shares.map(percent)], [...rows, total]);
}

function budgetText(b: BudgetAdvice | OutOfReach, target: string): string[] {
  if ('missed' in b) return [color.bold('The budget is out of reach'), `  ${b.missed}`];
  if (b.sparsity === 0)
    return [
      color.bold('The budget'),
      `  is kept without pruning: ${count(b.flash)} bytes of flash, about ${count(b.cycles)} cycles`,
    ];
  const loss =
    b.error === null
      ? 'unknown; --calibrate X.npy estimates it'
      : `outputs differ by ${(100 * b.error).toFixed(1)} % of their variance (squared, estimated)`;
  return [
    color.bold(`The budget on ${target} takes ${(100 * b.sparsity).toFixed(1)} % zeros where layers can be pruned`),
    `  loss            ${loss}`,
    `  flash           ${count(b.flash)} bytes, ${count(b.bytes)} of them weights`,
    `  arena           ${count(b.arena)} bytes`,
    `  instructions    ${count(b.instructions)}, about ${count(b.cycles)} cycles`,
    '',
    ...table(
      ['layer', 'weights', 'zeros', 'format'],
      b.layers.map((l) => [l.name, count(l.weights), percent(l.zeros), l.format]),
    ),
  ];
}

function text(advice: Advice): string[] {
  return [
    color.bold(`Zeros that pay on ${advice.target} (estimated, against our own dense kernels)`),
    '',
    ...table(
      ['layer', 'weights', 'zeros', 'format', 'pattern', 'faster from', 'smaller from'],
      advice.layers.flatMap(breakEvenRows),
    ),
    '',
    ...costTable(advice, 'instructions'),
    '',
    ...costTable(advice, 'bytes'),
    ...(advice.budget ? ['', ...budgetText(advice.budget, advice.target)] : []),
  ];
}

async function run(model: Model, { calibrate, fit, ...options }: Options): Promise<number> {
  const progress = terminalProgress(options);
  try {
    const { target, optimize, waitStates, seed } = options;
    loadTarget(target);
    const graph = await importFile(model, options);
    const samples = calibrate && (await readSource(graph, calibrate, options));
    const about = { target, optimize, waitStates, seed, progress };
    const advice = await advise(graph, { ...about, ...(samples && { samples }), ...(fit && { fit }) });
    progress.end();
    if (options.json) printJson(advice);
    else if (!options.quiet) print(...text(advice));
    return advice.budget && 'missed' in advice.budget ? 1 : 0;
  } finally {
    progress.end();
  }
}

/** Adds `espalier advise`. */
export function addAdvise(program: Command, done: (code: number) => void): void {
  const command = program
    .command('advise')
    .description('what zeros would be worth on a target, layer by layer, and what a budget would take')
    .argument('[model]', 'model file; default: that of the configuration file')
    .requiredOption('--target <name>', 'see `espalier targets`')
    .addOption(
      new Option('--optimize <what>', 'what to favour').choices(['speed', 'size', 'balanced']).default('balanced'),
    )
    .option(
      '--fit <budget>',
      'flash=96K,ram=32K,latency=20ms@120MHz: how the model would be pruned to it',
      parseMemories,
    )
    .option(
      '--calibrate <file>',
      'samples, no labels needed: with --fit the loss is estimated; float models need them (repeat per input)',
      collect,
    )
    .option('--wait-states <n>', 'of flash, for the estimate of cycles', wholeNumber('--wait-states', 0), 0)
    .option('--seed <n>', 'seed of all random choices', wholeNumber('--seed', 0), 1);
  addScaleOptions(command)
    .option('--json', 'print as JSON')
    .option('--quiet', 'print nothing but problems')
    .action(async (model: string | undefined, options: Options) => {
      done(await run(modelOf(model, options), options));
    });
}
