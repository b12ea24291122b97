import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { emitC } from './emit/c/index.js';
import { tracedCalls } from './emit/c/run.js';
import type { Files } from './emit/files.js';
import { formatOf, importModel } from './importers/index.js';
import type { Graph } from './ir/graph.js';
import { type CompileOptions, cName, optionText, reportedOptions } from './options.js';
import { passes } from './passes/index.js';
import { withTaps } from './passes/taps.js';
import { drawPlan } from './plan/draw.js';
import { checkFit } from './plan/fit.js';
import { makePlan } from './plan/make-plan.js';
import type { Plan } from './plan/plan.js';
import { loadTarget } from './plan/target.js';
import { pruneGraph } from './pruning.js';
import { renderReport } from './report/html/page.js';
import { withMeasurement } from './report/measured.js';
import { makeReport, type Pruning, type Report, type Variant } from './report/report.js';
import { planCycles } from './search/compressed.js';
import { Stages } from './stages.js';
import { Miss, Problem } from './support/problem.js';
import { silent } from './support/progress.js';
import { version } from './support/version.js';
import { type Accuracy, evaluate } from './verify/accuracy.js';
import { makeGolden, randomInputs } from './verify/golden.js';
import { goldenFiles } from './verify/golden-files.js';
import type { QemuOptions } from './verify/qemu.js';
import { measureFiles } from './verify/qemu-bench.js';

export type { CompileOptions } from './options.js';

export interface Compiled {
  /** everything to be written to the output folder */
  readonly files: Files;
  readonly report: Report;
  readonly plan: Plan;
  /** as imported */
  readonly source: Graph;
  readonly milliseconds: Readonly<Record<string, number>>;
}

/** The report with the figures of the target's own instruction set. */
function measured(report: Report, files: Files, options: boolean | QemuOptions): Report {
  const { measured, verification } = measureFiles(files, typeof options === 'boolean' ? undefined : options);
  return withMeasurement(report, measured, verification);
}

const footprint = ({ totals: { flash, ram } }: Report) => ({ flash: flash.total ?? 0, ram: ram.total ?? 0 });

/** The totals of every objective, each compiled like the result itself. */
async function variantsOf(make: () => Graph | Promise<Graph>, origin: Origin, o: CompileOptions): Promise<Variant[]> {
  const variants: Variant[] = [];
  for (const optimize of ['speed', 'balanced', 'size'] as const) {
    const { variants: _, dump: __, labelled: ___, ...rest } = o;
    const { flash, ram, instructions } = (await compileGraph(make, origin, { ...rest, optimize, html: false })).report
      .totals;
    variants.push({ optimize, flash, ram, instructions });
  }
  return variants;
}

/** Where a graph came from. */
export interface Origin {
  /** file name, without folders */
  readonly name: string;
  readonly sha256: string;
  readonly format: string;
}

/**
 * The whole flow, one line per stage: import, exact simplification, plan, golden vectors, emit, report.
 * Nothing is written but the dump; the caller writes `files`.
 * @param file path of the model
 * @throws Problem for anything that the user can mend
 */
export const compile = (file: string, options: CompileOptions = {}): Promise<Compiled> =>
  compileBytes(readModel(file), basename(file), options);

/** As `compile`, for a model in memory. */
export async function compileBytes(bytes: Uint8Array, name: string, options: CompileOptions = {}): Promise<Compiled> {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const origin = { name, sha256, format: formatOf(bytes, name) ?? 'unknown' };
  return compileGraph(() => importModel(bytes, name), origin, options);
}

