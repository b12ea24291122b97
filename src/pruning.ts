/** The stage of a compilation that prunes: by a share of zeros, or to a budget. */
import { inputsAs, type ModelOptions, type PrunedModel, pruneModel, subjectOf } from './compress.js';
import { type Graph, isQuantised } from './ir/graph.js';
import type { Target } from './kernels/kernel.js';
import type { CompileOptions, PruneRequest } from './options.js';
import { simplify } from './passes/index.js';
import { planCycles } from './plan/cycles.js';
import { type Budget, plannedFootprint } from './plan/fit.js';
import { type Plan, planInstructions, planWeights } from './plan/plan.js';
import { parsePattern, patternText } from './prune/pattern.js';
import type { QuantiseSettings } from './quantise/choose.js';
import type { Pruning } from './report/report.js';
import { type Compressed, compressed } from './search/compressed.js';
import { patternsFor } from './search/ways.js';
import { Miss, Problem } from './support/problem.js';
import type { Progress } from './support/progress.js';

export interface PruneStage {
  readonly target: Target;
  /** how a graph would be laid out */
  readonly plan: (graph: Graph) => Plan;
  readonly budget: Budget;
  /** bytes of flash of a plan, code included as far as it is known */
  readonly flashOf: (plan: Plan) => number;
  readonly options: CompileOptions;
  /** how a float model is stored */
  readonly quantise?: QuantiseSettings | 'float32';
  readonly progress: Progress;
}

export interface PrunedGraph {
  readonly graph: Graph;
  /** as it would be emitted without pruning */
  readonly dense: Graph;
  /** null where nothing had to be pruned */
  readonly pruning: Pruning | null;
}

/** Training that follows makes that of pruning itself needless. */
const polishing = ({ options }: PruneStage) => options.finetune && { polish: 0 };

/** How what is still float is stored. */
const storing = ({ quantise }: PruneStage) => quantise && { quantise };

/** Does the model keep within the budget as it is? */
function isWithin(graph: Graph, s: PruneStage): boolean {
  const plan = s.plan(graph);
  const { flash, cycles } = s.budget;
  const isSmall = flash === null || s.flashOf(plan) <= flash;
  return isSmall && (cycles === null || planCycles(plan, s.options.waitStates ?? 0) <= cycles);
}

function search(graph: Graph, request: PruneRequest, s: PruneStage): Promise<Compressed> {
  const { flash, cycles } = s.budget;
  return compressed(graph, {
    target: s.target,
    objective: s.options.optimize ?? 'balanced',
    plan: s.plan,
    pattern: request.pattern ?? 'auto',
    waitStates: s.options.waitStates ?? 0,
    seed: s.options.seed ?? 1,
    progress: s.progress,
    ...polishing(s),
    ...storing(s),
    ...(request.samples && { samples: request.samples }),
    ...(request.sparsity !== undefined && { sparsity: request.sparsity }),
    flashOf: s.flashOf,
    ...(flash !== null && { flash }),
    ...(cycles !== null && { cycles }),
  });
}

/** One pattern and share for all layers; the whole of pruning decides how the zeros spread. */
async function plain(graph: Graph, request: PruneRequest, s: PruneStage): Promise<PrunedModel> {
  const pruned = await pruneModel(graph, request.samples, {
    pattern: parsePattern(request.pattern!),
    seed: s.options.seed ?? 1,
    progress: s.progress,
    ...polishing(s),
    ...storing(s),
    ...(request.sparsity !== undefined && { sparsity: request.sparsity }),
  });
  return { ...pruned, graph: simplify(pruned.graph) };
}

/** Zeros that a target makes nothing of deserve a word: from this share of zeros on, and below this gain. */
const [manyZeros, littleGain] = [0.5, 0.1];

/** What the layers of a plan take. */
const takenBy = (plan: Plan): Pruning['before'] => ({
  weights: planWeights(plan),
  arena: plan.arena,
  instructions: planInstructions(plan),
});

/** Adds a warning where the zeros save little in the plan that they led to. */
export function withGain(pruning: Pruning, plan: Plan): Pruning {
  const [{ before, sparsity }, after, { target }] = [pruning, takenBy(plan), plan];
  const gain = (key: 'weights' | 'instructions') => 1 - after[key] / before[key];
  if (sparsity < manyZeros || Math.max(gain('weights'), gain('instructions')) >= littleGain) return pruning;
  const blocks = patternsFor(target)
    .slice(1)
    .map((b) => `--pattern ${patternText(b)}`);
  const advice = blocks.length
    ? `${target.name} gains from blocks: ${blocks.join(', ')}`
    : 'espalier advise tells what would';
  const word = `these zeros save ${Math.round(100 * gain('instructions'))} % of the instructions; ${advice}`;
  return { ...pruning, warnings: [...pruning.warnings, word] };
}

