import type { Graph } from '../ir/graph.js';
import type { Linear } from '../support/linear.js';
import { byLoss, type Choice, type Choices, uniform } from './allocate.js';
import { apply, magnitudeOnly, type Pruned, summary } from './apply.js';
import { channelMasks, chooseChannels, traceChannels } from './channels.js';
import { checkChoices, checkKept, checkOptions, checkResult } from './check.js';
import type { ChannelOptions, PruneOptions } from './options.js';
import { type Pattern, unstructured } from './pattern.js';
import { reconstruct } from './reconstruct.js';
import { type Trace, trace } from './trace.js';

/**
 * Prunes whole channels without labels, through the groups that adds, concatenations and depthwise layers tie: nobody reads
 * them any more in the result; the exact simplifications take them out.
 * @param share of the multiply-accumulates that may stay, above 0 to 1
 * @throws Problem share-range, channels-few
 */
export function pruneChannels(linear: Linear, graph: Graph, share: number, options: ChannelOptions): Pruned {
  checkKept(share);
  const t = traceChannels(linear, graph, options.calibration, options);
  const masks = channelMasks(graph, chooseChannels(t, share));
  const { graph: pruned, error } = reconstruct(linear, graph, options.calibration, masks, options);
  return checkResult(summary(graph, pruned, error, new Set(masks.keys())));
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
