/** The stage of a compilation that prunes: by a share of zeros, or to a budget. */
import { type PrunedModel, pruneModel, subjectOf } from './compress.js';
import type { Graph } from './ir/graph.js';
import type { Target } from './kernels/kernel.js';
import type { CompileOptions, PruneRequest } from './options.js';
import { simplify } from './passes/index.js';
import type { Budget } from './plan/fit.js';
import { type Plan, planCalls, planWeights } from './plan/plan.js';
import { parsePattern } from './prune/pattern.js';
import type { Pruning } from './report/report.js';
import { type Compressed, compressed, planCycles } from './search/compressed.js';
import type { Progress } from './support/progress.js';

export interface PruneStage {
  readonly target: Target;
  /** how a graph would be laid out */
  readonly plan: (graph: Graph) => Plan;
  readonly budget: Budget;
  /** bytes of flash of a plan, code included as far as it is known */
  readonly flashOf: (plan: Plan) => number;
  readonly options: CompileOptions;
  readonly progress: Progress;
}

export interface PrunedGraph {
  readonly graph: Graph;
  /** null where nothing had to be pruned */
  readonly pruning: Pruning | null;
}

const isFloat = (graph: Graph): boolean => !graph.tensors.some((t) => t.type === 's8' && !t.data);

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
    ...(request.sparsity !== undefined && { sparsity: request.sparsity }),
  });
  return { ...pruned, graph: simplify(pruned.graph) };
}

function pruningOf(p: PrunedModel | Compressed, request: PruneRequest, s: PruneStage): Pruning {
  const before = s.plan(simplify(p.dense));
  return {
    pattern: request.pattern ?? 'auto',
    sparsity: p.sparsity,
    error: p.error,
    warnings: p.warnings,
    layers: p.layers.map(({ name, weights, zeros }) => ({ name, weights, zeros })),
    before: {
      weights: planWeights(before),
      arena: before.arena,
      instructions: planCalls(before).reduce((n, c) => n + Math.round(c.kernel.cost(c.site, s.target).instructions), 0),
    },
  };
}

/**
 * Prunes as the options ask; without a share of zeros only as far as the budget needs.
 * @param graph after exact simplification
 * @returns a graph that is simplified again
 * @throws Problem, Miss: as `pruneModel` and `compressed`
 */
export async function pruneGraph(graph: Graph, request: PruneRequest, s: PruneStage): Promise<PrunedGraph> {
  const isFixed = request.pattern !== undefined && request.pattern !== 'auto';
  const byShare = request.sparsity !== undefined || (isFixed && parsePattern(request.pattern!).kind === 'nm');
  if (byShare) {
    const pruned = isFixed ? await plain(graph, request, s) : await search(graph, request, s);
    return { graph: pruned.graph, pruning: pruningOf(pruned, request, s) };
  }
  const dense =
    isFloat(graph) && request.samples
      ? simplify((await subjectOf(graph, request.samples, { seed: s.options.seed ?? 1 })).stored)
      : graph;
  if (isWithin(dense, s)) return { graph: dense, pruning: null };
  const pruned = await search(graph, request, s);
  return { graph: pruned.graph, pruning: pruningOf(pruned, request, s) };
}
