import { type Command, Option } from 'commander';
import { type CompileOptions, compile } from '../compile.js';
import type { LabelledSamples, PruneRequest } from '../options.js';
import type { Budget } from '../plan/fit.js';
import { checkOutput, writeFolder } from '../support/output.js';
import { Problem } from '../support/problem.js';
import { readLabels } from '../support/samples.js';
import { addBuildOptions, type BuildOptions, buildOptions } from './build.js';
import { addFinetuneOptions, type FinetuneOptions, finetuneRequest } from './finetune.js';
import { addScaleOptions, feedOptions, readFeed, type ScaleOptions } from './inputs.js';
import { importFile } from './load.js';
import { parseMemories } from './memories.js';
import { result } from './result.js';
import { type CommonOptions, print, printJson, terminalProgress } from './terminal.js';

interface Options extends CommonOptions, BuildOptions, ScaleOptions, FinetuneOptions {
  readonly out: string;
  readonly target: string;
  readonly name?: string;
  readonly optimize: 'speed' | 'size' | 'balanced';
  readonly optimizeRam?: boolean;
  readonly simplify: boolean;
  readonly html: boolean;
  readonly tap?: string[];
  readonly vectors: number;
  readonly data?: string[];
  readonly labels?: string;
  readonly seed: number;
  readonly fit?: Partial<Budget>;
  readonly sparsity?: number;
  readonly pattern?: string;
  readonly channels?: number;
  readonly calibrate?: string[];
  readonly maxDrop?: number;
  readonly measure?: boolean;
  readonly waitStates: number;
  readonly variants?: boolean;
  readonly dump?: string;
}

const collect = (value: string, before: string[] = []): string[] => [...before, value];

/** A whole number >= least, or a Problem naming the option. */
export function wholeNumber(option: string, least: number): (text: string) => number {
  return (text) => {
    const n = Number(text);
    if (!Number.isInteger(n) || n < least)
      throw new Problem('option-invalid', `"${text}" is not a whole number >= ${least}`, option);
    return n;
  };
}

/** A number, or a Problem naming the option. */
function realNumber(option: string): (text: string) => number {
  return (text) => {
    const n = Number(text);
    if (!text.trim() || !Number.isFinite(n)) throw new Problem('option-invalid', `"${text}" is not a number`, option);
    return n;
  };
}

function checkName(name: string | undefined): void {
  const reserved = /^(nn(_.*)?|all|test|clean|install|help|package|main)$/;
  if (name !== undefined && (!/^[a-zA-Z][a-zA-Z0-9_]{0,30}$/.test(name) || reserved.test(name)))
    throw new Problem(
      'option-invalid',
      `"${name}" cannot prefix C symbols`,
      '--name',
      'use letters, digits and _, starting with a letter, at most 31',
    );
}

/** What --data and --labels are for: the first samples become golden vectors, and with labels accuracy is measured. */
async function readData(
  model: string,
  options: Options,
): Promise<Pick<CompileOptions, 'samples' | 'labelled'> & { readonly data?: LabelledSamples }> {
  if (!options.data) {
    if (options.labels) throw new Problem('option-missing', 'labels need samples', '--labels', 'add --data X.npy');
    return {};
  }
  const data = await readLabelled(model, options.data, options.labels, '--labels', options);
  const samples = Array.from({ length: Math.min(data.count, options.vectors) }, (_, i) => data.sample(i));
  const { labels } = data;
  return { samples, data, ...(labels && { labelled: { ...data, labels } }) };
}

/** Samples, and their classes where a file or the samples themselves tell. */
async function readLabelled(
  model: string,
  paths: readonly string[],
  labelPath: string | undefined,
  option: string,
  options: Options,
): Promise<LabelledSamples> {
  const graph = await importFile(model);
  const inputs = graph.inputs.map((id) => graph.tensors[id]!);
  const feed = await readFeed(paths, inputs, feedOptions(options));
  const labels = labelPath ? await readLabels(labelPath) : feed.labels;
  if (labels && labels.length !== feed.count)
    throw new Problem(
      'labels-count',
      `${labels.length} labels for ${feed.count} samples`,
      option,
      'give one label per sample',
    );
  return { count: feed.count, sample: (i) => feed.sample(i), from: paths[0]!, ...(labels && { labels }) };
}

/** What fine-tuning is asked to do; accuracy is measured on what it does not see. */
async function readFinetune(model: string, options: Options, data: LabelledSamples | undefined) {
  const { validation, validationLabels: labels } = options;
  if (labels && !validation)
    throw new Problem('option-missing', 'labels need samples', '--validation-labels', 'add --validation X.npy');
  const apart = validation && (await readLabelled(model, validation, labels, '--validation-labels', options));
  return finetuneRequest(options, data, apart);
}

