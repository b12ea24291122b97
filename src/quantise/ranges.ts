import type { Graph, TensorId } from '../ir/graph.js';
import { executeBatch } from '../ops/float/batch.js';
import type { Calibration } from '../ops/float/calibration.js';
import type { Linear } from '../support/linear.js';

/** Least and greatest value of a tensor that is to be representable. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** `minmax` keeps everything; `percentile` lets one value in ten thousand at each end saturate. */
export type RangeRule = 'minmax' | 'percentile';

const share = 1e-4;
const mostValues = 1 << 18;

function minMax(data: Float32Array): Range {
  let [low, high] = [Infinity, -Infinity];
  for (const v of data) {
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

/** The range of every tensor that a float graph computes, graph inputs included, over calibration data. */
export function rangesOf(
  linear: Linear,
  graph: Graph,
  calibration: Calibration,
  rule: RangeRule = 'minmax',
): ReadonlyMap<TensorId, Range> {
  const measure = rule === 'minmax' ? minMax : percentile;
  const ranges = new Map<TensorId, Range>();
  executeBatch(linear, graph, calibration.inputs, calibration.count, (id, data) => {
    ranges.set(id, measure(data));
  });
  return ranges;
}
