import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { compile } from '../compile.js';
import type { InputSpec } from '../data/dataset.js';
import { type Preprocess, preprocessOf } from '../data/preprocess.js';
import { elements, newData, type TensorData } from '../ir/graph.js';
import { stream } from '../ops/execute.js';
import { loadReport } from '../report/load.js';
import { writeNpy } from '../support/npy.js';
import { writeFolder } from '../support/output.js';
import { Problem } from '../support/problem.js';
import type { Progress } from '../support/progress.js';
import { writeWhole } from '../support/whole-file.js';
import { type Artifact, joinBytes, loadArtifact, usualEngine } from '../verify/artifact.js';
import { runHost, runQemu, runWasm } from '../verify/run.js';
import { addBuildOptions, type BuildOptions, buildOptions } from './build.js';
import { addScaleOptions, type Feed, feedOptions, readFeed, type ScaleOptions } from './inputs.js';
import { importFile } from './load.js';
import { collect } from './parse.js';
import { type CommonOptions, print, printJson, terminalProgress } from './terminal.js';

interface Options extends CommonOptions, BuildOptions, ScaleOptions {
  readonly input: string[];
  readonly output?: string[];
  readonly engine?: Engine;
  readonly target?: string;
}

export type Engine = 'reference' | 'host' | 'qemu' | 'wasm';

type Compiled = Exclude<Engine, 'reference'>;

const compiledEngines = { host: runHost, qemu: runQemu, wasm: runWasm };

/** What a model is compiled for, where nobody says. */
const usualTargets = { host: 'host', qemu: 'cortex-m4', wasm: 'wasm' };

/** Results: per output, one array per sample. */
interface Results {
  readonly outputs: readonly InputSpec[];
  readonly samples: readonly (readonly TensorData[])[];
}

async function onReference(model: string, options: Options, progress: Progress): Promise<Results> {
  const graph = await importFile(model, options);
  const feed = await readFeed(
    options.input,
    graph.inputs.map((id) => graph.tensors[id]!),
    feedOptions(options),
  );
  const run = stream(graph);
  progress.stage('run');
  const samples = Array.from({ length: feed.count }, (_, i) => {
    progress.share(i / feed.count);
    return run(feed.sample(i)).map((data) => data.slice());
  });
  return { outputs: graph.outputs.map((id) => graph.tensors[id]!), samples };
}

function onFolder(dir: string, artifact: Artifact, feed: Feed, engine: Compiled, options: Options): Results {
  const bytes = Buffer.concat(Array.from({ length: feed.count }, (_, i) => joinBytes(feed.sample(i))));
  const samples = compiledEngines[engine](dir, bytes, buildOptions(options));
  return { outputs: artifact.outputs, samples };
}

/** What was declared when the folder was written, unless the command says otherwise. */
const declaredIn = (dir: string): Preprocess => preprocessOf(loadReport(dir).preprocess ?? {});

async function onCompiled(path: string, engine: Compiled, options: Options, progress: Progress): Promise<Results> {
  const isFolder = existsSync(path) && statSync(path).isDirectory() && existsSync(join(path, 'report.json'));
  const work = isFolder ? undefined : mkdtempSync(join(tmpdir(), 'espalier-'));
  try {
    const dir = work ? join(work, 'out') : path;
    const target = options.target ?? usualTargets[engine];
    if (work) writeFolder(dir, (await compile(path, { vectors: 1, target, progress })).files);
    const artifact = loadArtifact(dir);
    const feed = await readFeed(options.input, artifact.inputs, { ...declaredIn(dir), ...feedOptions(options) });
    progress.stage('build and run');
    return onFolder(dir, artifact, feed, engine, options);
  } finally {
    if (work) rmSync(work, { recursive: true, force: true });
  }
}

/** All samples of one output, as .npy ([samples, shape...]) or raw bytes (.bin). */
function encode(path: string, spec: InputSpec, samples: readonly TensorData[]): Uint8Array {
  const size = elements(spec.shape);
  const all = newData(spec.type, samples.length * size);
  samples.forEach((sample, i) => {
    all.set(sample, i * size);
  });
  if (path.endsWith('.bin')) return joinBytes([all]);
  return writeNpy(all, [samples.length, ...(spec.shape[0] === 1 ? spec.shape.slice(1) : spec.shape)]);
}

function deliver({ outputs, samples }: Results, options: Options): void {
  const paths = options.output ?? [];
  if (paths.length && paths.length !== outputs.length)
    throw new Problem(
      'outputs-count',
      `the model has ${outputs.length} outputs, ${paths.length} files are given`,
      '--output',
      'repeat the option, one file per output',
    );
  paths.forEach((path, i) => {
    writeWhole(
      path,
      encode(
        path,
        outputs[i]!,
        samples.map((s) => s[i]!),
      ),
      'give a path that can be written as --output',
    );
  });
  if (options.json)
    printJson({
      samples: samples.length,
      outputs: outputs.map((o) => ({ name: o.name, shape: o.shape, type: o.type })),
      ...(paths.length ? { files: paths } : { values: samples.map((s) => s.map((d) => Array.from(d))) }),
    });
  else if (!options.quiet && paths.length) print(`${samples.length} samples -> ${paths.join(', ')}`);
  else if (!options.quiet)
    for (const s of samples)
      print(s.map((d) => Array.from(d.subarray(0, Math.min(elements([d.length]), 16))).join(' ')).join(' | '));
}

/** Adds `espalier run`. */
export function addRun(program: Command, done: (code: number) => void): void {
  const command = program
    .command('run')
    .description('run a model, or compiled code, on data')
    .argument('<model-or-dir>', 'model file, or folder written by `espalier compile`')
    .requiredOption(
      '--input <file>',
      'samples: .npy, .npz, .csv, IDX, .bin, image folder (repeat per model input)',
      collect,
    )
    .option('--output <file>', 'results as .npy or .bin (repeat per model output; default: print)', collect)
    .addOption(
      new Option(
        '--engine <engine>',
        'default: reference for a model, what it was compiled for for a folder: host or wasm',
      ).choices(['reference', ...Object.keys(compiledEngines)]),
    );
  addBuildOptions(addScaleOptions(command))
    .option(
      '--target <name>',
      'for a model: what to compile for (default: host, with --engine qemu cortex-m4, wasm wasm)',
    )
    .option('--json', 'print as JSON')
    .option('--quiet', 'print nothing but problems')
    .action(async (path: string, options: Options) => {
      const progress = terminalProgress(options);
      try {
        const isFolder = existsSync(path) && statSync(path).isDirectory();
        const engine = options.engine ?? (isFolder ? usualEngine(path) : 'reference');
        if (isFolder && engine === 'reference')
          throw new Problem(
            'engine-folder',
            'a folder holds compiled code, not the model',
            '--engine',
            'use --engine host, or give the model file',
          );
        const results =
          engine === 'reference'
            ? await onReference(path, options, progress)
            : await onCompiled(path, engine, options, progress);
        progress.end();
        deliver(results, options);
        done(0);
      } finally {
        progress.end();
      }
    });
}
