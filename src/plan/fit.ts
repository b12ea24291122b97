import type { Graph } from '../ir/graph.js';
import { Miss } from '../support/problem.js';
import { makePlan, type PlanOptions } from './make-plan.js';
import { arrayBytes, type Call, callNodes, layerArrays, type Plan, planArrays, planCalls } from './plan.js';
import { loadTarget, targetNames } from './target.js';

/** Memories that the model must fit into, bytes; null = not limited. */
export interface Memories {
  readonly flash: number | null;
  readonly ram: number | null;
}

/** Memories, and the time of a run. */
export interface Budget extends Memories {
  /** cycles, by estimate; null = not limited */
  readonly cycles: number | null;
}

/** What a model takes, bytes. Code and stack are added when they were measured. */
export interface Footprint {
  readonly flash: number;
  readonly ram: number;
  /** is code counted by estimate? */
  readonly isEstimate?: boolean;
}

const number = (n: number): string => n.toLocaleString('en-US');

/** What the plan alone tells exactly: weights, arena, and the stack that a run may use. */
export const plannedFootprint = (plan: Plan): Footprint => ({
  flash: planArrays(plan).reduce((n, a) => n + arrayBytes(a), 0),
  ram: plan.arena + plan.state.bytes + plan.target.stackBytes,
});

/** The same with the flash that code is estimated to bring. */
export const estimatedFootprint = (plan: Plan, flash: number): Footprint => ({
  ...plannedFootprint(plan),
  flash,
  isEstimate: true,
});

/** The largest of a list, in words: `conv2d_5 64,000, dense 2,560`. */
function largest(items: readonly { readonly name: string; readonly bytes: number }[]): string {
  const sorted = [...items].sort((a, b) => b.bytes - a.bytes).slice(0, 3);
  return sorted.map(({ name, bytes }) => `${name} ${number(bytes)}`).join(', ');
}

const layerBytes = (call: Call) => ({
  name: callNodes(call).at(-1)!.name,
  bytes: layerArrays(call.layer).reduce((n, a) => n + arrayBytes(a), 0),
});

/** The step during which most bytes of the arena are in use, and what lies there. */
function fullestStep(plan: Plan): { name: string; blocks: string } {
  const alive = (step: number) => plan.blocks.filter((b) => b.first <= step && step <= b.last);
  const used = plan.steps.map((_, i) => alive(i).reduce((n, b) => n + b.bytes, 0));
  const at = used.indexOf(Math.max(...used));
  const step = plan.steps[at];
  const call = step?.kind === 'call' ? step : step?.kind === 'stream' ? step.consumer : planCalls(plan)[0]!;
  return { name: callNodes(call).at(-1)!.name, blocks: largest(alive(at)) };
}

/** Targets whose memory would do. */
function roomy(needed: number, memory: 'flash' | 'ram'): string {
  const names = targetNames().filter((name) => (loadTarget(name)[memory] ?? 0) >= needed);
  return names.length ? `a typical ${names.join(', ')} has room` : 'no microcontroller here has room';
}

/**
 * Refuses a model that does not fit, naming the layers that take the most and what would help.
 * @param needs bytes; default what the plan tells
 * @throws Miss `flash-exceeded`, `ram-exceeded`
 */
export function checkFit(plan: Plan, memories: Memories, needs = plannedFootprint(plan)): void {
  const { name } = plan.target;
  if (memories.flash !== null && needs.flash > memories.flash)
    throw new Miss(
      'flash-exceeded',
      `the model needs ${number(needs.flash)} bytes of flash${needs.isEstimate ? ' (code by estimate)' : ''}, there are ${number(memories.flash)}; most in ${largest(planCalls(plan).map(layerBytes))}`,
      name,
      `${isFloat(plan) ? 'int8 weights take a quarter' : 'prune or shrink these layers'}; ${roomy(needs.flash, 'flash')}; --fit flash=BYTES tells another size`,
    );
  if (memories.ram === null || needs.ram <= memories.ram) return;
  const step = fullestStep(plan);
  throw new Miss(
    'ram-exceeded',
    `the model needs ${number(needs.ram)} bytes of RAM, there are ${number(memories.ram)}; most at ${step.name}: ${step.blocks}`,
    name,
    `${plan.savesRam ? 'use a smaller input or fewer channels there' : 'try --optimize-ram'}; ${roomy(needs.ram, 'ram')}; --fit ram=BYTES tells another size`,
  );
}

const isFloat = (plan: Plan): boolean => planArrays(plan).some((a) => a.type === 'float' && arrayBytes(a) > 1024);

/**
 * The plan of a graph; where its arena exceeds the RAM and nobody decided on `optimizeRam`, the one that saves RAM.
 * @throws Problem as `makePlan`
 */
export function fittingPlan(graph: Graph, options: PlanOptions, ram: number | null): Plan {
  const plan = makePlan(graph, options);
  if (options.optimizeRam !== undefined || ram === null || plannedFootprint(plan).ram <= ram) return plan;
  const lean = makePlan(graph, { ...options, optimizeRam: true, enough: ram - options.target.stackBytes });
  return lean.arena < plan.arena ? lean : plan;
}
