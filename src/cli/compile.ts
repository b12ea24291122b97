import { type Command, Option } from 'commander';
import type { CompileOptions } from '../compile.js';
import type { DatasetFunction } from '../config/config.js';
import { classesOf, datasetPart, sourceOf } from '../config/dataset.js';
import { readLabels } from '../data/open.js';
import { exportOnnx } from '../export.js';
import type { PruneRequest } from '../options.js';
import type { Budget } from '../plan/fit.js';
import { checkOutput, writeFolder } from '../support/output.js';
import { Problem } from '../support/problem.js';
import { writeWhole } from '../support/whole-file.js';
import { addBuildOptions, type BuildOptions, buildOptions } from './build.js';
import { addScaleOptions, feedOptions, labelOptions, readFeed, type ScaleOptions } from './inputs.js';
import { compileModel, importFile, type Model, modelOf } from './load.js';
import { parseMemories } from './memories.js';
import { collect } from './parse.js';
import { result } from './result.js';
import { type CommonOptions, print, printJson, terminalProgress } from './terminal.js';

interface Options extends CommonOptions, BuildOptions, ScaleOptions {
  readonly model?: Model;
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
  readonly export?: string;
  readonly dataset?: DatasetFunction;
}

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

/** A part of the dataset of the configuration file, in the encoding of the model's inputs. */
async function configured(model: Model, part: 'train' | 'test', { dataset, seed }: Options) {
  if (!dataset) return undefined;
  const graph = await importFile(model);
  const inputs = graph.inputs.map((id) => graph.tensors[id]!);
  const set = await datasetPart(dataset, part, { inputs, seed });
  return set && { set, source: sourceOf(set, inputs, `dataset('${part}')`) };
}

/** Its test part does what --data and --labels do. */
async function configuredData(model: Model, options: Options): Promise<Pick<CompileOptions, 'samples' | 'labelled'>> {
  const test = await configured(model, 'test', options);
  if (!test) return {};
  const { set, source } = test;
  const samples = Array.from({ length: Math.min(set.count, options.vectors) }, (_, i) => source.sample(i));
  const labels = classesOf(set, source.from!);
  return { samples, ...(labels && { labelled: { count: set.count, sample: source.sample, labels } }) };
}

/** What --data and --labels are for: the first samples become golden vectors, and with labels accuracy is measured. */
async function readData(model: Model, options: Options): Promise<Pick<CompileOptions, 'samples' | 'labelled'>> {
  if (!options.data) {
    if (options.labels) throw new Problem('option-missing', 'labels need samples', '--labels', 'add --data X.npy');
    return configuredData(model, options);
  }
  const graph = await importFile(model);
  const inputs = graph.inputs.map((id) => graph.tensors[id]!);
  const feed = await readFeed(options.data, inputs, feedOptions(options));
  const samples = Array.from({ length: Math.min(feed.count, options.vectors) }, (_, i) => feed.sample(i));
  const labels = options.labels ? await readLabels(options.labels, labelOptions(options)) : feed.labels;
  if (!labels) return { samples };
  if (labels.length !== feed.count)
    throw new Problem(
      'labels-count',
      `${labels.length} labels for ${feed.count} samples`,
      '--labels',
      'give one label per sample',
    );
  return { samples, labelled: { count: feed.count, sample: (i) => feed.sample(i), labels } };
}

/** Tells before the work what could not be exported after it. */
async function checkExport(model: Model, path: string): Promise<void> {
  if (!/\.onnx$/i.test(path)) throw new Problem('option-invalid', `"${path}" is no .onnx file`, '--export');
  exportOnnx(await importFile(model));
}

/** What --sparsity, --pattern and --calibrate ask for; undefined where none is given. */
async function readPrune(model: Model, options: Options): Promise<PruneRequest | undefined> {
  const { sparsity, pattern, channels, calibrate } = options;
  const train = calibrate ? undefined : await configured(model, 'train', options);
  if ([sparsity, pattern, channels, calibrate, train].every((o) => o === undefined)) return undefined;
  const request = {
    ...(sparsity !== undefined && { sparsity }),
    ...(pattern && { pattern }),
    ...(channels !== undefined && { channels }),
  };
  if (!calibrate) return train ? { ...request, samples: train.source } : request;
  const graph = await importFile(model);
  const inputs = graph.inputs.map((id) => graph.tensors[id]!);
  const feed = await readFeed(calibrate, inputs, feedOptions(options));
  return { ...request, samples: { count: feed.count, sample: (i) => feed.sample(i), from: calibrate[0]! } };
}

async function run(model: Model, options: Options): Promise<number> {
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
    if (options.export) await checkExport(model, options.export);
    const measure = options.measure && { measure: buildOptions(options) };
    const data = await readData(model, options);
    const prune = await readPrune(model, options);
    const compiled = await compileModel(model, {
      ...shaping,
      ...rest,
      ...measure,
      ...data,
      ...(prune && { prune }),
      progress,
    });
    writeFolder(out, compiled.files);
    if (options.export) writeWhole(options.export, exportOnnx(compiled.graph), 'give a path that can be written');
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
    .argument('[model]', 'model file (.tflite); default: that of the configuration file')
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
      'samples for golden vectors and accuracy: .npy, .npz, .csv, IDX, .bin, image folder (repeat per input)',
      collect,
    )
    .option('--labels <file>', 'class of each sample: .npy, .csv, IDX')
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
    .option('--dump <dir>', 'write the graph after every stage, and the memory plan')
    .option(
      '--export <file>',
      'also write the result as .onnx: in float (an int8 model as the real numbers it stands for), pruned weights as zeros',
    );
  addBuildOptions(addScaleOptions(command))
    .option('--json', 'print the report as JSON')
    .option('--quiet', 'print nothing but problems')
    .action(async (model: string | undefined, options: Options) => done(await run(modelOf(model, options), options)));
}
