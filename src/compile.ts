import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { again, checkCounted, checkDrop, checkEstimated, type Known, lessonOf, untaught } from './checks.js';
import { inputsAs, storedSamples } from './compress.js';
import { tracedCalls } from './emit/c/run.js';
import type { Files } from './emit/files.js';
import { emitPlan } from './emit/index.js';
import { scratchTrainedBy, trainedBy } from './finetune.js';
import { type Beside, besideFile } from './importers/beside.js';
import { formatOf, importModel } from './importers/index.js';
import type { Graph } from './ir/graph.js';
import type { Target } from './kernels/kernel.js';
import { type CompileOptions, cName, optionText, reportedOptions } from './options.js';
import { passes } from './passes/index.js';
import { withTaps } from './passes/taps.js';
import { estimatedFlash } from './plan/code.js';
import { drawPlan } from './plan/draw.js';
import { fittingPlan } from './plan/fit.js';
import type { Plan } from './plan/plan.js';
import { loadTarget, portable } from './plan/target.js';
import { type PrunedGraph, type PruneStage, pruneGraph, withGain } from './pruning.js';
import { renderReport } from './report/html/page.js';
import { withMeasurement } from './report/measured.js';
import { makeReport, type Report, type Variant } from './report/report.js';
import { Stages } from './stages.js';
import { Problem } from './support/problem.js';
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
  /** as emitted: simplified, pruned, quantised */
  readonly graph: Graph;
  readonly milliseconds: Readonly<Record<string, number>>;
}

/** The report with the figures of the target's own instruction set. */
function measured(report: Report, plan: Plan, files: Files, options: boolean | QemuOptions): Report {
  const { measured, verification } = measureFiles(files, typeof options === 'boolean' ? undefined : options);
  return withMeasurement(report, plan, measured, verification);
}

