/** Ranges that leave out what is rare, found on a histogram of a tensor's values. */

/** Least and greatest value of a tensor that is to be representable. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

const bins = 2048;

export interface Histogram extends Range {
  readonly counts: Float64Array;
  /** width of a bin */
  readonly width: number;
}

/** Counts values in bins of one width over a range and 0. */
export function histogramOf(data: Float32Array, range: Range): Histogram {
  const [low, high] = [Math.min(0, range.low), Math.max(0, range.high)];
  const width = (high - low || 1) / bins;
  const counts = new Float64Array(bins);
  for (let i = 0; i < data.length; i++) counts[Math.min(bins - 1, ((data[i]! - low) / width) | 0)]! += 1;
  return { low, high, width, counts };
}

/** Steps that an 8-bit value has. */
const steps = 255;

/** Sum of squared errors of bins where values outside of a range saturate and those inside go to the nearest step; 0 is one. */
function squaredErrors({ counts, low, width }: Histogram, range: Range): number {
  const step = (range.high - range.low) / steps;
  let sum = 0;
  for (let i = 0; i < counts.length; i++) {
    if (!counts[i]) continue;
    const v = low + (i + 0.5) * width;
    const stored = v < range.low ? range.low : v > range.high ? range.high : step * Math.round(v / step);
    sum += counts[i]! * (v - stored) ** 2;
  }
  return sum;
}

const shares = Array.from({ length: 64 }, (_, i) => (64 - i) / 64);

/** Of some ranges the one of least cost; of equal ones the first, the widest. */
const least = (ranges: readonly Range[], cost: (range: Range) => number): Range =>
  ranges.map((range) => ({ range, cost: cost(range) })).reduce((a, b) => (b.cost < a.cost ? b : a)).range;

/** The range whose stored values have the least squared errors; each end is moved in turn until none moves. */
export function leastSquares(h: Histogram): Range {
  let range: Range = { low: h.low, high: h.high };
  for (let turn = 0; turn < 8; turn++) {
    const { low, high } = range;
    const up = least(h.high > 0 ? shares.map((s) => ({ low, high: s * h.high })) : [range], (r) => squaredErrors(h, r));
    const next = h.low < 0 ? shares.map((s) => ({ low: s * h.low, high: up.high })) : [up];
    range = least(next, (r) => squaredErrors(h, r));
    if (range.low === low && range.high === high) break;
  }
  return range;
}

/**
 * How far the distribution of stored values is from that of the real ones within a range, in nats. What lies outside counts at
 * its ends; a step's values are spread evenly over its bins that hold any. Zeros, which any range holds exactly and which
 * are most values after a ReLU, do not count.
 * Source: S. Migacz, 8-bit inference with TensorRT, GTC 2017.
 */
function divergence({ counts, low, width }: Histogram, range: Range): number {
  const clamp = (i: number) => Math.max(0, Math.min(bins - 1, i));
  const from = clamp(Math.round((range.low - low) / width));
  const to = Math.max(from + 1, clamp(Math.round((range.high - low) / width) - 1) + 1);
  const inside = counts.slice(from, to);
  const zero = Math.floor(-low / width) - from;
  if (zero >= 0 && zero < inside.length) inside[zero] = 0;
  const real = inside.slice();
  real[0]! += counts.subarray(0, from).reduce((a, b) => a + b, 0);
  real[real.length - 1]! += counts.subarray(to).reduce((a, b) => a + b, 0);
  const total = real.reduce((a, b) => a + b, 0);
  const kept = inside.reduce((a, b) => a + b, 0);
  if (!kept) return Infinity;
  let sum = 0;
  for (let s = 0; s < steps; s++) {
    const [a, b] = [Math.floor((s * inside.length) / steps), Math.floor(((s + 1) * inside.length) / steps)];
    let [mass, used] = [0, 0];
    for (let i = a; i < b; i++) {
      mass += inside[i]!;
      if (real[i]! > 0) used++;
    }
    for (let i = a; i < b; i++) if (real[i]! > 0) sum += term(real[i]! / total, mass / used / kept);
  }
  return sum;
}

/** A bin that holds values but is never stored costs as if one in a million were. */
const term = (p: number, q: number): number => p * Math.log(p / Math.max(q, 1e-6 * p));

/** The range, cut at one magnitude on both sides, whose stored values are distributed most like the real ones. */
export function leastDivergence(h: Histogram): Range {
  const ranges = shares
    .map((s) => s * Math.max(-h.low, h.high))
    .map((most) => ({ low: Math.max(h.low, -most), high: Math.min(h.high, most) }))
    .filter((r) => (r.high - r.low) / h.width >= steps);
  return least(ranges, (r) => divergence(h, r));
}
