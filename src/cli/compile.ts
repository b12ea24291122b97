import { type Command, Option } from 'commander';
import { preprocessOf } from '../data/preprocess.js';
import { exportOnnx } from '../export.js';
import type { Budget } from '../plan/fit.js';
import { checkOutput, writeFolder } from '../support/output.js';
import { Problem } from '../support/problem.js';
import { writeWhole } from '../support/whole-file.js';
import { addBuildOptions, type BuildOptions, buildOptions } from './build.js';
import { addFinetuneOptions } from './finetune.js';
import { addScaleOptions } from './inputs.js';
import { compileModel, importFile, type Model, modelOf } from './load.js';
import { parseMemories } from './memories.js';
import { collect, realNumber, wholeNumber } from './parse.js';
import { addQuantiseOptions, type QuantiseOptions, quantiseRequest } from './quantise.js';
import { type DataOptions, readRequests } from './requests.js';
import { result } from './result.js';
import { shapesOf } from './shape.js';
import { type CommonOptions, print, printJson, terminalProgress } from './terminal.js';

interface Options extends CommonOptions, BuildOptions, DataOptions, QuantiseOptions {
  readonly model?: Model;
  readonly out: string;
  readonly target: string;
  readonly name?: string;
  readonly optimize: 'speed' | 'size' | 'balanced';
  readonly optimizeRam?: boolean;
  readonly simplify: boolean;
  readonly html: boolean;
  readonly tap?: string[];
  readonly fit?: Partial<Budget>;
  readonly maxDrop?: number;
  readonly measure?: boolean;
  readonly waitStates: number;
  readonly variants?: boolean;
  readonly emit?: 'wat';
  readonly dump?: string;
  readonly export?: string;
  readonly emitPreprocess?: boolean;
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

/** Tells before the work what could not be exported after it. */
async function checkExport(model: Model, path: string, options: Options): Promise<void> {
  if (!/\.onnx$/i.test(path)) throw new Problem('option-invalid', `"${path}" is no .onnx file`, '--export');
  exportOnnx(await importFile(model, options));
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
      ...(options.emit && { wat: true }),
      ...(tap && { tap }),
      ...shapesOf(options),
      ...quantiseRequest(options),
      ...(fit && { fit }),
      ...(options.maxDrop !== undefined && { maxDrop: options.maxDrop }),
      ...(dump && { dump }),
      preprocess: preprocessOf(options),
      ...(options.emitPreprocess && { emitPreprocess: true }),
    };
    if (options.export) await checkExport(model, options.export, options);
    const measure = options.measure && { measure: buildOptions(options) };
    const requests = await readRequests(model, options);
    const compiled = await compileModel(model, {
      ...shaping,
      ...rest,
      ...measure,
      ...requests,
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
    .description('compile a model to C or WebAssembly: sources, golden vectors, report')
    .argument('[model]', 'model file; default: that of the configuration file')
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
    .option('--emit-preprocess', "also write NAME_preprocess: a camera's frame of bytes becomes the model's input")
    .addOption(new Option('--emit <what>', 'wat: WebAssembly as text too').choices(['wat']))
    .option('--no-html', 'leave out report.html')
    .option('--dump <dir>', 'write the graph after every stage, and the memory plan')
    .option(
      '--export <file>',
      'also write the result as .onnx: in float (an int8 model as the real numbers it stands for), pruned weights as zeros',
    );
  addQuantiseOptions(command);
  addFinetuneOptions(command);
  addBuildOptions(addScaleOptions(command))
    .option('--json', 'print the report as JSON')
    .option('--quiet', 'print nothing but problems')
    .action(async (model: string | undefined, options: Options) => done(await run(modelOf(model, options), options)));
}