/** The totals of every objective, each compiled like the result itself. */
async function variantsOf(make: () => Graph | Promise<Graph>, origin: Origin, o: CompileOptions): Promise<Variant[]> {
  const variants: Variant[] = [];
  for (const optimize of ['speed', 'balanced', 'size'] as const) {
    const { variants: _, dump: __, labelled: ___, train: ____, finetune, prune, ...others } = o;
    // What was trained is not trained again for every one.
    const rest = { ...others, ...(prune && !finetune && { prune }) };
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

/** Training changes how well weights can be coded: a budget of flash keeps so much of itself for that. */
const withSpare = (flash: number | null): number | null => flash && 0.99 * flash;

/**
 * The whole flow, one line per stage: import, exact simplification, plan, golden vectors, emit, report.
 * Nothing is written but the dump; the caller writes `files`.
 * @param file path of the model
 * @throws Problem for anything that the user can mend
 */
export const compile = (file: string, options: CompileOptions = {}): Promise<Compiled> =>
  compileBytes(readModel(file), basename(file), options, besideFile(file));

/**
 * As `compile`, for a model in memory.
 * @param beside reads files that the model names; without it there are none
 */
export async function compileBytes(
  bytes: Uint8Array,
  name: string,
  options: CompileOptions = {},
  beside?: Beside,
): Promise<Compiled> {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const origin = { name, sha256, format: formatOf(bytes, name) ?? 'unknown' };
  return compileGraph(() => importModel(bytes, name, beside, options), origin, options);
}

/** What the banner of the emitted files tells. */
const provenanceOf = (origin: Origin, target: Target, o: CompileOptions) => ({
  version,
  model: origin.name,
  sha256: origin.sha256,
  target: target.name,
  options: optionText(o),
});

/** The exact simplifications, a stage each. */
async function simplifiedBy(stages: Stages, source: Graph, o: CompileOptions): Promise<Graph> {
  let graph = source;
  for (const pass of o.simplify === false ? passes.filter((p) => p.always) : passes)
    graph = await stages.graph(pass.name, () => pass.pass(graph));
  return graph;
}

/** @throws Problem `stateful`: samples of a stream depend on each other, as pruning and training do not know */
function refuseStateful(graph: Graph, o: CompileOptions): void {
  if (!graph.states?.length || !(o.prune || o.finetune || o.train)) return;
  const message = 'the model keeps something from run to run, and such models cannot be pruned or trained';
  throw new Problem('stateful', message, `state "${graph.states[0]!.name}"`, 'compile it as it is');
}

/** The stage that prunes, where that was asked for. */
async function prunedBy(stages: Stages, graph: Graph, stage: PruneStage): Promise<PrunedGraph> {
  const { prune } = stage.options;
  if (!prune) return { graph, dense: graph, pruning: null };
  let rest: Omit<PrunedGraph, 'graph'> = { dense: graph, pruning: null };
  const pruned = await stages.graph('prune', async () => {
    const { graph: result, ...about } = await pruneGraph(graph, prune, stage);
    rest = about;
    return result;
  });
  return { graph: pruned, ...rest };
}

/**
 * The stage that measures accuracy, where there are labels.
 * @throws as `checkDrop`
 */
async function accuracyOf(stages: Stages, source: Graph, graph: Graph, o: CompileOptions): Promise<Accuracy | null> {
  const { labelled, maxDrop } = o;
  const accuracy = labelled
    ? await stages.run('accuracy', () =>
        evaluate(source, graph, labelled, inputsAs(graph, source, labelled), stages.progress),
      )
    : null;
  checkDrop(accuracy, maxDrop);
  return accuracy;
}

/** As `compile`, for a graph that the caller makes. */
export async function compileGraph(
  make: () => Graph | Promise<Graph>,
  origin: Origin,
  o: CompileOptions = {},
): Promise<Compiled> {
  const stages = new Stages(o.progress ?? silent, o.dump);
  if (!o.train) return compileTrained(stages, make, origin, o);
  const source = await stages.graph('import', make);
  refuseStateful(source, o);
  const simplified = await simplifiedBy(stages, source, o);
  const { graph, training } = await scratchTrainedBy(stages, simplified, o.train);
  return compileTrained(stages, () => graph, origin, o, { code: 1, pace: 1, isFirst: true, training });
}

/** Golden vectors of the samples that are given, or of random ones. */
function goldenOf(source: Graph, graph: Graph, plan: Plan, o: CompileOptions) {
  const samples = o.samples
    ? storedSamples(graph, source, o.samples)
    : randomInputs(graph, o.vectors ?? 4, o.seed ?? 1);
  return makeGolden(graph, tracedTensors(plan), samples);
}

/** What a plan is made for, apart from memories. */
const shapeOf = ({ name, optimize = 'balanced', optimizeRam }: CompileOptions, target: Target, origin: Origin) => ({
  ...{ name: name ?? cName(origin.name), target, optimize },
  ...(optimizeRam !== undefined && { optimizeRam }),
});

/** The report with counted figures, where that was asked for. */
const measuredBy = async (
  stages: Stages,
  report: Report,
  plan: Plan,
  files: Files,
  { measure }: CompileOptions,
): Promise<Report> => (measure ? stages.run('measure', () => measured(report, plan, files, measure)) : report);

/** The report with what every objective would give, where that was asked for. */
const withVariants = async (
  stages: Stages,
  report: Report,
  make: () => Graph | Promise<Graph>,
  origin: Origin,
  o: CompileOptions,
): Promise<Report> =>
  o.variants ? { ...report, variants: await stages.run('variants', () => variantsOf(make, origin, o)) } : report;

/** @throws Problem `engine-target`: figures are counted under QEMU, which runs no WebAssembly */
function refuseMeasure({ backend, name }: Target, o: CompileOptions): void {
  if (backend === 'wasm' && o.measure)
    throw new Problem('engine-target', `--measure counts under QEMU, not for ${name}`, '--measure', 'espalier bench');
}

/** As `compileGraph`, for a graph that need not be trained any more. */
async function compileTrained(
  stages: Stages,
  make: () => Graph | Promise<Graph>,
  origin: Origin,
  o: CompileOptions,
  known: Known = untaught,
): Promise<Compiled> {
  const target = loadTarget(o.target ?? 'host');
  refuseMeasure(target, o);
  const memories = { flash: target.flash, ram: target.ram, cycles: null, ...o.fit };

  const source = await stages.graph('import', async () => withTaps(await make(), o.tap ?? []));
  refuseStateful(source, o);
  const simplified = await simplifiedBy(stages, source, o);
  const { optimize = 'balanced' } = o;
  const planOf = (g: Graph): Plan => fittingPlan(g, shapeOf(o, target, origin), memories.ram);
  const flashOf = (p: Plan): number => estimatedFlash(p, optimize, known.code);
  const cycles = memories.cycles && memories.cycles / known.pace;
  const pruned = await prunedBy(stages, simplified, {
    ...{ target, plan: planOf, flashOf, options: o, progress: stages.progress },
    budget: { ...memories, flash: o.finetune ? withSpare(memories.flash) : memories.flash, cycles },
  });
  const { graph, pruning, finetuning } = await trainedBy(stages, source, pruned, o.finetune);
  const plan = await stages.run('plan', () => planOf(graph));
  stages.write('plan', 'txt', drawPlan(plan));
  checkEstimated(plan, memories, flashOf(plan), known, o);
  const golden = await stages.run('golden', () => goldenOf(source, graph, plan, o));
  const sources = await stages.run('emit', () =>
    emitPlan(plan, {
      ...{ provenance: provenanceOf(origin, target, o), golden, size: optimize === 'size', wat: o.wat ?? false },
      portable: () => fittingPlan(graph, shapeOf(o, portable(target), origin), memories.ram),
    }),
  );
  const planned = makeReport({
    version,
    model: origin,
    options: { ...reportedOptions(o), optimizeRam: plan.savesRam },
    source,
    simplified,
    plan,
    accuracy: await accuracyOf(stages, source, graph, o),
    verification: [],
    waitStates: o.waitStates ?? 0,
    pruning: pruning && withGain(pruning, plan),
    ...{ training: known.training, finetuning },
    objective: optimize,
    budget: memories,
    planOf,
  });
  const filesWith = (about: Report): Files => new Map([...sources, ...goldenFiles(golden, plan), reportFile(about)]);
  const counted = await measuredBy(stages, planned, plan, filesWith(planned), o);
  const lesson = o.measure && known.isFirst && lessonOf(counted, plan, memories, o);
  if (lesson) return compileTrained(stages, make, origin, again(o), { ...known, ...lesson });
  if (o.measure) checkCounted(counted, plan, memories, o);
  const report = await withVariants(stages, counted, o.finetune ? () => graph : make, origin, o);
  const page: Files = new Map(o.html === false ? [] : [['report.html', await renderReport(report)]]);
  return {
    files: new Map([...filesWith(report), ...page]),
    report,
    plan,
    source,
    graph,
    milliseconds: stages.milliseconds,
  };
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
