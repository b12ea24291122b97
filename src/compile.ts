import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { emitC } from './emit/c/index.js';
import { tracedCalls } from './emit/c/run.js';
import type { Files } from './emit/files.js';
import { formatOf, importModel } from './importers/index.js';
import type { Graph, TensorData } from './ir/graph.js';
import { printGraph } from './ir/print.js';
import { checkGraph } from './ops/check.js';
import { passes } from './passes/index.js';
import { drawPlan } from './plan/draw.js';
import { checkFit, type Memories } from './plan/fit.js';
import { makePlan } from './plan/make-plan.js';
import type { Plan } from './plan/plan.js';
import { loadTarget } from './plan/target.js';
import { withMeasurement } from './report/measured.js';
import { makeReport, type Report } from './report/report.js';
import { Problem } from './support/problem.js';
import { type Progress, silent } from './support/progress.js';
import { version } from './support/version.js';
import { evaluate, type LabelledData } from './verify/accuracy.js';
import { joinBytes } from './verify/artifact.js';
import { type Golden, makeGolden, randomInputs } from './verify/golden.js';
import type { QemuOptions } from './verify/qemu.js';
import { measureFiles } from './verify/qemu-bench.js';

export interface CompileOptions {
  /** a name of `espalier targets`; default host */
  readonly target?: string;
  /** C identifier that prefixes all symbols; default made from the file name */
  readonly name?: string;
  /** speed: a specialised copy of a kernel per layer; size: one copy of each; default balanced */
  readonly optimize?: 'speed' | 'size' | 'balanced';
  /** stream rows and move tensors where that saves RAM */
  readonly optimizeRam?: boolean;
  /** false leaves out the exact simplifications, to see what they do */
  readonly simplify?: boolean;
  /** names of tensors that become further outputs */
  readonly tap?: readonly string[];
  /** golden vectors to write; default 4 */
  readonly vectors?: number;
  /** samples for the golden vectors, one array per graph input; default seeded random */
  readonly samples?: readonly (readonly TensorData[])[];
  /** labelled samples: accuracy of the model and of the compiled one */
  readonly labelled?: LabelledData;
  readonly seed?: number;
  /** memories that the result must fit into; default those of the target; null = not limited */
  readonly fit?: Partial<Memories>;
  /** build with the target's toolchain and count under QEMU: measured figures in the report */
  readonly measure?: boolean | QemuOptions;
  /** folder for the graph after each stage and the memory plan */
  readonly dump?: string;
  readonly progress?: Progress;
}

export interface Compiled {
  /** everything to be written to the output folder */
  readonly files: Files;
  readonly report: Report;
  readonly plan: Plan;
  /** as imported */
  readonly source: Graph;
  readonly milliseconds: Readonly<Record<string, number>>;
}

