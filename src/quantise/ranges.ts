import type { Graph, Tensor, TensorId } from '../ir/graph.js';
import { executeBatch } from '../ops/float/batch.js';
import type { Calibration } from '../ops/float/calibration.js';
import { type Watched, watchCell } from '../ops/recurrent/watch.js';
import type { Linear } from '../support/linear.js';
import { type Cell, isCell } from './cells.js';
import { type Histogram, histogramOf, leastDivergence, leastSquares, type Range } from './histogram.js';

export type { Range };

const share = 1e-4;
const mostValues = 1 << 18;

export function minMax(data: ArrayLike<number>): Range {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < data.length; i++) {
    const v = data[i]!;
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return { low, high };
}

/**
 * Some of many values, evenly. The distance between two of them is a prime above 7, so that no channel is left out: channel
 * counts seldom have such a factor.
 */
function some(data: Float32Array): Float32Array {
  const least = Math.ceil(data.length / mostValues);
  if (least <= 1) return data;
  const step = [11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47].find((p) => p >= least) ?? 6 * Math.ceil(least / 6) + 1;
  return Float32Array.from({ length: Math.ceil(data.length / step) }, (_, i) => data[i * step]!);
}

function percentile({ values }: Seen): Range {
  const sorted = values.slice().sort();
  const cut = Math.floor(share * sorted.length);
  return { low: sorted[cut]!, high: sorted[sorted.length - 1 - cut]! };
}

/** What a rule may look at. */
interface Seen {
  /** of all values */
  readonly all: Range;
  /** some of them */
  readonly values: Float32Array;
  readonly histogram: Histogram;
}

/** How the range of a tensor is found from the values that calibration data give it. */
const measures = {
  /** the least sum of squared errors, of rounding and of saturation */
  mse: ({ histogram }: Seen) => leastSquares(histogram),
  /** everything is kept */
  minmax: ({ all }: Seen) => all,
  /** one value in ten thousand at each end saturates */
  percentile,
  /** the distribution of stored values is closest to that of the real ones (Kullback-Leibler) */
  entropy: ({ histogram }: Seen) => leastDivergence(histogram),
} as const;

/** Each is worked out when a rule asks for it, once. */
function seen(data: Float32Array): Seen {
  const known: { all?: Range; values?: Float32Array; histogram?: Histogram } = {};
  const about: Seen = {
    get all() {
      known.all ??= minMax(data);
      return known.all;
    },
    get values() {
      known.values ??= some(data);
      return known.values;
    },
    get histogram() {
      known.histogram ??= histogramOf(about.values, about.all);
      return known.histogram;
    },
  };
  return about;
}

export type RangeRule = keyof typeof measures;
/** The first is taken where no other is clearly better. */
export const rangeRules = Object.keys(measures) as readonly RangeRule[];

/** Ranges by tensor, and what cells hold inside. */
export class Ranges extends Map<TensorId, Range> {
  /** greatest magnitude of the cell states of the lstm that writes a tensor */
  readonly cells = new Map<TensorId, number>();
}

/** Cells that begin with zeros, by the tensors they read. */
function cellsOf(graph: Graph): ReadonlyMap<TensorId, readonly Cell[]> {
  const own = graph.nodes.filter((n): n is Cell => isCell(n) && n.in.length === 4);
  return new Map(own.map((node) => [node.in[0]!, own.filter((n) => n.in[0] === node.in[0])]));
}

/** What a cell does with the samples of its input. */
function watched(graph: Graph, node: Cell, data: Float32Array, count: number): Watched {
  const [x, ...weights] = node.in.map((id) => graph.tensors[id]!) as [Tensor, ...Tensor[]];
  const all = { ...x, shape: [x.shape[0]! * count, ...x.shape.slice(1)], data };
  return watchCell(
    node,
    all,
    weights.map((t) => ({ ...t, data: t.data! })),
  );
}

/**
 * Ranges of every tensor that a float graph computes, graph inputs included, over calibration data, by each rule. That of a
 * cell's output takes in the outputs of all its steps: they are its state.
 */
export function rangesBy<R extends RangeRule>(
  linear: Linear,
  graph: Graph,
  calibration: Calibration,
  rules: readonly R[],
): Readonly<Record<R, Ranges>> {
  const found = Object.fromEntries(rules.map((rule) => [rule, new Ranges()])) as Record<R, Ranges>;
  const cells = cellsOf(graph);
  const note = (id: TensorId, data: Float32Array): void => {
    const about = seen(data);
    for (const rule of rules) found[rule].set(id, measures[rule](about));
  };
  executeBatch(linear, graph, calibration.inputs, calibration.count, (id, data) => {
    if (!rules.some((rule) => found[rule].cells.has(id))) note(id, data);
    for (const node of cells.get(id) ?? []) {
      const { h, cell } = watched(graph, node, data, calibration.count);
      for (const rule of rules) found[rule].cells.set(node.out[0]!, cell);
      note(node.out[0]!, h);
    }
  });
  return found;
}

/** As `rangesBy`, by one rule. */
export const rangesOf = (linear: Linear, graph: Graph, calibration: Calibration, rule: RangeRule = 'minmax'): Ranges =>
  rangesBy(linear, graph, calibration, [rule])[rule];
