/** Pruning that chooses pattern and share of zeros of every layer by what the target pays for it. */
import { type Subject, subjectOf } from '../compress.js';
import type { Graph } from '../ir/graph.js';
import type { Target } from '../kernels/kernel.js';
import type { SampleSource } from '../ops/float/calibration.js';
import { simplify } from '../passes/index.js';
import { callCycles } from '../plan/cycles.js';
import { makePlan } from '../plan/make-plan.js';
import { type Plan, planCalls, planWeights } from '../plan/plan.js';
import { type Objective, placesOf, priceOf, targetFor } from '../plan/select.js';
import { apply, magnitudeOnly, type Pruned } from '../prune/apply.js';
import { parsePattern } from '../prune/pattern.js';
import { type Trace, trace } from '../prune/trace.js';
import { Miss, type Problem } from '../support/problem.js';
import type { Progress } from '../support/progress.js';
import { leastOf, type Selection, select, selectCheap } from './budget.js';
import { type LayerWays, layerWays, patternsFor } from './ways.js';

export interface SearchOptions {
  readonly target: Target;
  readonly objective: Objective;
  readonly optimizeRam: boolean;
  /** calibration data, without labels; absent: LAMP scores, which know nothing of the data */
  readonly samples?: SampleSource;
  /** pattern, or `auto`: those that the target has kernels for */
  readonly pattern: string;
  /** share of zeros over the layers that are pruned */
  readonly sparsity?: number;
  /** bytes of constants that the whole model may have */
  readonly weightBytes?: number;
  /** cycles that a run may take, by estimate */
  readonly cycles?: number;
  readonly waitStates: number;
  readonly seed: number;
  readonly progress: Progress;
}

export interface Compressed extends Pruned {
  /** what the search made, simplified again */
  readonly graph: Graph;
  /** the same model without pruning, as it would be emitted */
  readonly dense: Graph;
  readonly warnings: readonly string[];
}

const number = (n: number): string => Math.round(n).toLocaleString('en-US');

/** Cycles of a plan by estimate; instructions where the target has no model of its pipeline. */
export const planCycles = (plan: Plan, waitStates: number): number =>
  planCalls(plan).reduce((n, call) => {
    const instructions = call.kernel.cost(call.site, plan.target).instructions;
    return n + (callCycles(call, plan.target, instructions, waitStates) ?? instructions);
  }, 0);

/** How often limits are tightened after a look at the plan that they led to. */
const rounds = 5;

class Search {
  readonly dense: Plan;
  constructor(
    readonly o: SearchOptions,
    readonly subject: Subject,
    readonly found: Trace,
    readonly layers: readonly LayerWays[],
  ) {
    this.dense = this.plan(subject.stored);
  }

  private plan(graph: Graph): Plan {
    const { target, optimizeRam, objective } = this.o;
    return makePlan(graph, { name: 'm', target, optimizeRam, optimize: objective });
  }

  private finish(selection: Selection): Compressed {
    const { subject, found, o } = this;
    const pruned = found.calibration
      ? apply(subject.linear, found, selection.choices, { progress: o.progress })
      : magnitudeOnly(found, selection.choices);
    const warnings = subject.calibration?.warnings ?? [];
    return { ...pruned, graph: simplify(subject.finish(pruned.graph)), dense: subject.stored, warnings };
  }

  /** For a share of zeros. */
  bySparsity(sparsity: number): Compressed {
    const { o, layers, subject } = this;
    const price = priceOf(placesOf(subject.stored, targetFor(o.target, o.objective), 'p'), o.objective);
    const total = layers.reduce((n, l) => n + l.weights, 0);
    const selection = selectCheap(layers, (1 - sparsity) * total, (w) => price(w));
    if (!selection) throw this.tooFew(sparsity);
    return this.finish(selection);
  }

  private tooFew(sparsity: number): Problem {
    const total = this.layers.reduce((n, l) => n + l.weights, 0);
    const most = 1 - leastOf(this.layers).nonzero / total;
    return new Miss(
      'sparsity-most',
      `no choice of patterns leaves ${number(100 * sparsity)} % zeros; ${number(100 * most)} % is the most`,
      '--sparsity',
      'ask for less',
    );
  }