/** As `compile`, for a graph that the caller makes. */
export async function compileGraph(
  make: () => Graph | Promise<Graph>,
  origin: Origin,
  o: CompileOptions = {},
  code = 0,
): Promise<Compiled> {
  const stages = new Stages(o.progress ?? silent, o.dump);
  const target = loadTarget(o.target ?? 'host');
  const name = o.name ?? cName(origin.name);
  const optimizeRam = o.optimizeRam ?? false;
  const memories = { flash: target.flash, ram: target.ram, cycles: null, ...o.fit };

  const source = await stages.graph('import', async () => withTaps(await make(), o.tap ?? []));
  let graph = source;
  for (const pass of o.simplify === false ? passes.filter((p) => p.always) : passes)
    graph = await stages.graph(pass.name, () => pass.pass(graph));
  const simplified = graph;
  let pruning: Pruning | null = null;
  if (o.prune) {
    const about = { target, optimizeRam, budget: memories, code, options: o, progress: stages.progress };
    graph = await stages.graph('prune', async () => {
      const pruned = await pruneGraph(graph, o.prune!, about);
      pruning = pruned.pruning;
      return pruned.graph;
    });
  }
  const planOf = (of: Graph) => makePlan(of, { name, target, optimizeRam, optimize: o.optimize ?? 'balanced' });
  const plan = await stages.run('plan', () => planOf(graph));
  stages.write('plan', 'txt', drawPlan(plan));
  checkFit(plan, memories, optimizeRam);
  checkCycles(plan, memories.cycles, o);
  const samples = o.samples ?? randomInputs(graph, o.vectors ?? 4, o.seed ?? 1);
  const golden = await stages.run('golden', () => makeGolden(graph, tracedTensors(plan), samples));
  const provenance = {
    version,
    model: origin.name,
    sha256: origin.sha256,
    target: target.name,
    options: optionText(o),
  };
  const sources = await stages.run('emit', () => emitC(plan, { provenance, golden, size: o.optimize === 'size' }));
  const accuracy = o.labelled
    ? await stages.run('accuracy', () => evaluate(source, graph, o.labelled!, stages.progress))
    : null;
  checkDrop(accuracy, o.maxDrop);
  const planned = makeReport({
    version,
    model: origin,
    options: reportedOptions(o),
    source,
    simplified,
    plan,
    accuracy,
    verification: [],
    waitStates: o.waitStates ?? 0,
    pruning,
    objective: o.optimize ?? 'balanced',
    budget: memories,
    planOf,
  });
  const filesWith = (about: Report): Files => new Map([...sources, ...goldenFiles(golden, plan), reportFile(about)]);
  const counted = o.measure
    ? await stages.run('measure', () => measured(planned, filesWith(planned), o.measure!))
    : planned;
  // A budget was met by weights alone; with the code that they need they may be too many: prune once more, knowing it.
  const isOver = memories.flash !== null && footprint(counted).flash > memories.flash;
  if (isOver && o.prune && o.prune.sparsity === undefined && code === 0)
    return compileGraph(make, origin, o, counted.totals.flash.code! + 64);
  if (o.measure) checkFit(plan, memories, optimizeRam, footprint(counted));
  const report = o.variants
    ? { ...counted, variants: await stages.run('variants', () => variantsOf(make, origin, o)) }
    : counted;
  const page: Files = new Map(o.html === false ? [] : [['report.html', await renderReport(report)]]);
  return { files: new Map([...filesWith(report), ...page]), report, plan, source, milliseconds: stages.milliseconds };
}

/** @throws Miss `latency-exceeded` */
function checkCycles(plan: Plan, limit: number | null, o: CompileOptions): void {
  const cycles = planCycles(plan, o.waitStates ?? 0);
  if (limit === null || cycles <= limit) return;
  throw new Miss(
    'latency-exceeded',
    `a run takes about ${Math.round(cycles).toLocaleString('en-US')} cycles (an estimate), ${limit.toLocaleString('en-US')} are given`,
    plan.target.name,
    o.prune ? 'give more time or a faster clock' : 'add --calibrate X.npy: then the model is pruned to the budget',
  );
}

/** @throws Miss `accuracy-drop` */
function checkDrop(accuracy: Accuracy | null, maxDrop: number | undefined): void {
  if (maxDrop === undefined) return;
  if (accuracy?.dense == null || accuracy.compiled == null)
    throw new Problem(
      'option-missing',
      'a bound on the accuracy needs labelled samples',
      '--max-drop',
      'add --data X.npy --labels Y.npy',
    );
  const drop = accuracy.dense - accuracy.compiled;
  if (drop > maxDrop)
    throw new Miss(
      'accuracy-drop',
      `the result loses ${drop.toFixed(2)} points of accuracy (${accuracy.dense.toFixed(1)} -> ${accuracy.compiled.toFixed(1)} % on ${accuracy.samples} samples), ${maxDrop} are allowed`,
      '--max-drop',
      'ask for fewer zeros or a larger budget, or give more calibration samples',
    );
}

const tracedTensors = (plan: Plan) => tracedCalls(plan).map((call) => call.output.tensor);

const reportFile = (report: Report): [string, string] => ['report.json', `${JSON.stringify(report, null, 2)}\n`];

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
