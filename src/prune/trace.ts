import type { Graph } from '../ir/graph.js';
import { BatchValues, runWithin, type Storage } from '../ops/float/batch.js';
import type { Calibration } from '../ops/float/calibration.js';
import type { Linear } from '../support/linear.js';
import { type Progress, silent } from '../support/progress.js';
import { type Layer, layersOf } from './layers.js';
import { rankLamp, rankMagnitude } from './magnitude.js';
import type { Moments } from './moments.js';
import { curvatureOf, rankSecondOrder } from './obs.js';
import { checkPattern, type Pattern, patternText, unitsOf } from './pattern.js';
import { maskAfter, type Ranking, removalsFor } from './ranking.js';
import { type Effect, effectOn, firstSamples, Tail } from './sensitivity.js';
import { siteOf } from './sites.js';

/** How weights are scored: by second order (needs calibration data), by size, or by size relative to their layer. */
export type Method = 'obs' | 'magnitude' | 'lamp';

export interface TraceOptions {
  /** default: unstructured */
  readonly patterns?: readonly Pattern[];
  /** default obs where there are calibration data, else lamp */
  readonly method?: Method;
  /** names of layers; default all but depthwise layers and first convolutions */
  readonly layers?: readonly string[];
  /** how the result will be stored */
  readonly storage?: Storage;
  readonly seed?: number;
  readonly progress?: Progress;
}

/** One layer: the order in which its weights go, for every pattern that fits it. */
export interface LayerTrace {
  readonly layer: Layer;
  /** by patternText */
  readonly rankings: ReadonlyMap<string, Ranking>;
  /** what losses of this layer alone do to the outputs, rising; empty = not measured */
  readonly effects: readonly Effect[];
}

/** What one look at a graph tells about every level of zeros. */
export interface Trace {
  /** float */
  readonly graph: Graph;
  readonly method: Method;
  readonly calibration?: Calibration;
  readonly storage?: Storage;
  readonly layers: readonly LayerTrace[];
}

/** One way to prune a layer. */
export interface Option {
  readonly pattern: Pattern;
  /** share of zeros that was asked for */
  readonly level: number;
  /** zero weights it gives */
  readonly zeros: number;
  /** squared error of the layer's output over its variance */
  readonly loss: number;
  /** squared error of the graph's outputs over their variance that this alone would cause, estimated */
  readonly error: number;
}

/** Depthwise rows have inputs of their own, so no block spans them. */
const fits = (layer: Layer, p: Pattern): boolean =>
  layer.op !== 'depthwise_conv2d' || p.kind === 'unstructured' || (p.kind === 'block' && p.rows === 1);

/** Levels at which the effect of a layer on the outputs is measured. */
const effectLevels = [0.5, 0.7, 0.85, 0.95];

/** Measures on the first pattern that fits; the effect depends on the loss, hardly on the pattern behind it. */
function effectsOf(
  tail: Tail,
  layer: Layer,
  rankings: ReadonlyMap<string, Ranking>,
  patterns: readonly Pattern[],
  values: BatchValues,
  moments: Moments,
): Effect[] {
  const pattern = patterns.find((p) => rankings.has(patternText(p)));
  if (!pattern) return [];
  const t = { layer, rankings, effects: [] };
  return effectLevels.map((level) => ({
    loss: optionAt(t, pattern, level)!.loss,
    error: tail.error(layer, values, maskAt(t, pattern, level), moments),
  }));
}

