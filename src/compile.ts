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
import { codeBytes } from './plan/code.js';
import { drawPlan } from './plan/draw.js';
import { type Budget, checkFit, fittingPlan, plannedFootprint } from './plan/fit.js';
import { type Plan, planWeights } from './plan/plan.js';
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
function measured(report: Report, plan: Plan, files: Files, options: boolean | QemuOptions): Report {
  const { measured, verification } = measureFiles(files, typeof options === 'boolean' ? undefined : options);
  return withMeasurement(report, plan, measured, verification);
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

/** What a first build of a model that is pruned to a budget taught. */
interface Known {
  /** bytes of code over their estimate */
  readonly code: number;
  /** cycles by count over cycles by estimate */
  readonly pace: number;
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
  known?: Known,
): Promise<Compiled> {
  const stages = new Stages(o.progress ?? silent, o.dump);
  const target = loadTarget(o.target ?? 'host');
  const name = o.name ?? cName(origin.name);
  const memories = { flash: target.flash, ram: target.ram, cycles: null, ...o.fit };

  const source = await stages.graph('import', async () => withTaps(await make(), o.tap ?? []));
  let graph = source;
  for (const pass of o.simplify === false ? passes.filter((p) => p.always) : passes)
    graph = await stages.graph(pass.name, () => pass.pass(graph));
  const simplified = graph;
  const { optimizeRam, optimize = 'balanced' } = o;
  const shape = { name, target, optimize, ...(optimizeRam !== undefined && { optimizeRam }) };
  const planOf = (g: Graph): Plan => fittingPlan(g, shape, memories.ram);
  const flashOf = (plan: Plan): number => planWeights(plan) + (known?.code ?? 1) * codeBytes(plan, optimize);
  let pruning: Pruning | null = null;
  if (o.prune) {
    const paced = memories.cycles && memories.cycles / (known?.pace ?? 1);
    const about = {
      target,
      plan: planOf,
      flashOf,
      budget: { ...memories, cycles: paced },
      options: o,
      progress: stages.progress,
    };
    graph = await stages.graph('prune', async () => {
      const pruned = await pruneGraph(graph, o.prune!, about);
      pruning = pruned.pruning;
      return pruned.graph;
    });
  }
  const plan = await stages.run('plan', () => planOf(graph));
  stages.write('plan', 'txt', drawPlan(plan));
  checkFit(plan, memories, { ...plannedFootprint(plan), flash: flashOf(plan), isEstimate: true });
  checkCycles(plan, planCycles(plan, o.waitStates ?? 0) * (known?.pace ?? 1), memories.cycles, o);
  const samples = o.samples ?? randomInputs(graph, o.vectors ?? 4, o.seed ?? 1);
  const golden = await stages.run('golden', () => makeGolden(graph, tracedTensors(plan), samples));
  const provenance = {
    version,
    model: origin.name,
    sha256: origin.sha256,
    target: target.name,
    options: optionText(o),
  };
  const sources = await stages.run('emit', () => emitC(plan, { provenance, golden, size: optimize === 'size' }));
  const accuracy = o.labelled
    ? await stages.run('accuracy', () => evaluate(source, graph, o.labelled!, stages.progress))
    : null;
  checkDrop(accuracy, o.maxDrop);
  const planned = makeReport({
    version,
    model: origin,
    options: { ...reportedOptions(o), optimizeRam: plan.savesRam },
    source,
    simplified,
    plan,
    accuracy,
    verification: [],
    waitStates: o.waitStates ?? 0,
    pruning,
    objective: optimize,
    budget: memories,
    planOf,
  });
  const filesWith = (about: Report): Files => new Map([...sources, ...goldenFiles(golden, plan), reportFile(about)]);
  const counted = o.measure
    ? await stages.run('measure', () => measured(planned, plan, filesWith(planned), o.measure!))
    : planned;
  if (o.measure) {
    const lesson = lessonOf(counted, plan, memories, o);
    if (lesson && !known) return compileGraph(make, origin, o, lesson);
    checkFit(plan, memories, footprint(counted));
    checkCycles(plan, counted.totals.cycles.estimated, memories.cycles, o);
  }
  const report = o.variants
    ? { ...counted, variants: await stages.run('variants', () => variantsOf(make, origin, o)) }
    : counted;
  const page: Files = new Map(o.html === false ? [] : [['report.html', await renderReport(report)]]);
  return { files: new Map([...filesWith(report), ...page]), report, plan, source, milliseconds: stages.milliseconds };
}

/** A budget was met by estimate; where the count exceeds it, what the second try of pruning should know. */
function lessonOf(counted: Report, plan: Plan, { flash, cycles }: Budget, o: CompileOptions): Known | undefined {
  if (!o.prune || o.prune.sparsity !== undefined) return undefined;
  const taken = counted.totals.cycles.estimated ?? 0;
  const isOver = footprint(counted).flash > (flash ?? Number.POSITIVE_INFINITY) || (cycles !== null && taken > cycles);
  const pace = taken ? (1.002 * taken) / planCycles(plan, o.waitStates ?? 0) : 1;
  const code = counted.totals.flash.code! / (counted.totals.flash.codeEstimated || 1);
  return isOver ? { code: 1.01 * code, pace: Math.max(1, pace) } : undefined;
}

/** @throws Miss `latency-exceeded` */
function checkCycles(plan: Plan, cycles: number | null, limit: number | null, o: CompileOptions): void {
  if (limit === null || cycles === null || cycles <= limit) return;
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