  /** For bytes and cycles. What simplification gains on top shows in the plan, so limits are checked there. */
  byBudget(): Compressed {
    const { o, dense, layers } = this;
    const own = layers.map((l) => l.ways[0]!);
    const fixed = {
      bytes: planWeights(dense) - own.reduce((n, w) => n + w.bytes, 0),
      instructions: this.instructions(dense) - own.reduce((n, w) => n + w.instructions, 0),
    };
    const pace = planCycles(dense, o.waitStates) / this.instructions(dense);
    let [bytes, cycles] = [o.weightBytes, o.cycles];
    for (let round = 0; round < rounds; round++) {
      const limits = {
        ...(bytes !== undefined && { bytes: bytes - fixed.bytes }),
        ...(cycles !== undefined && { instructions: cycles / pace - fixed.instructions }),
      };
      const selection = select(layers, limits);
      if (!selection) throw this.outOfReach(fixed, pace);
      const result = this.finish(selection);
      const plan = this.plan(result.graph);
      const over = {
        bytes: planWeights(plan) - (o.weightBytes ?? Number.POSITIVE_INFINITY),
        cycles: planCycles(plan, o.waitStates) - (o.cycles ?? Number.POSITIVE_INFINITY),
      };
      if (over.bytes <= 0 && over.cycles <= 0) return result;
      if (bytes !== undefined && over.bytes > 0) bytes -= 1.1 * over.bytes;
      if (cycles !== undefined && over.cycles > 0) cycles -= 1.1 * over.cycles;
    }
    throw this.outOfReach(fixed, pace);
  }

  private instructions(plan: Plan): number {
    return planCalls(plan).reduce((n, c) => n + c.kernel.cost(c.site, plan.target).instructions, 0);
  }

  private outOfReach(fixed: { bytes: number; instructions: number }, pace: number): Problem {
    const { o, layers } = this;
    const least = leastOf(layers);
    const bytes = fixed.bytes + least.bytes;
    const cycles = (fixed.instructions + least.instructions) * pace;
    const tooBig = o.weightBytes !== undefined && bytes > o.weightBytes;
    const tooSlow = o.cycles !== undefined && cycles > o.cycles;
    const what = [
      ...(tooBig || !tooSlow ? [`${number(bytes)} bytes of weights`] : []),
      ...(tooSlow || !tooBig ? [`about ${number(cycles)} cycles`] : []),
    ];
    return new Miss(
      tooBig === tooSlow ? 'budget-both' : tooBig ? 'budget-flash' : 'budget-latency',
      `pruning does not reach the budget; the least possible is ${what.join(' and ')}${tooBig || tooSlow ? '' : ', each alone'}`,
      o.target.name,
      tooSlow ? 'give more time, a faster clock or a smaller model' : 'give more flash or a smaller model',
    );
  }
}

/**
 * Prunes a graph for a target, by a share of zeros or to a budget of bytes and cycles.
 * @param graph after exact simplification, float or int8
 * @throws Miss `budget-flash`, `budget-latency`, `budget-both`, `sparsity-most` with the least possible; Problem as pruning does
 */
export async function compressed(graph: Graph, o: SearchOptions): Promise<Compressed> {
  const subject = await subjectOf(graph, o.samples, { seed: o.seed });
  const patterns = o.pattern === 'auto' ? patternsFor(o.target) : [parsePattern(o.pattern)];
  const { calibration, storage, linear } = subject;
  const { seed, progress } = o;
  const options = { patterns, seed, progress, ...(storage && { storage }) };
  const found = trace(linear, subject.float, calibration, options);
  progress.stage('search');
  const layers = layerWays(found, subject.stored, targetFor(o.target, o.objective), patterns, o.objective, (share) =>
    progress.share(share),
  );
  const search = new Search(o, subject, found, layers);
  return o.sparsity === undefined ? search.byBudget() : search.bySparsity(o.sparsity);
}