/** Runs the graph over the calibration data and ranks each layer as its input comes by. */
function traceSecondOrder(
  linear: Linear,
  graph: Graph,
  layers: readonly Layer[],
  patterns: readonly Pattern[],
  calibration: Calibration,
  { seed = 1, progress = silent, storage }: TraceOptions,
): LayerTrace[] {
  const work = layers.map((l) => l.rows * l.depth ** 3 + 1);
  const all = work.reduce((a, b) => a + b, 0) * patterns.length;
  let done = 0;
  const values = new BatchValues(graph, calibration.inputs);
  const traces: LayerTrace[] = [];
  const tail = new Tail(linear, graph, firstSamples(calibration), storage);
  graph.nodes.forEach((node, index) => {
    const at = layers.findIndex((l) => l.index === index);
    if (at >= 0) {
      const layer = layers[at]!;
      const x = values.at(node.in[0]!)!;
      const moments = siteOf(linear, graph, layer, x, calibration.count, seed).moments();
      const curvature = curvatureOf(linear, layer, moments);
      const rankings = new Map<string, Ranking>();
      for (const p of patterns.filter((p) => fits(layer, p))) {
        const tell = (share: number) =>
          progress.share((done + share * work[at]!) / all, `${layer.name} ${patternText(p)}`);
        rankings.set(patternText(p), rankSecondOrder(linear, curvature, p, tell));
        done += work[at]!;
      }
      const effects = effectsOf(tail, layer, rankings, patterns, values, moments);
      traces.push({ layer, rankings, effects });
    }
    values.set(index, runWithin(linear, graph, node, values, calibration.count, storage));
  });
  return traces;
}

function traceBySize(
  layers: readonly Layer[],
  patterns: readonly Pattern[],
  method: 'magnitude' | 'lamp',
): LayerTrace[] {
  const rank = method === 'lamp' ? rankLamp : rankMagnitude;
  return layers.map((layer) => ({
    ...{ layer, effects: [] },
    rankings: new Map(patterns.filter((p) => fits(layer, p)).map((p) => [patternText(p), rank(layer, p)])),
  }));
}

/**
 * Looks once at a float graph: per layer and pattern, the order in which weights go and the loss at every level.
 * @param calibration needed by second-order scores only
 */
export function trace(
  linear: Linear,
  graph: Graph,
  calibration: Calibration | undefined,
  options: TraceOptions = {},
): Trace {
  const { patterns = [{ kind: 'unstructured' }], storage } = options;
  const method = options.method ?? (calibration ? 'obs' : 'lamp');
  for (const p of patterns) checkPattern(p);
  const layers = layersOf(graph).filter((l) => options.layers?.includes(l.name) ?? l.byDefault);
  const traces =
    method === 'obs'
      ? traceSecondOrder(linear, graph, layers, patterns, calibration!, options)
      : traceBySize(layers, patterns, method);
  return { graph, method, layers: traces, ...(calibration && { calibration }), ...(storage && { storage }) };
}

/** Number of removals that give a layer a share of zeros; n:m patterns know but one. */
function removalsAt({ layer }: LayerTrace, ranking: Ranking, pattern: Pattern, level: number): number {
  if (level === 0) return 0;
  if (pattern.kind === 'nm') return ranking.units.length;
  return removalsFor(ranking, Math.round(level * layer.rows * layer.depth));
}

/** The loss of one way to prune a layer; undefined where the pattern does not fit it. */
export function optionAt(t: LayerTrace, pattern: Pattern, level: number): Option | undefined {
  const ranking = t.rankings.get(patternText(pattern));
  if (!ranking) return undefined;
  const count = removalsAt(t, ranking, pattern, level);
  const loss = count ? ranking.loss[count - 1]! : 0;
  return { pattern, level, zeros: count ? ranking.zeros[count - 1]! : 0, loss, error: effectOn(t.effects, loss) };
}

/** 1 = stays, weights [rows, depth], of one way to prune a layer. Zeros that the layer had stay zeros. */
export function maskAt(t: LayerTrace, pattern: Pattern, level: number): Uint8Array {
  const { layer } = t;
  const ranking = t.rankings.get(patternText(pattern))!;
  return maskAfter(layer, unitsOf(pattern, layer.rows, layer.depth), ranking, removalsAt(t, ranking, pattern, level));
}
