/** Which weights are 0 while a network is trained, and how that changes on the way. */
import type { Graph } from '../ir/graph.js';
import { maskOf, type Parameter } from '../ops/float/parameters.js';
import { Problem } from '../support/problem.js';

/**
 * - `frozen`: what is 0 at the start stays 0
 * - `gradual`: from the zeros of the start to those of `goal`, along a cubic (Zhu & Gupta, 2017), by the end of `until`
 *   of all steps. `by: 'magnitude'` takes the smallest weights, as many in each layer as `goal` has zeros; `by: 'goal'`
 *   takes those that are 0 in `goal` (chosen by second order, say), the smallest first
 * - `sr-ste`: of every m consecutive weights of an output channel the n largest count, chosen anew in every step, the
 *   others learn and decay (Zhou et al., 2021). In layers of `goal` that have zeros
 */
export type MaskSchedule =
  | { readonly kind: 'frozen' }
  | { readonly kind: 'gradual'; readonly goal: Graph; readonly by?: 'magnitude' | 'goal'; readonly until?: number }
  | { readonly kind: 'sr-ste'; readonly goal: Graph; readonly n: number; readonly m: number; readonly decay?: number };

/** A parameter whose mask is at work. */
export interface Masked extends Parameter {
  mask: Uint8Array;
}

/** What a schedule does in the course of training. */
export interface Masking {
  /** before step `time` of `steps`: masks may lose weights */
  before(time: number, steps: number): void;
  /** values as the forward run sees them */
  shown(p: Parameter): Float32Array;
  /** have all zeros come that are to come? */
  isFinal(time: number, steps: number): boolean;
  /** after a step of size `rate`: what decays */
  after(rate: number): void;
}

const masked = (p: Parameter): Float32Array => (p.mask ? p.values.map((v, i) => (p.mask![i] ? v : 0)) : p.values);

const count = (mask: Uint8Array): number => mask.reduce((n, v) => n + v, 0);

/** Takes the weights of least score away until `left` are left. */
export function keepGreatest(p: Masked, left: number, score: (i: number) => number): void {
  const alive = Array.from(p.mask.keys()).filter((i) => p.mask[i]);
  const scores = Float64Array.from(p.mask, (_, i) => score(i));
  alive.sort((a, b) => scores[a]! - scores[b]! || a - b);
  for (const i of alive.slice(0, Math.max(0, alive.length - left))) {
    p.mask[i] = 0;
    p.values[i] = 0;
  }
}

/** Share of the way from the first to the last share of zeros. */
export const cubic = (done: number): number => 1 - (1 - Math.max(0, Math.min(1, done))) ** 3;

const goalMask = (goal: Graph, p: Parameter): Uint8Array => {
  const data = goal.tensors[p.id]?.data;
  if (data?.length !== p.values.length)
    throw new Problem('schedule-goal', 'the graph that tells the zeros to come is another one', 'mask schedule');
  return maskOf(data);
};

/** Steps between two looks at the masks. */
const every = 10;

function gradual(
  parameters: readonly Masked[],
  { goal, by = 'magnitude', until = 0.6 }: MaskSchedule & { kind: 'gradual' },
): Masking {
  const layers = parameters.map((p) => {
    const last = goalMask(goal, p);
    return { p, first: count(p.mask), last: count(last), stays: last };
  });
  const end = (steps: number) => Math.max(1, Math.floor(until * steps));
  return {
    before(time, steps) {
      if (time % every && time !== end(steps)) return;
      const share = cubic(time / end(steps));
      for (const { p, first, last, stays } of layers) {
        const left = Math.round(first + (last - first) * share);
        const bonus = (i: number) => (by === 'goal' && stays[i] ? 1e9 : 0);
        if (left < count(p.mask)) keepGreatest(p, left, (i) => Math.abs(p.values[i]!) + bonus(i));
      }
    },
    shown: masked,
    isFinal: (time, steps) => time >= end(steps),
    after: () => undefined,
  };
}

/** Marks the n largest of every m consecutive weights; a shorter last group keeps n too. */
export function greatestOf(values: Float32Array, depth: number, n: number, m: number): Uint8Array {
  const mask = new Uint8Array(values.length);
  for (let row = 0; row < values.length; row += depth)
    for (let from = row; from < row + depth; from += m) {
      const size = Math.min(m, row + depth - from);
      const order = Array.from({ length: size }, (_, i) => from + i);
      order.sort((a, b) => Math.abs(values[b]!) - Math.abs(values[a]!) || a - b);
      for (const i of order.slice(0, n)) mask[i] = 1;
    }
  return mask;
}

function srSte(graph: Graph, parameters: readonly Masked[], s: MaskSchedule & { kind: 'sr-ste' }): Masking {
  const { n, m, decay = 0.02 } = s;
  const free = new Set<Parameter>(
    parameters.filter((p) => graph.nodes[p.nodes[0]!]!.op !== 'depthwise_conv2d' && goalMask(s.goal, p).includes(0)),
  );
  const depthOf = (p: Parameter) => p.values.length / graph.tensors[p.id]!.shape[0]!;
  for (const p of free) p.mask!.fill(1);
  return {
    before: () => undefined,
    shown(p) {
      if (!free.has(p)) return masked(p);
      const mask = greatestOf(p.values, depthOf(p), n, m);
      return p.values.map((v, i) => (mask[i] ? v : 0));
    },
    isFinal: () => true,
    after(rate) {
      for (const p of free) {
        const mask = greatestOf(p.values, depthOf(p), n, m);
        for (let i = 0; i < mask.length; i++) if (!mask[i]) p.values[i]! *= 1 - rate * decay;
      }
    },
  };
}

/** A schedule at work on parameters that have their masks of the start. */
export function maskingOf(graph: Graph, parameters: readonly Parameter[], schedule: MaskSchedule): Masking {
  const own = parameters.filter((p): p is Masked => p.mask !== undefined);
  if (schedule.kind === 'gradual') return gradual(own, schedule);
  if (schedule.kind === 'sr-ste') return srSte(graph, own, schedule);
  return { before: () => undefined, shown: masked, isFinal: () => true, after: () => undefined };
}
