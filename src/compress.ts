/** Pruning of any graph, float or int8, to an int8 (or float) graph: what quantise/ and prune/ do together. */
import { storedInput } from './data/feed.js';
import { type Graph, isQuantised, type TensorData } from './ir/graph.js';
import type { Storage } from './ops/float/batch.js';
import {
  type Calibration,
  type CalibrationOptions,
  calibrationOf,
  type SampleSource,
} from './ops/float/calibration.js';
import { simplify } from './passes/index.js';
import type { Pruned } from './prune/apply.js';
import type { ChannelGoal, ChannelTest } from './prune/channels.js';
import type { PruneOptions } from './prune/options.js';
import { prune, pruneChannels } from './prune/prune.js';
import { withBiases } from './prune/reconstruct.js';
import {
  chooseSettings,
  plainSettings,
  type Quantised,
  type QuantiseRequest,
  type QuantiseSettings,
  quantiseAs,
  type Settled,
} from './quantise/choose.js';
import { floatTwin } from './quantise/float-twin.js';
import { restore } from './quantise/restore.js';
import { storageOf } from './quantise/storage.js';
import { Linear } from './support/linear.js';
import { Problem } from './support/problem.js';

/** A model ready for pruning: the float graph that is worked on, and the way back to what is emitted. */
export interface Subject {
  readonly linear: Linear;
  /** what would be emitted without pruning */
  readonly stored: Graph;
  /** its float twin: same nodes, same tensor numbers */
  readonly float: Graph;
  readonly calibration?: Calibration;
  /** the rounding of `stored`; absent for a float result */
  readonly storage?: Storage;
  /** a changed float twin as it is emitted: weights int8 again, zeros still 0 */
  finish(float: Graph): Graph;
}

export interface SubjectOptions extends CalibrationOptions {
  /** how a float graph is stored; default int8, with ranges from the least to the greatest value */
  readonly quantise?: QuantiseSettings | 'float32';
}

/**
 * Prepares a graph for pruning.
 * @param graph float or int8, after exact simplification
 * @param samples calibration data in the encoding of the graph's inputs; a float graph needs them to become int8
 * @throws Problem: see calibrationOf; calibration-missing
 */
export async function subjectOf(
  graph: Graph,
  samples: SampleSource | undefined,
  options: SubjectOptions = {},
): Promise<Subject> {
  const linear = await Linear.load();
  const source = withBiases(graph);
  const calibration = samples && calibrationOf(source, samples, options);
  const about = { linear, ...(calibration && { calibration }) };
  const { quantise = plainSettings } = options;
  if (quantise === 'float32' && !isQuantised(source))
    return { ...about, stored: source, float: source, finish: (g) => g };
  const { float, stored } = isQuantised(source)
    ? { float: floatTwin(source), stored: source }
    : quantised(linear, source, calibration, quantise as QuantiseSettings);
  return { ...about, stored, float, storage: storageOf(linear, stored), finish: (g) => restore(stored, g) };
}

const uncalibrated = (): Problem =>
  new Problem(
    'calibration-missing',
    'a float model needs calibration data to be quantised',
    'calibration',
    'add --calibrate X.npy; no labels needed',
  );

function quantised(
  linear: Linear,
  graph: Graph,
  calibration: Calibration | undefined,
  settings: QuantiseSettings,
): Quantised {
  if (!calibration) throw uncalibrated();
  return quantiseAs(linear, graph, calibration, settings);
}

/** Samples by which ways to quantise are compared. */
const settlingSamples = 256;

/**
 * Settles how a float graph is best stored.
 * @param samples calibration data in the encoding of the graph's inputs
 * @throws Problem: see calibrationOf; calibration-missing
 */
export async function settleQuantisation(
  graph: Graph,
  samples: SampleSource | undefined,
  request: QuantiseRequest,
  options: CalibrationOptions = {},
): Promise<Settled> {
  if (!samples) throw uncalibrated();
  const source = withBiases(graph);
  const calibration = calibrationOf(source, samples, { most: settlingSamples, ...options });
  return chooseSettings(await Linear.load(), source, calibration, request);
}

/** A pruned model as it is emitted. */
export interface PrunedModel extends Pruned {
  /** the same without pruning */
  readonly dense: Graph;
  readonly warnings: readonly string[];
}

