import type { Graph } from '../ir/graph.js';
import type { Linear } from '../support/linear.js';
import { Problem } from '../support/problem.js';
import { byLoss, type Choice, type Choices, uniform } from './allocate.js';
import { apply, magnitudeOnly, maskedGraph, type Pruned, summary } from './apply.js';
import {
  type ChannelGoal,
  type ChannelTest,
  type ChannelTrace,
  channelMasks,
  chooseChannels,
  traceChannels,
} from './channels.js';
import { checkChoices, checkGoal, checkMultiple, checkOptions, checkResult } from './check.js';
import type { ChannelGroup } from './groups.js';
import type { ChannelOptions, PruneOptions } from './options.js';
import { type Pattern, unstructured } from './pattern.js';
import { type ReconstructOptions, reconstruct } from './reconstruct.js';
import { refined } from './refine.js';
import { divided, mostSamples, spread } from './samples.js';
import { type Trace, trace } from './trace.js';

/** Shares of channels that are tried, the fewest first. */
const shares = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8];

/** @throws Problem channels-few */
function firstThatHolds(t: ChannelTrace, { holds }: ChannelTest, multiple: number): ChannelGroup[] {
  for (const removed of shares) {
    const chosen = chooseChannels(t, { removed }, multiple);
    if (holds(maskedGraph(t.graph, channelMasks(t.graph, chosen)))) return chosen;
  }
  throw new Problem('channels-few', 'four of five channels gone are not enough', 'channels', 'ask for less');
}

/** Samples by which candidates are compared. */
const fewSamples = 256;

/**
 * Prunes whole channels without labels, through the groups that adds, concatenations and depthwise layers tie: nobody reads
 * them any more in the result; the exact simplifications take them out.
 * @param goal share of the multiply-accumulates that may stay, above 0 to 1, or of the channels that go, 0 to below 1, or
 * what must hold of the graph in which nobody reads them
 * @throws Problem share-range, multiple-range, channels-few
 */
export function pruneChannels(
  linear: Linear,
  graph: Graph,
  goal: ChannelGoal | ChannelTest,
  options: ChannelOptions,
): Pruned {
  if (!('holds' in goal)) checkGoal(goal);
  const multiple = options.multiple ?? 1;
  checkMultiple(multiple);
  const parts = divided(options.calibration);
  const calibration = spread(parts.fit, mostSamples);
  const t = traceChannels(linear, graph, calibration, options);
  const chosen = 'holds' in goal ? firstThatHolds(t, goal, multiple) : chooseChannels(t, goal, multiple);
  const masks = channelMasks(graph, chosen);
  const { graph: pruned, error } = reconstruct(linear, graph, calibration, masks, options);
  const result = checkResult(summary(graph, pruned, error, new Set(masks.keys())));
  return checkResult(refined(linear, graph, result, parts, options));
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

/** The candidate with the least error on some of the calibration data. */
function best(linear: Linear, t: Trace, choices: readonly Choices[], o: ReconstructOptions): Choices {
  for (const c of choices) checkChoices(t, c);
  if (choices.length === 1 || !t.calibration) return choices[0]!;
  const small = { ...t, calibration: spread(t.calibration, fewSamples) };
  const errors = choices.map((c) => apply(linear, small, c, o).error!);
  return choices[errors.indexOf(Math.min(...errors))]!;
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
  const parts = options.calibration && divided(options.calibration);
  const t = trace(linear, graph, parts && spread(parts.fit, mostSamples), {
    patterns: [pattern],
    ...(method && { method }),
    ...(seed !== undefined && { seed }),
    ...(progress && { progress }),
    ...(storage && { storage }),
    ...((layers ?? options.table) && { layers: layers ?? Object.keys(options.table!) }),
  });
  const solve = options.reconstruct ?? t.method === 'obs';
  const about = { ...options, solve };
  const choices = best(linear, t, candidates(t, options, pattern), about);
  const pruned = checkResult(parts ? apply(linear, t, choices, about) : magnitudeOnly(t, choices));
  return solve && parts ? checkResult(refined(linear, graph, pruned, parts, options)) : pruned;
}
