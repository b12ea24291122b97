import type { Graph, TensorId } from '../ir/graph.js';
import { executeBatch } from '../ops/float/batch.js';
import type { Calibration } from '../ops/float/calibration.js';
import type { Linear } from '../support/linear.js';
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

function seen(data: Float32Array): Seen {
  const [all, values] = [minMax(data), some(data)];
  let known: Histogram | undefined;
  return {
    all,
    values,
    get histogram() {
      known ??= histogramOf(values, all);
      return known;
    },
  };
}

export type RangeRule = keyof typeof measures;
/** The first is taken where no other is clearly better. */
export const rangeRules = Object.keys(measures) as readonly RangeRule[];

/** Ranges of every tensor that a float graph computes, graph inputs included, over calibration data, by each rule. */
export function rangesBy<R extends RangeRule>(
  linear: Linear,
  graph: Graph,
  calibration: Calibration,
  rules: readonly R[],
): Readonly<Record<R, ReadonlyMap<TensorId, Range>>> {
  const found = Object.fromEntries(rules.map((rule) => [rule, new Map<TensorId, Range>()])) as Record<
    R,
    Map<TensorId, Range>
  >;
  executeBatch(linear, graph, calibration.inputs, calibration.count, (id, data) => {
    const about = seen(data);
    for (const rule of rules) found[rule].set(id, measures[rule](about));
  });
  return found;
}

/** As `rangesBy`, by one rule. */
export const rangesOf = (
  linear: Linear,
  graph: Graph,
  calibration: Calibration,
  rule: RangeRule = 'minmax',
): ReadonlyMap<TensorId, Range> => rangesBy(linear, graph, calibration, [rule])[rule];
