/** Pruning that chooses pattern and share of zeros of every layer by what the target pays for it. */
import { type Subject, subjectOf } from '../compress.js';
import type { Graph } from '../ir/graph.js';
import type { Target } from '../kernels/kernel.js';
import type { SampleSource } from '../ops/float/calibration.js';
import { simplify } from '../passes/index.js';
import { planCycles } from '../plan/cycles.js';
import { type Plan, planInstructions } from '../plan/plan.js';
import { type Objective, placesOf, priceOf, targetFor } from '../plan/select.js';
import { apply, magnitudeOnly, type Pruned } from '../prune/apply.js';
import { parsePattern } from '../prune/pattern.js';
import { refined } from '../prune/refine.js';
import { divided, mostSamples, type Parts, spread } from '../prune/samples.js';
import { type Trace, trace } from '../prune/trace.js';
import type { QuantiseSettings } from '../quantise/choose.js';
import { Miss, type Problem } from '../support/problem.js';
import type { Progress } from '../support/progress.js';
import { leastOf, type Selection, select, selectCheap } from './budget.js';
import { type LayerWays, layerWays, patternsFor } from './ways.js';

export interface SearchOptions {
  readonly target: Target;
  readonly objective: Objective;
  /** how a graph would be laid out */
  readonly plan: (graph: Graph) => Plan;
  /** calibration data, without labels; absent: LAMP scores, which know nothing of the data */
  readonly samples?: SampleSource;
  /** pattern, or `auto`: those that the target has kernels for */
  readonly pattern: string;
  /** share of zeros over the layers that are pruned */
  readonly sparsity?: number;
  /** bytes of flash that the whole model may have */
  readonly flash?: number;
  /** bytes of flash of a plan, code included as far as it is known */
  readonly flashOf: (plan: Plan) => number;
  /** cycles that a run may take, by estimate */
  readonly cycles?: number;
  readonly waitStates: number;
  /** how what is still float is stored */
  readonly quantise?: QuantiseSettings | 'float32';
  readonly seed: number;
  /** passes over the samples that train what is left without labels; 0 = none; default: what is worth its time */
  readonly polish?: number;
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

/** How often limits are corrected after a look at the plan that they led to. */
const rounds = 6;
/** Share of a limit that may be left over: less is not worth another round. */
const spare = 0.015;

/** By how much to move an aim: past the limit where it was exceeded, short of it where room was left. */
function correction(left: number, isKept: boolean): number {
  if (left < 0) return 1.1 * left;
  return isKept ? 0.9 * left : 0;
}

/** Flash and time that a graph takes. */
interface Taken {
  readonly bytes: number;
  readonly cycles: number;
}

class Search {
  readonly dense: Plan;
  constructor(
    readonly o: SearchOptions,
    readonly subject: Subject,
    readonly found: Trace,
    readonly layers: readonly LayerWays[],
    /** calibration samples: to solve by, and to judge by */
    readonly parts: Parts | undefined,
  ) {
    this.dense = o.plan(subject.stored);
  }

  private apply(selection: Selection): Pruned {
    const { subject, found, o } = this;
    const { storage, linear } = subject;
    const about = { progress: o.progress, ...(storage && { storage }) };
    return found.calibration ? apply(linear, found, selection.choices, about) : magnitudeOnly(found, selection.choices);
  }

  /** As it will be emitted. */
  private emitted(pruned: Pruned): Compressed {
    const { subject } = this;
    const warnings = subject.calibration?.warnings ?? [];
    return { ...pruned, graph: simplify(subject.finish(pruned.graph)), dense: subject.stored, warnings };
  }

  /** What is left, trained as a whole; what it was before where that breaks the budget by what it rounds to. */
  private finish(pruned: Pruned): Compressed {
    const { subject, parts, o } = this;
    const { storage, linear, float } = subject;
    const { seed, progress, polish } = o;
    if (!parts) return this.emitted(pruned);
    const about = { seed, progress, ...(storage && { storage }), ...(polish !== undefined && { polish }) };
    const better = this.emitted(refined(linear, float, pruned, parts, about));
    return this.isKept(this.taken(better.graph)) ? better : this.emitted(pruned);
  }

  private taken(graph: Graph): Taken {
    const plan = this.o.plan(graph);
    return { bytes: this.o.flashOf(plan), cycles: planCycles(plan, this.o.waitStates) };
  }

  private isKept({ bytes, cycles }: Taken): boolean {
    const { flash = Number.POSITIVE_INFINITY, cycles: most = Number.POSITIVE_INFINITY } = this.o;
    return bytes <= flash && cycles <= most;
  }

