import { newData, type Tensor } from '../ir/graph.js';
import type { Kernel, Site, Target } from '../kernels/kernel.js';
import { type Offer, offersFor, type Price } from '../plan/select.js';
import { toStored } from '../prune/layers.js';
import { type Pattern, patternText } from '../prune/pattern.js';
import { type LayerTrace, maskAt } from '../prune/trace.js';
import { withWeights } from '../search/ways.js';

/** What a layer costs with a share of zeros. */
export interface CostAt {
  readonly share: number;
  readonly instructions: number;
  readonly bytes: number;
}

/** One way to store a layer's weights, with the pattern of zeros that suits it best. */
export interface FormatAdvice {
  readonly format: string;
  readonly pattern: string;
  /** least share of zeros from which it beats the dense kernel; null = never */
  readonly breakEven: { readonly instructions: number | null; readonly bytes: number | null };
  readonly at: readonly CostAt[];
}

/** What the planner would take at a share of zeros. */
export interface BestAt extends CostAt {
  readonly format: string;
  /** null for the dense kernel */
  readonly pattern: string | null;
}

export interface LayerAdvice {
  readonly name: string;
  readonly op: string;
  /** [output channels, inputs of one] */
  readonly shape: readonly [number, number];
  readonly weights: number;
  /** share of zeros that it has already */
  readonly zeros: number;
  readonly dense: { readonly kernel: string; readonly instructions: number; readonly bytes: number };
  readonly formats: readonly FormatAdvice[];
  readonly best: readonly BestAt[];
}

/** Shares of zeros that are told of. */
export const shares = [0.5, 0.6, 0.7, 0.8, 0.9] as const;

const formatOf = (kernel: Kernel): string => kernel.format ?? 'dense';
const isSparse = (kernel: Kernel): boolean => formatOf(kernel) !== 'dense';

/** Weights without what the mask [rows, depth] takes away. */
function masked(t: LayerTrace, weights: Tensor, mask: Uint8Array): Tensor {
  const kept = toStored(t.layer, Float32Array.from(mask));
  const data = newData(weights.type, kept.length);
  for (let i = 0; i < data.length; i++) data[i] = kept[i] ? weights.data![i]! : 0;
  return { ...weights, data };
}

interface Place {
  readonly t: LayerTrace;
  readonly site: Site;
  readonly target: Target;
  /** what the planner goes by */
  readonly price: Price;
}

/** Sparse kernels' offers for a layer with a share of zeros; best first. */
function offersAt({ t, site, target, price }: Place, pattern: Pattern, share: number, among = isSparse): Offer[] {
  const pruned = withWeights(site, masked(t, site.inputs[1]!, maskAt(t, pattern, share)));
  return offersFor(pruned, target, among).sort((a, b) => price(a) - price(b));
}

/** A format with zeros of one pattern, at any share; each is worked out once, for weights are packed for it. */
class Curve {
  private readonly known = new Map<number, Offer | undefined>();
  constructor(
    readonly place: Place,
    readonly format: string,
    readonly pattern: Pattern,
  ) {}

  at(share: number): Offer | undefined {
    if (!this.known.has(share)) {
      const own = (kernel: Kernel) => formatOf(kernel) === this.format;
      this.known.set(share, offersAt(this.place, this.pattern, share, own)[0]);
    }
    return this.known.get(share);
  }

  /** The least share from which the format costs less than `dense`: costs fall evenly between the points looked at. */
  breakEven(key: 'instructions' | 'bytes', dense: number): number | null {
    const cost = (share: number) => this.at(share)?.[key] ?? Number.POSITIVE_INFINITY;
    const points = [0, 0.25, ...shares, 0.97];
    const first = points.findIndex((share) => share > 0 && cost(share) < dense);
    if (first < 0) return null;
    const [low, high] = [points[first - 1]!, points[first]!];
    const [before, after] = [cost(low), cost(high)];
    if (before < dense) return low;
    const part = Number.isFinite(before) && before > after ? (before - dense) / (before - after) : 1;
    return Math.round(100 * (low + part * (high - low))) / 100;
  }

  advice(dense: Offer): FormatAdvice {
    return {
      format: this.format,
      pattern: patternText(this.pattern),
      breakEven: {
        instructions: this.breakEven('instructions', dense.instructions),
        bytes: this.breakEven('bytes', dense.bytes),
      },
      at: shares.flatMap((share) => {
        const offer = this.at(share);
        return offer ? [{ share, instructions: Math.round(offer.instructions), bytes: offer.bytes }] : [];
      }),
    };
  }
}

/** The more structure zeros have, the more accuracy they lose: they must be cheaper by this factor. */
const structureWorth = 0.95;
/** The share of zeros at which patterns are compared. */
const typical = 0.8;

/**
 * For every format that fits a layer, the pattern of zeros that suits it best.
 * @param patterns from free to structured
 */
function curvesOf(place: Place, patterns: readonly Pattern[]): Curve[] {
  const best = new Map<string, { pattern: Pattern; cost: number }>();
  for (const pattern of patterns)
    for (const offer of offersAt(place, pattern, typical)) {
      const format = formatOf(offer.kernel);
      const cost = place.price(offer);
      const before = best.get(format);
      if (!before || cost < structureWorth * before.cost) best.set(format, { pattern, cost });
    }
  return [...best].map(([format, { pattern }]) => new Curve(place, format, pattern));
}

function bestAt(curves: readonly Curve[], dense: Offer, share: number, price: Price): BestAt {
  const offers = curves.flatMap((c) => {
    const offer = c.at(share);
    return offer ? [{ offer, format: c.format, pattern: patternText(c.pattern) }] : [];
  });
  const all = [{ offer: dense, format: 'dense', pattern: null }, ...offers];
  const { offer, format, pattern } = all.sort((a, b) => price(a.offer) - price(b.offer))[0]!;
  return { share, format, pattern, instructions: Math.round(offer.instructions), bytes: offer.bytes };
}

/**
 * What zeros are worth in one layer.
 * @param site where its kernel goes, with the weights as they are
 * @param price what the planner goes by
 */
export function adviseLayer(
  t: LayerTrace,
  site: Site,
  target: Target,
  patterns: readonly Pattern[],
  price: Price,
): LayerAdvice {
  const { layer } = t;
  const dense = offersFor(site, target, (k) => !isSparse(k)).sort((a, b) => price(a) - price(b))[0]!;
  const fitting = patterns.filter((p) => t.rankings.has(patternText(p)));
  const curves = curvesOf({ t, site, target, price }, fitting);
  return {
    name: layer.name,
    op: layer.op,
    shape: [layer.rows, layer.depth],
    weights: layer.weights.length,
    zeros: layer.weights.filter((w) => w === 0).length / layer.weights.length,
    dense: { kernel: dense.kernel.symbol, instructions: Math.round(dense.instructions), bytes: dense.bytes },
    formats: curves.map((c) => c.advice(dense)),
    best: shares.map((share) => bestAt(curves, dense, share, price)),
  };
}
