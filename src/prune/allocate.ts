import { type Pattern, patternShare, patternText } from './pattern.js';
import { effectOn } from './sensitivity.js';
import type { LayerTrace, Trace } from './trace.js';

/** What is done to one layer. */
export interface Choice {
  readonly pattern: Pattern;
  /** share of zeros among the layer's weights */
  readonly level: number;
}

/** By layer name. */
export type Choices = ReadonlyMap<string, Choice>;

const size = ({ layer }: LayerTrace): number => layer.rows * layer.depth;

/** The same share of zeros in every layer that the pattern fits. */
export function uniform(trace: Trace, pattern: Pattern, sparsity: number): Map<string, Choice> {
  const fitting = trace.layers.filter((t) => t.rankings.has(patternText(pattern)));
  return new Map(
    fitting.map((t) => [t.layer.name, { pattern, level: patternShare(pattern, t.layer.depth) ?? sparsity }]),
  );
}

/** What each removal does to the outputs per weight, never falling: a removal is only worth what those before it are. */
function prices(t: LayerTrace, pattern: Pattern): { price: Float64Array; zeros: Int32Array } {
  const { loss: own, zeros } = t.rankings.get(patternText(pattern))!;
  const loss = own.map((l) => effectOn(t.effects, l));
  let most = 0;
  const price = loss.map((l, i) => {
    const weights = zeros[i]! - (i ? zeros[i - 1]! : 0);
    most = Math.max(most, (l - (i ? loss[i - 1]! : 0)) / weights);
    return most;
  });
  return { price, zeros };
}

/** No layer gives up more than this unless all have to: the trace is least certain at its end. */
const mostLevel = (sparsity: number): number => Math.max(0.95, (1 + sparsity) / 2);

function zerosBelow(p: { price: Float64Array; zeros: Int32Array }, threshold: number, most: number): number {
  let [low, high] = [0, p.price.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (p.price[middle]! <= threshold) low = middle + 1;
    else high = middle;
  }
  return low ? Math.min(p.zeros[low - 1]!, most) : 0;
}

/**
 * One threshold for all layers: weights go, wherever they are, while they cost less than it. Minimises the summed loss of
 * the layers, each over its own variance. N:M patterns leave no choice.
 */
export function byLoss(trace: Trace, pattern: Pattern, sparsity: number): Map<string, Choice> {
  if (pattern.kind === 'nm') return uniform(trace, pattern, sparsity);
  const fitting = trace.layers.filter((t) => t.rankings.has(patternText(pattern)));
  const curves = fitting.map((t) => ({ ...prices(t, pattern), most: Math.floor(mostLevel(sparsity) * size(t)) }));
  const wanted = sparsity * fitting.reduce((n, t) => n + size(t), 0);
  const at = (threshold: number) => curves.map((c) => zerosBelow(c, threshold, c.most));
  let [low, high] = [-60, 20];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (at(Math.exp(middle)).reduce((a, b) => a + b, 0) < wanted) low = middle;
    else high = middle;
  }
  const zeros = at(Math.exp(high));
  return new Map(fitting.map((t, i) => [t.layer.name, { pattern, level: zeros[i]! / size(t) }]));
}
