import type { Graph } from '../ir/graph.js';
import type { Storage } from '../ops/float/batch.js';
import type { Calibration } from '../ops/float/calibration.js';
import type { Linear } from '../support/linear.js';
import type { Progress } from '../support/progress.js';
import { byLoss, type Choice, type Choices, uniform } from './allocate.js';
import { apply, magnitudeOnly, type Pruned } from './apply.js';
import { checkChoices, checkOptions, checkResult } from './check.js';
import { type Pattern, unstructured } from './pattern.js';
import { type Method, type Trace, trace } from './trace.js';

export interface PruneOptions {
  /** share of zeros over the layers that are pruned, 0 to below 1; n:m patterns bring their own */
  readonly sparsity?: number;
  /** shares of zeros by layer name instead */
  readonly table?: Readonly<Record<string, number>>;
  /** default unstructured */
  readonly pattern?: Pattern;
  /** default obs with calibration data, lamp without */
  readonly method?: Method;
  /** default: by loss and uniform are both tried and the better one is kept */
  readonly allocation?: 'loss' | 'uniform';
  /** re-solve what stays from calibration data; default yes for obs */
  readonly reconstruct?: boolean;
  /** names of layers to prune; default all but depthwise layers and first convolutions */
  readonly layers?: readonly string[];
  /** no labels needed */
  readonly calibration?: Calibration;
  /** how the result will be stored: its rounding is part of what is made up for */
  readonly storage?: Storage;
  readonly seed?: number;
  readonly progress?: Progress;
}

/** The same share of zeros everywhere, or a share for each layer. */
function candidates(t: Trace, o: PruneOptions, pattern: Pattern): Choices[] {
  if (o.table)
    return [new Map(Object.entries(o.table).map(([name, level]): [string, Choice] => [name, { pattern, level }]))];
  const sparsity = o.sparsity ?? 0;
  const even = uniform(t, pattern, sparsity);
  if (pattern.kind === 'nm' || o.allocation === 'uniform') return [even];
  if (o.allocation === 'loss') return [byLoss(t, pattern, sparsity)];
  if (t.method === 'magnitude') return [even];
  return t.method === 'lamp' ? [byLoss(t, pattern, sparsity)] : [byLoss(t, pattern, sparsity), even];
}

/** Applies every candidate and keeps the one with the least error on the calibration data. */
function best(linear: Linear, t: Trace, choices: readonly Choices[], o: PruneOptions): Pruned {
  const solve = o.reconstruct ?? t.method === 'obs';
  const results = choices.map((c) => {
    checkChoices(t, c);
    return t.calibration ? apply(linear, t, c, { ...o, solve }) : magnitudeOnly(t, c);
  });
  return results.reduce((a, b) => ((b.error ?? 0) < (a.error ?? 0) ? b : a));
}

/**
 * Prunes a float graph without labels: a mask by score, shares of zeros over the layers, the weights that stay re-solved
 * layer by layer from calibration data. Everything that is pruned is exactly 0.
 * @throws Problem for options that make no sense, and where nothing would be left of a layer
 */
export function prune(linear: Linear, graph: Graph, options: PruneOptions): Pruned {
  const pattern = options.pattern ?? unstructured;
  checkOptions(graph, options, pattern);
  const { method, seed, progress, layers, storage } = options;
  const t = trace(linear, graph, options.calibration, {
    patterns: [pattern],
    ...(method && { method }),
    ...(seed !== undefined && { seed }),
    ...(progress && { progress }),
    ...(storage && { storage }),
    ...((layers ?? options.table) && { layers: layers ?? Object.keys(options.table!) }),
  });
  return checkResult(best(linear, t, candidates(t, options, pattern), options));
}