const pruningOf = (p: PrunedModel | Compressed, request: PruneRequest, s: PruneStage): Pruning => ({
  pattern: request.pattern ?? 'auto',
  sparsity: p.sparsity,
  error: p.error,
  warnings: p.warnings,
  layers: p.layers.map(({ name, weights, zeros }) => ({ name, weights, zeros })),
  before: takenBy(s.plan(simplify(p.dense))),
});

/** Channel counts that kernels make most of: MVE works on 16 channels at a time, the DSP cores on 4. */
const multipleFor = ({ features }: Target): number =>
  features.includes('mve') ? 16 : features.includes('dsp') ? 4 : 1;

const exceedsRam = (graph: Graph, s: PruneStage): boolean =>
  s.budget.ram !== null && plannedFootprint(s.plan(graph)).ram > s.budget.ram;

/** Channels go where that was asked for, and where the RAM does not do with all of them. */
async function thinned(
  graph: Graph,
  dense: Graph,
  request: PruneRequest,
  s: PruneStage,
): Promise<PrunedModel | undefined> {
  const { channels, samples } = request;
  const isTight = samples !== undefined && exceedsRam(dense, s);
  if (!channels && !isTight) return undefined;
  const goal = channels ? { channelSparsity: channels } : { channelsUntil: (g: Graph) => !exceedsRam(g, s) };
  return withoutChannels(graph, request, s, goal);
}

const withoutChannels = (
  graph: Graph,
  { samples }: PruneRequest,
  s: PruneStage,
  goal: Pick<ModelOptions, 'channelSparsity' | 'channelsUntil'>,
): Promise<PrunedModel> =>
  pruneModel(graph, samples, {
    ...{ channelMultiple: multipleFor(s.target), seed: s.options.seed ?? 1, progress: s.progress },
    ...polishing(s),
    ...storing(s),
    ...goal,
  });

/** Its value, or the Miss that came instead. */
const orMiss = <T>(work: Promise<T>): Promise<T | Miss> =>
  work.catch((error) => {
    if (error instanceof Miss || (error instanceof Problem && error.code === 'channels-few')) return error as Miss;
    throw error;
  });

/** To a budget: by single weights and blocks, and by channels alone where the pattern is free; the better one is kept. */
async function toBudget(graph: Graph, request: PruneRequest, s: PruneStage): Promise<PrunedModel> {
  const byWeights = await orMiss(search(graph, request, s));
  const isFree = request.samples && (request.pattern ?? 'auto') === 'auto' && request.channels === undefined;
  const byChannels = isFree
    ? await orMiss(withoutChannels(graph, request, s, { channelsUntil: (g) => isWithin(g, s) }))
    : undefined;
  const found = [byWeights, byChannels].filter((p): p is PrunedModel => p !== undefined && !(p instanceof Problem));
  if (!found.length) throw byWeights;
  return found.reduce((a, b) => ((b.error ?? 0) < (a.error ?? 0) && isWithin(b.graph, s) ? b : a));
}

/** Weights go as the options ask; without a share of zeros only as far as the budget needs. */
async function withoutWeights(graph: Graph, dense: Graph, request: PruneRequest, s: PruneStage) {
  const isFixed = request.pattern !== undefined && request.pattern !== 'auto';
  const byShare = request.sparsity !== undefined || (isFixed && parsePattern(request.pattern!).kind === 'nm');
  if (byShare) return isFixed ? plain(graph, request, s) : search(graph, request, s);
  return isWithin(dense, s) ? undefined : toBudget(graph, request, s);
}

/** As it would be emitted without pruning. */
async function denseOf(graph: Graph, { samples }: PruneRequest, s: PruneStage): Promise<Graph> {
  if (isQuantised(graph) || !samples || s.quantise === 'float32') return graph;
  return simplify((await subjectOf(graph, samples, { seed: s.options.seed ?? 1, ...storing(s) })).stored);
}

/**
 * Prunes as the options ask: channels, then weights; without a share of zeros only as far as the budget needs.
 * @param graph after exact simplification
 * @returns a graph that is simplified again
 * @throws Problem, Miss: as `pruneModel` and `compressed`
 */
export async function pruneGraph(graph: Graph, request: PruneRequest, s: PruneStage): Promise<PrunedGraph> {
  const dense = await denseOf(graph, request, s);
  const thin = await thinned(graph, dense, request, s);
  if (!thin) {
    const pruned = await withoutWeights(graph, dense, request, s);
    if (!pruned) return { graph: dense, dense, pruning: null };
    return { graph: pruned.graph, dense: pruned.dense, pruning: pruningOf(pruned, request, s) };
  }
  const samples = inputsAs(thin.graph, graph, request.samples!);
  const pruned = await withoutWeights(thin.graph, thin.graph, { ...request, samples }, s);
  const result = { ...(pruned ?? thin), dense: thin.dense };
  return { graph: result.graph, dense: result.dense, pruning: pruningOf(result, request, s) };
}
