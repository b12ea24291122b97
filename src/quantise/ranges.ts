import type { Graph, TensorId } from '../ir/graph.js';
import { executeBatch } from '../ops/float/batch.js';
import type { Calibration } from '../ops/float/calibration.js';
import type { Linear } from '../support/linear.js';
import { histogramOf, leastDivergence, leastSquares, type Range } from './histogram.js';

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

function percentile(data: Float32Array): Range {
  const step = Math.max(1, Math.floor(data.length / mostValues));
  const some = Float32Array.from({ length: Math.floor(data.length / step) }, (_, i) => data[i * step]!).sort();
  const cut = Math.floor(share * some.length);
  return { low: some[cut]!, high: some[some.length - 1 - cut]! };
}

/** How the range of a tensor is found from the values that calibration data give it. */
const measures = {
  /** everything is kept */
  minmax: minMax,
  /** one value in ten thousand at each end saturates */
  percentile,
  /** the least sum of squared errors, of rounding and of saturation */
  mse: (data: Float32Array) => leastSquares(histogramOf(data)),
  /** the distribution of stored values is closest to that of the real ones (Kullback-Leibler) */
  entropy: (data: Float32Array) => leastDivergence(histogramOf(data)),
} as const;

export type RangeRule = keyof typeof measures;
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
    for (const rule of rules) found[rule].set(id, measures[rule](data));
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