  /** For a share of zeros. */
  bySparsity(sparsity: number): Compressed {
    const { o, layers, subject } = this;
    const price = priceOf(placesOf(subject.stored, targetFor(o.target, o.objective), 'p'), o.objective);
    const total = layers.reduce((n, l) => n + l.weights, 0);
    const selection = selectCheap(layers, (1 - sparsity) * total, (w) => price(w));
    if (!selection) throw this.tooFew(sparsity);
    return this.finish(this.apply(selection));
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

  /** For bytes and cycles. What simplification gains on top, and code, show in the plan: limits are checked there. */
  byBudget(): Compressed {
    const { o, dense, layers } = this;
    const own = layers.map((l) => l.ways[0]!);
    const fixed = {
      bytes: o.flashOf(dense) - own.reduce((n, w) => n + w.bytes, 0),
      instructions: planInstructions(dense) - own.reduce((n, w) => n + w.instructions, 0),
    };
    const pace = planCycles(dense, o.waitStates) / planInstructions(dense);
    const asked = { bytes: o.flash, cycles: o.cycles };
    let aim: { bytes: number | undefined; cycles: number | undefined } = asked;
    let [best, nearest]: [Pruned | undefined, Taken | undefined] = [undefined, undefined];
    for (let round = 0; round < rounds; round++) {
      const selection = select(layers, {
        ...(aim.bytes !== undefined && { bytes: aim.bytes - fixed.bytes }),
        ...(aim.cycles !== undefined && { instructions: aim.cycles / pace - fixed.instructions }),
      });
      if (!selection) break;
      const result = this.apply(selection);
      const taken = this.taken(this.emitted(result).graph);
      nearest = taken;
      const isKept = this.isKept(taken);
      if (isKept && (!best || (result.error ?? 0) < (best.error ?? 0))) best = result;
      const room = Math.min(
        asked.bytes ? 1 - taken.bytes / asked.bytes : 1,
        asked.cycles ? 1 - taken.cycles / asked.cycles : 1,
      );
      if (isKept && (room < spare || round > 2 || selection.choices.size === 0)) break;
      const corrected = (k: 'bytes' | 'cycles') =>
        aim[k] === undefined ? undefined : aim[k] + correction(asked[k]! - taken[k], isKept);
      aim = { bytes: corrected('bytes'), cycles: corrected('cycles') };
    }
    if (best) return this.finish(best);
    throw this.outOfReach(fixed, pace, nearest);
  }

  /** @param nearest what came of the sharpest choices, where their sum alone would do */
  private outOfReach(fixed: { bytes: number; instructions: number }, pace: number, nearest?: Taken): Problem {
    const { o, layers } = this;
    const least = leastOf(layers);
    const bytes = nearest ? nearest.bytes : fixed.bytes + least.bytes;
    const cycles = nearest ? nearest.cycles : (fixed.instructions + least.instructions) * pace;
    const tooBig = o.flash !== undefined && bytes > o.flash;
    const tooSlow = o.cycles !== undefined && cycles > o.cycles;
    const what = [
      ...(tooBig || !tooSlow ? [`${number(bytes)} bytes of flash`] : []),
      ...(tooSlow || !tooBig ? [`about ${number(cycles)} cycles`] : []),
    ];
    return new Miss(
      tooBig === tooSlow ? 'budget-both' : tooBig ? 'budget-flash' : 'budget-latency',
      `pruning does not reach the budget; the ${nearest ? 'nearest that was found' : 'least possible'} is ${what.join(' and ')}${tooBig || tooSlow ? '' : ', each alone'}`,
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
  const { quantise } = o;
  const subject = await subjectOf(graph, o.samples, { seed: o.seed, most: 4096, ...(quantise && { quantise }) });
  const patterns = o.pattern === 'auto' ? patternsFor(o.target) : [parsePattern(o.pattern)];
  const { calibration, storage, linear } = subject;
  const { seed, progress } = o;
  const options = { patterns, seed, progress, ...(storage && { storage }) };
  const parts = calibration && divided(calibration);
  const found = trace(linear, subject.float, parts && spread(parts.fit, mostSamples), options);
  progress.stage('search');
  const layers = layerWays(found, subject.stored, targetFor(o.target, o.objective), patterns, o.objective, (share) =>
    progress.share(share),
  );
  const search = new Search(o, subject, found, layers, parts);
  return o.sparsity === undefined ? search.byBudget() : search.bySparsity(o.sparsity);
}
