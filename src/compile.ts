import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import {
  again,
  checkCounted,
  checkDrop,
  checkEstimated,
  type Known,
  lessonOf,
  refuseMeasure,
  refuseStateful,
  untaught,
} from './checks.js';
import { inputsAs } from './compress.js';
import { goldenOf, type Origin, provenanceOf } from './emission.js';
import { preparedFor } from './emit/c/preprocess.js';
import type { Files } from './emit/files.js';
import { type EmitChoice, emitPlan } from './emit/index.js';
import { scratchTrainedBy, trainedBy } from './finetune.js';
import { type Beside, besideFile, noted } from './importers/beside.js';
import { formatOf, importModel } from './importers/index.js';
import type { Graph } from './ir/graph.js';
import type { Target } from './kernels/kernel.js';
import { type CompileOptions, cName, reportedOptions } from './options.js';
import { passes } from './passes/index.js';
import { withTaps } from './passes/taps.js';
import { estimatedFlash } from './plan/code.js';
import { drawPlan } from './plan/draw.js';
import { fittingPlan } from './plan/fit.js';
import type { Plan } from './plan/plan.js';
import { loadTarget, portable } from './plan/target.js';
import { type PrunedGraph, type PruneStage, pruneGraph, withGain } from './pruning.js';
import { settledBy } from './quantising.js';
import { renderReport } from './report/html/page.js';
import { withMeasurement } from './report/measured.js';
import { preprocessReport } from './report/preprocess.js';
import { makeReport, type Report, type ReportInput } from './report/report.js';
import { Stages } from './stages.js';
import { Problem } from './support/problem.js';
import { silent } from './support/progress.js';
import { version } from './support/version.js';
import { variantsOf } from './variants.js';
import { type Accuracy, evaluate } from './verify/accuracy.js';
import { goldenFiles } from './verify/golden-files.js';
import type { QemuOptions } from './verify/qemu.js';
import { measureFiles } from './verify/qemu-bench.js';

export type { Origin } from './emission.js';
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
  const files = noted(bytes, beside);
  const origin = {
    name,
    // The files beside the model are known when it has been imported.
    get sha256() {
      return files.digest();
    },
    format: formatOf(bytes, name) ?? 'unknown',
  };
  return compileGraph(() => importModel(bytes, name, files.beside, options), origin, options);
}

/** The exact simplifications, a stage each. */
async function simplifiedBy(stages: Stages, source: Graph, o: CompileOptions): Promise<Graph> {
  let graph = source;
  for (const pass of o.simplify === false ? passes.filter((p) => p.always) : passes)
    graph = await stages.graph(pass.name, () => pass.pass(graph));
  return graph;
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
  o.variants
    ? {
        ...report,
        variants: await stages.run('variants', () => variantsOf((rest) => compileGraph(make, origin, rest), o)),
      }
    : report;

/** The stage that prints a plan. */
const sourcesBy = (
  stages: Stages,
  plan: Plan,
  origin: Origin,
  o: CompileOptions,
  rest: Pick<EmitChoice, 'golden' | 'preprocess' | 'portable'>,
): Promise<Files> =>
  stages.run('emit', () => {
    const provenance = provenanceOf(origin, plan.target, o);
    return emitPlan(plan, { provenance, size: o.optimize === 'size', wat: o.wat ?? false, ...rest });
  });

/** The report before anything is counted. */
function plannedReport(
  origin: Origin,
  o: CompileOptions,
  about: Omit<ReportInput, 'version' | 'model' | 'options' | 'verification' | 'waitStates' | 'objective'>,
): Report {
  const { plan, pruning } = about;
  return makeReport({
    ...{ ...about, version, model: { ...origin }, verification: [] },
    options: { ...reportedOptions(o), optimizeRam: plan.savesRam },
    waitStates: o.waitStates ?? 0,
    objective: o.optimize ?? 'balanced',
    pruning: pruning && withGain(pruning, plan),
  });
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
  const quantise = known.quantise ?? (await settledBy(stages, simplified, o));
  const pruned = await prunedBy(stages, simplified, {
    ...(quantise && { quantise }),
    ...{ target, plan: planOf, flashOf, options: o, progress: stages.progress },
    budget: { ...memories, flash: o.finetune ? withSpare(memories.flash) : memories.flash, cycles },
  });
  const { graph, pruning, finetuning } = await trainedBy(stages, source, pruned, o.finetune);
  const plan = await stages.run('plan', () => planOf(graph));
  stages.write('plan', 'txt', drawPlan(plan));
  checkEstimated(plan, memories, flashOf(plan), known, o);
  const preprocess = preparedFor(plan, o);
  const golden = await stages.run('golden', () => goldenOf(source, graph, plan, o));
  const sources = await sourcesBy(stages, plan, origin, o, {
    ...{ golden, preprocess },
    portable: () => fittingPlan(graph, shapeOf(o, portable(target), origin), memories.ram),
  });
  const planned = plannedReport(origin, o, {
    ...{ source, simplified, plan, pruning, finetuning, planOf },
    accuracy: await accuracyOf(stages, source, graph, o),
    preprocess: preprocessReport(preprocess),
    quantisation: quantise && quantise !== 'float32' ? quantise : null,
    training: known.training,
    budget: memories,
  });
  const filesWith = (about: Report): Files => new Map([...sources, ...goldenFiles(golden, plan), reportFile(about)]);
  const counted = await measuredBy(stages, planned, plan, filesWith(planned), o);
  const lesson = o.measure && known.isFirst && lessonOf(counted, plan, memories, o);
  if (lesson)
    return compileTrained(stages, make, origin, again(o), { ...known, ...lesson, ...(quantise && { quantise }) });
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