/** A C identifier from a file name. */
export function cName(fileName: string): string {
  const name = basename(fileName)
    .replace(/\.[^.]*$/, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  return /^[a-z]/.test(name) ? name : `model_${name}`;
}

/** Times each stage, checks what it made, and writes it to the dump folder under its number and name. */
class Stages {
  readonly milliseconds: Record<string, number> = {};
  private count = 0;
  constructor(
    readonly progress: Progress,
    readonly dump: string | undefined,
  ) {
    if (dump) mkdirSync(dump, { recursive: true });
  }

  async run<T>(name: string, work: () => T | Promise<T>): Promise<T> {
    this.progress.stage(name);
    const start = performance.now();
    const result = await work();
    this.milliseconds[name] = performance.now() - start;
    return result;
  }

  async graph(name: string, work: () => Graph | Promise<Graph>): Promise<Graph> {
    const graph = await this.run(name, work);
    checkGraph(graph);
    this.write(name, 'ir', printGraph(graph));
    return graph;
  }

  write(name: string, extension: string, text: string): void {
    if (this.dump)
      writeFileSync(join(this.dump, `${String(this.count++).padStart(2, '0')}-${name}.${extension}`), text);
  }
}

/** Adds tensors, by name, to the outputs of the graph. */
function withTaps(graph: Graph, taps: readonly string[]): Graph {
  const ids = taps.map((name) => {
    const id = graph.tensors.findIndex((t) => t.name === name && !t.data);
    if (id < 0)
      throw new Problem(
        'tap-unknown',
        `no computed tensor is called "${name}"`,
        '--tap',
        'see `espalier inspect --tensors` for the names',
      );
    return id;
  });
  return { ...graph, outputs: [...new Set([...graph.outputs, ...ids])] };
}

function goldenFiles(golden: Golden, plan: Plan): [string, string | Uint8Array][] {
  const types = tracedCalls(plan).map((c) => c.site.output.type);
  const about = { vectors: golden.inputs.length, types, digests: golden.digests };
  return [
    ['golden/inputs.bin', joinBytes(golden.inputs.flat())],
    ['golden/outputs.bin', joinBytes(golden.outputs.flat())],
    ['golden/golden.json', `${JSON.stringify(about)}\n`],
  ];
}

/** The options that shape the output, as a command line: part of the banner. */
function optionText(o: CompileOptions): string {
  const words = [
    `--target ${o.target ?? 'host'}`,
    o.optimize && `--optimize ${o.optimize}`,
    o.optimizeRam && '--optimize-ram',
    o.simplify === false && '--no-simplify',
    ...(o.tap ?? []).map((t) => `--tap ${t}`),
    o.seed !== undefined && `--seed ${o.seed}`,
  ];
  return words.filter(Boolean).join(' ');
}

const reported = (o: CompileOptions) => ({
  optimize: o.optimize ?? 'balanced',
  optimizeRam: o.optimizeRam ?? false,
  simplify: o.simplify ?? true,
  tap: o.tap ?? [],
  seed: o.seed ?? 1,
});

/** The report with the figures of the target's own instruction set. */
function measured(report: Report, files: Files, options: boolean | QemuOptions): Report {
  const { measured, verification } = measureFiles(files, typeof options === 'boolean' ? undefined : options);
  return withMeasurement(report, measured, verification);
}

const footprint = ({ totals: { flash, ram } }: Report) => ({ flash: flash.total ?? 0, ram: ram.total ?? 0 });

/**
 * The whole flow, one line per stage: import, exact simplification, plan, golden vectors, emit, report.
 * Nothing is written but the dump; the caller writes `files`.
 * @param file path of the model
 * @throws Problem for anything that the user can mend
 */
export async function compile(file: string, options: CompileOptions = {}): Promise<Compiled> {
  return compileBytes(readModel(file), basename(file), options);
}

/** As `compile`, for a model in memory. */
export async function compileBytes(
  bytes: Uint8Array,
  fileName: string,
  options: CompileOptions = {},
): Promise<Compiled> {
  const stages = new Stages(options.progress ?? silent, options.dump);
  const target = loadTarget(options.target ?? 'host');
  const name = options.name ?? cName(fileName);
  const sha256 = createHash('sha256').update(bytes).digest('hex');

  const source = await stages.graph('import', async () =>
    withTaps(await importModel(bytes, fileName), options.tap ?? []),
  );
  let graph = source;
  for (const { name: pass, pass: run } of options.simplify === false ? passes.filter((p) => p.always) : passes)
    graph = await stages.graph(pass, () => run(graph));
  const plan = await stages.run('plan', () =>
    makePlan(graph, { name, target, optimizeRam: options.optimizeRam ?? false }),
  );
  stages.write('plan', 'txt', drawPlan(plan));
  const memories = { flash: target.flash, ram: target.ram, ...options.fit };
  checkFit(plan, memories, options.optimizeRam ?? false);
  const samples = options.samples ?? randomInputs(graph, options.vectors ?? 4, options.seed ?? 1);
  const golden = await stages.run('golden', () =>
    makeGolden(
      graph,
      tracedCalls(plan).map((c) => c.output.tensor),
      samples,
    ),
  );
  const provenance = { version, model: fileName, sha256, target: target.name, options: optionText(options) };
  const sources = await stages.run('emit', () =>
    emitC(plan, { provenance, golden, size: options.optimize === 'size' }),
  );
  const accuracy = options.labelled
    ? await stages.run('accuracy', () => evaluate(source, graph, options.labelled!, stages.progress))
    : null;
  const model = { name: fileName, sha256, format: formatOf(bytes, fileName) ?? 'unknown' };
  const planned = makeReport({ version, model, options: reported(options), source, plan, accuracy, verification: [] });
  const filesWith = (about: Report): Files =>
    new Map([...sources, ...goldenFiles(golden, plan), ['report.json', `${JSON.stringify(about, null, 2)}\n`]]);
  const report = options.measure
    ? await stages.run('measure', () => measured(planned, filesWith(planned), options.measure!))
    : planned;
  if (options.measure) checkFit(plan, memories, options.optimizeRam ?? false, footprint(report));
  const files = filesWith(report);
  return { files, report, plan, source, milliseconds: stages.milliseconds };
}

/**
 * Reads a model file.
 * @throws Problem `model-unreadable`
 */
export function readModel(file: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(file));
  } catch (error) {
    throw new Problem(
      'model-unreadable',
      `cannot be read: ${(error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : (error as Error).message}`,
      file,
      'give the path of a model file',
    );
  }
}
