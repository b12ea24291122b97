/** Before any pruning: what shares of zeros are worth on a target, layer by layer, and what a budget would take. */
import { subjectOf } from '../compress.js';
import type { Graph } from '../ir/graph.js';
import type { Target } from '../kernels/kernel.js';
import type { SampleSource } from '../ops/float/calibration.js';
import { simplify } from '../passes/index.js';
import { estimatedFlash } from '../plan/code.js';
import { planCycles } from '../plan/cycles.js';
import { type Budget, checkFit, estimatedFootprint, fittingPlan } from '../plan/fit.js';
import { makePlan } from '../plan/make-plan.js';
import { type Plan, planCalls, planInstructions, planWeights } from '../plan/plan.js';
import { type Objective, placesOf, priceOf, targetFor } from '../plan/select.js';
import { loadTarget } from '../plan/target.js';
import { layersOf } from '../prune/layers.js';
import { trace } from '../prune/trace.js';
import { pruneGraph } from '../pruning.js';
import { nodeWeights } from '../report/stages.js';
import { patternsFor } from '../search/ways.js';
import { Miss } from '../support/problem.js';
import { type Progress, silent } from '../support/progress.js';
import { adviseLayer, type CostAt, type LayerAdvice, shares } from './layer.js';

export interface AdviseOptions {
  readonly target: string;
  readonly optimize?: Objective;
  /** what the result may take; then the advice tells how */
  readonly fit?: Partial<Budget>;
  /** samples in the encoding of the model's inputs: the loss of a budget is estimated by them; a float model needs them */
  readonly samples?: SampleSource;
  readonly waitStates?: number;
  readonly seed?: number;
  readonly progress?: Progress;
}

export interface BudgetLayer {
  readonly name: string;
  readonly weights: number;
  /** share */
  readonly zeros: number;
  readonly format: string;
}

/** What a budget would take. */
export interface BudgetAdvice {
  /** share of zeros over the layers that can be pruned; 0: it fits as it is */
  readonly sparsity: number;
  /** squared error of the outputs over their variance, estimated from the samples; null without them */
  readonly error: number | null;
  /** bytes of weights, and of code by estimate */
  readonly flash: number;
  /** of weights */
  readonly bytes: number;
  readonly arena: number;
  readonly instructions: number;
  readonly cycles: number;
  readonly layers: readonly BudgetLayer[];
}

/** No pruning keeps the budget. */
export interface OutOfReach {
  /** what is missed, and the least possible */
  readonly missed: string;
}

export interface Advice {
  readonly model: string;
  readonly target: string;
  readonly optimize: Objective;
  /** of the whole model as it is; instructions by estimate */
  readonly dense: { readonly instructions: number; readonly bytes: number };
  readonly layers: readonly LayerAdvice[];
  /** of the whole model, with this share of zeros in every layer of the table */
  readonly totals: readonly CostAt[];
  /** null without a budget */
  readonly budget: BudgetAdvice | OutOfReach | null;
}

function totalsOf(dense: Advice['dense'], layers: readonly LayerAdvice[]): CostAt[] {
  return shares.map((share, i) => ({
    share,
    instructions: layers.reduce((n, l) => n + l.best[i]!.instructions - l.dense.instructions, dense.instructions),
    bytes: layers.reduce((n, l) => n + l.best[i]!.bytes - l.dense.bytes, dense.bytes),
  }));
}

function budgetLayers(plan: Plan): BudgetLayer[] {
  return planCalls(plan).flatMap(({ site, kernel }) => {
    const { weights, nonzero } = nodeWeights(plan.graph, site.node);
    if (!weights) return [];
    return [{ name: site.node.name, weights, zeros: 1 - nonzero / weights, format: kernel.format ?? 'dense' }];
  });
}

/** Prunes to the budget as a compilation would, and tells the result. */
async function keptBudget(graph: Graph, fit: Partial<Budget>, target: Target, o: AdviseOptions): Promise<BudgetAdvice> {
  const { samples, optimize = 'balanced', waitStates = 0, seed = 1, progress = silent } = o;
  const budget = { flash: target.flash, ram: target.ram, cycles: null, ...fit };
  const request = samples ? { samples } : {};
  const options = { optimize, waitStates, seed };
  const plan = (g: Graph): Plan => fittingPlan(g, { name: 'm', target, optimize }, budget.ram);
  const flashOf = (p: Plan): number => estimatedFlash(p, optimize);
  const stage = { target, plan, flashOf, budget, options, progress };
  const { graph: result, pruning } = await pruneGraph(graph, request, stage);
  const kept = plan(result);
  checkFit(kept, budget, estimatedFootprint(kept, flashOf(kept)));
  return {
    sparsity: pruning?.sparsity ?? 0,
    error: pruning ? pruning.error : 0,
    flash: flashOf(kept),
    bytes: planWeights(kept),
    arena: kept.arena,
    instructions: planInstructions(kept),
    cycles: Math.round(planCycles(kept, waitStates)),
    layers: budgetLayers(kept),
  };
}

const adviseBudget = (...about: Parameters<typeof keptBudget>): Promise<BudgetAdvice | OutOfReach> =>
  keptBudget(...about).catch((error) => {
    if (error instanceof Miss) return { missed: error.line };
    throw error;
  });

/**
 * Advises on pruning a model for a target. Zeros are laid by size of the weights here: what a kernel costs hangs on how
 * many there are and how they lie, not on which are best for accuracy.
 * @param source as imported
 * @throws Problem `target-unknown`, `calibration-missing` for a float model without samples
 */
export async function advise(source: Graph, o: AdviseOptions): Promise<Advice> {
  const { optimize = 'balanced', seed = 1, progress = silent } = o;
  const target = loadTarget(o.target);
  const graph = simplify(source);
  const subject = await subjectOf(graph, o.samples, { seed });
  progress.stage('advise');
  const patterns = patternsFor(target);
  const layers = layersOf(subject.float).map((l) => l.name);
  const found = trace(subject.linear, subject.float, undefined, { patterns, method: 'magnitude', layers, seed });
  const priced = targetFor(target, optimize);
  const places = placesOf(subject.stored, priced, 'p');
  const price = priceOf(places, optimize);
  const advice = found.layers.flatMap((t, i) => {
    progress.share(i / found.layers.length, t.layer.name);
    const place = places.find((p) => p.site.node.name === t.layer.name);
    return place ? [adviseLayer(t, place.site, priced, patterns, price)] : [];
  });
  const plan = makePlan(subject.stored, { name: 'm', target, optimizeRam: false, optimize });
  const dense = { instructions: planInstructions(plan), bytes: planWeights(plan) };
  const budget = o.fit ? await adviseBudget(graph, o.fit, target, o) : null;
  return {
    model: source.name,
    target: target.name,
    optimize,
    dense,
    layers: advice,
    totals: totalsOf(dense, advice),
    budget,
  };
}