/** What --sparsity, --pattern and --calibrate ask for; undefined where none is given. Training data calibrate too. */
async function readPrune(
  model: string,
  options: Options,
  training: LabelledSamples | undefined,
): Promise<PruneRequest | undefined> {
  const { sparsity, pattern, channels, calibrate } = options;
  if ([sparsity, pattern, channels, calibrate, training].every((o) => o === undefined)) return undefined;
  const request = {
    ...(sparsity !== undefined && { sparsity }),
    ...(pattern && { pattern }),
    ...(channels !== undefined && { channels }),
  };
  if (!calibrate) return training ? { ...request, samples: training } : request;
  const graph = await importFile(model);
  const inputs = graph.inputs.map((id) => graph.tensors[id]!);
  const feed = await readFeed(calibrate, inputs, feedOptions(options));
  return { ...request, samples: { count: feed.count, sample: (i) => feed.sample(i), from: calibrate[0]! } };
}

async function run(model: string, options: Options): Promise<number> {
  checkName(options.name);
  checkOutput(options.out);
  const progress = terminalProgress(options);
  try {
    const { target, name, optimize, optimizeRam, simplify, tap, vectors, seed, fit, dump, out, waitStates } = options;
    const shaping = {
      target,
      optimize,
      simplify,
      html: options.html,
      vectors,
      seed,
      waitStates,
      ...(name && { name }),
      ...(optimizeRam !== undefined && { optimizeRam }),
    };
    const rest = {
      ...(options.variants && { variants: true }),
      ...(tap && { tap }),
      ...(fit && { fit }),
      ...(options.maxDrop !== undefined && { maxDrop: options.maxDrop }),
      ...(dump && { dump }),
    };
    const measure = options.measure && { measure: buildOptions(options) };
    const { data, ...known } = await readData(model, options);
    const finetune = await readFinetune(model, options, data);
    const prune = await readPrune(model, options, finetune.finetune?.data);
    const compiled = await compile(model, {
      ...shaping,
      ...rest,
      ...measure,
      ...known,
      ...finetune,
      ...(prune && { prune }),
      progress,
    });
    writeFolder(out, compiled.files);
    progress.end();
    if (options.json) printJson(compiled.report);
    else if (!options.quiet) print(...result(compiled.report, compiled.plan.name, out));
    return compiled.report.verification.some((v) => v.mismatches) ? 1 : 0;
  } finally {
    progress.end();
  }
}

/** Adds `espalier compile`. */
export function addCompile(program: Command, done: (code: number) => void): void {
  const command = program
    .command('compile')
    .description('compile a model to C: sources, golden vectors, report')
    .argument('<model>', 'model file (.tflite)')
    .requiredOption('--out <dir>', 'output folder')
    .option('--target <name>', 'what to compile for, see `espalier targets`', 'host')
    .option('--name <id>', 'prefix of all C symbols (default: from the file name)')
    .addOption(
      new Option('--optimize <what>', 'what to favour').choices(['speed', 'size', 'balanced']).default('balanced'),
    )
    .option('--optimize-ram', "stream rows and move tensors to save RAM (default: where the target's RAM would not do)")
    .option('--no-optimize-ram', 'never do that')
    .option('--no-simplify', 'leave out the exact simplifications, to see what they do')
    .option('--tap <tensor>', 'make a tensor a further output (repeatable)', collect)
    .option('--vectors <n>', 'golden vectors to write', wholeNumber('--vectors', 1), 4)
    .option(
      '--data <file>',
      'samples for golden vectors and accuracy: .npy, .npz, .bin, image folder (repeat per input)',
      collect,
    )
    .option('--labels <file>', 'class of each sample, .npy')
    .option('--seed <n>', 'seed of all random choices', wholeNumber('--seed', 0), 1)
    .option('--sparsity <share>', 'prune to this share of zeros, e.g. 0.8', realNumber('--sparsity'))
    .option('--pattern <pattern>', 'auto, unstructured, a block like 4x8, or 2:4 (default: auto)')
    .option(
      '--channels <share>',
      'first take out this share of the channels, e.g. 0.5; with --calibrate',
      realNumber('--channels'),
    )
    .option('--calibrate <file>', 'samples to prune by, no labels needed; as --data (repeat per input)', collect)
    .option(
      '--fit <budget>',
      "flash=96K,ram=32K,latency=20ms@120MHz: with --calibrate prunes to it, else refuses what exceeds it (default: the target's memories)",
      parseMemories,
    )
    .option(
      '--max-drop <points>',
      'refuse a result that loses more accuracy, with --data and --labels',
      realNumber('--max-drop'),
    )
    .option('--measure', "build with the target's toolchain and count instructions, flash and stack under QEMU")
    .option('--wait-states <n>', 'of flash, for the estimate of cycles', wholeNumber('--wait-states', 0), 0)
    .option('--variants', 'also report what --optimize speed, balanced and size would each give')
    .option('--no-html', 'leave out report.html')
    .option('--dump <dir>', 'write the graph after every stage, and the memory plan');
  addFinetuneOptions(command, wholeNumber, realNumber);
  addBuildOptions(addScaleOptions(command))
    .option('--json', 'print the report as JSON')
    .option('--quiet', 'print nothing but problems')
    .action(async (model: string, options: Options) => done(await run(model, options)));
}
