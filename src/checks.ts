/** Limits that a result must keep: memories, time, accuracy. */
import type { Graph } from './ir/graph.js';
import type { Target } from './kernels/kernel.js';
import type { CompileOptions } from './options.js';
import { planCycles } from './plan/cycles.js';
import { type Budget, checkFit, estimatedFootprint } from './plan/fit.js';
import type { Plan } from './plan/plan.js';
import type { Settled } from './quantise/choose.js';
import type { Report, Training } from './report/report.js';
import { Miss, Problem } from './support/problem.js';
import type { Accuracy } from './verify/accuracy.js';

/** What a first build of a model that is pruned to a budget taught. */
export interface Known {
  /** bytes of code over their estimate */
  readonly code: number;
  /** cycles by count over cycles by estimate */
  readonly pace: number;
  /** nothing was built yet */
  readonly isFirst: boolean;
  /** what training of the whole model did */
  readonly training: Training | null;
  /** how a float model is best stored, once that is settled */
  readonly quantise?: Settled | 'float32';
}

export const untaught: Known = { code: 1, pace: 1, isFirst: true, training: null };

/** Options for a second try: its training is another one. */
export function again(o: CompileOptions): CompileOptions {
  const { finetune } = o;
  return finetune?.checkpoint ? { ...o, finetune: { ...finetune, checkpoint: `${finetune.checkpoint}.2` } } : o;
}

const footprint = ({ totals: { flash, ram } }: Report) => ({ flash: flash.total ?? 0, ram: ram.total ?? 0 });

/** A budget was met by estimate; where the count exceeds it, what the second try of pruning should know. */
export function lessonOf(counted: Report, plan: Plan, { flash, cycles }: Budget, o: CompileOptions) {
  if (!o.prune || o.prune.sparsity !== undefined) return undefined;
  const taken = counted.totals.cycles.estimated ?? 0;
  const isOver = footprint(counted).flash > (flash ?? Number.POSITIVE_INFINITY) || (cycles !== null && taken > cycles);
  const pace = taken ? (1.002 * taken) / planCycles(plan, o.waitStates ?? 0) : 1;
  const code = counted.totals.flash.code! / (counted.totals.flash.codeEstimated || 1);
  return isOver ? { code: 1.01 * code, pace: Math.max(1, pace), isFirst: false } : undefined;
}

/**
 * @param flash bytes, by estimate
 * @throws Miss as `checkCounted`
 */
export function checkEstimated(plan: Plan, memories: Budget, flash: number, { pace }: Known, o: CompileOptions): void {
  checkFit(plan, memories, estimatedFootprint(plan, flash));
  checkCycles(plan, planCycles(plan, o.waitStates ?? 0) * pace, memories.cycles, o);
}

/** @throws Miss `flash-exceeded`, `ram-exceeded`, `latency-exceeded` */
export function checkCounted(counted: Report, plan: Plan, memories: Budget, o: CompileOptions): void {
  checkFit(plan, memories, footprint(counted));
  checkCycles(plan, counted.totals.cycles.estimated, memories.cycles, o);
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
export function checkDrop(accuracy: Accuracy | null, maxDrop: number | undefined): void {
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

/** @throws Problem `stateful`: samples of a stream depend on each other, as pruning and training do not know */
export function refuseStateful(graph: Graph, o: CompileOptions): void {
  if (!graph.states?.length || !(o.prune || o.finetune || o.train)) return;
  const message = 'the model keeps something from run to run, and such models cannot be pruned or trained';
  throw new Problem('stateful', message, `state "${graph.states[0]!.name}"`, 'compile it as it is');
}

/** @throws Problem `engine-target`: figures are counted under QEMU, which runs no WebAssembly */
export function refuseMeasure({ backend, name }: Target, o: CompileOptions): void {
  if (backend === 'wasm' && o.measure)
    throw new Problem('engine-target', `--measure counts under QEMU, not for ${name}`, '--measure', 'espalier bench');
}