export type ModelOptions = Omit<PruneOptions, 'calibration' | 'storage'> &
  SubjectOptions & {
    /** first of all, whole channels go until this share of the multiply-accumulates is left */
    readonly channels?: number;
    /** instead: this share of the channels that can go goes first of all, 0 to below 1 */
    readonly channelSparsity?: number;
    /** instead: as few channels go first of all as make this true of what is left, simplified */
    readonly channelsUntil?: (thin: Graph) => boolean;
    /** tensors that lose channels keep a multiple of this many, as kernels of the target work in tiles (MVE 16, DSP 4); default 1 */
    readonly channelMultiple?: number;
  };

/** Samples that are taken at most: training uses all, layers are solved by some. */
const mostSamples = 4096;

const prunesWeights = (o: ModelOptions): boolean =>
  o.sparsity !== undefined || o.table !== undefined || o.pattern !== undefined;

/** @throws Problem options-contradict */
function goalOf({ channels, channelSparsity }: ModelOptions): ChannelGoal | undefined {
  if (channels !== undefined && channelSparsity !== undefined)
    throw new Problem(
      'options-contradict',
      'a share of multiply-accumulates that stays and a share of channels that goes',
      'channelSparsity',
      'give one of them',
    );
  if (channels !== undefined) return { macs: channels };
  return channelSparsity === undefined || channelSparsity === 0 ? undefined : { removed: channelSparsity };
}

/** Channels go and are taken out; then weights go, if that was asked for too. */
async function withFewerChannels(
  graph: Graph,
  samples: SampleSource | undefined,
  options: ModelOptions,
  goal: ChannelGoal | ChannelTest,
): Promise<PrunedModel> {
  const subject = await subjectOf(graph, samples, options);
  const { linear, float, calibration, storage, stored } = subject;
  if (!calibration)
    throw new Problem(
      'calibration-missing',
      'channels are chosen by calibration data',
      'calibration',
      'no labels needed',
    );
  const thinned = (g: Graph): Graph => simplify(subject.finish(g));
  const own = 'holds' in goal ? { holds: (g: Graph) => goal.holds(thinned(g)) } : goal;
  const pruned = pruneChannels(linear, float, own, {
    ...{ ...options, calibration, multiple: options.channelMultiple ?? 1 },
    ...(storage && { storage }),
  });
  const { warnings } = calibration;
  const thin = thinned(pruned.graph);
  if (!prunesWeights(options)) return { ...pruned, graph: thin, dense: stored, warnings };
  const { channels: _, channelSparsity: __, channelsUntil: ___, ...rest } = options;
  return { ...(await pruneModel(thin, inputsAs(thin, graph, samples!), rest)), dense: stored };
}

/** Samples for a graph that may want them stored where the one they are for took floats. */
export function inputsAs(graph: Graph, before: Graph, source: SampleSource): SampleSource {
  const stores = graph.inputs.map((id, i) => {
    const t = graph.tensors[id]!;
    if (t.type === before.tensors[before.inputs[i]!]!.type) return (data: TensorData) => data;
    const store = storedInput(t, source.from ?? 'samples');
    return (data: TensorData) => store(Float32Array.from(data));
  });
  return { ...source, sample: (index) => source.sample(index).map((data, i) => stores[i]!(data)) };
}

/** Samples for a graph that may want them stored where the one they are for took floats. */
export function storedSamples(graph: Graph, before: Graph, samples: readonly (readonly TensorData[])[]) {
  const stored = inputsAs(graph, before, { count: samples.length, sample: (i) => samples[i]! });
  return samples.map((_, i) => stored.sample(i));
}

/**
 * Prunes a graph without labels; float or int8 in, int8 out (float where asked). Run the exact simplifications before, and
 * again after: channels may have become constants.
 * @throws Problem for bad options or calibration data
 */
export async function pruneModel(
  graph: Graph,
  samples: SampleSource | undefined,
  given: ModelOptions,
): Promise<PrunedModel> {
  const options = { most: mostSamples, ...given };
  const goal = options.channelsUntil ? { holds: options.channelsUntil } : goalOf(options);
  if (goal) return withFewerChannels(graph, samples, options, goal);
  const subject = await subjectOf(graph, samples, options);
  const { linear, float, calibration, storage } = subject;
  const pruned = prune(linear, float, { ...options, ...(calibration && { calibration }), ...(storage && { storage }) });
  return {
    ...pruned,
    graph: subject.finish(pruned.graph),
    dense: subject.stored,
    warnings: calibration?.warnings ?? [],
  };
}
