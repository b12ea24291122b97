import type { Graph, TensorId } from '../ir/graph.js';
import { activate, type BatchData, BatchValues, confine, runWithin, type Storage } from '../ops/float/batch.js';
import type { Calibration } from '../ops/float/calibration.js';
import { judged } from '../ops/float/objective.js';
import type { Linear } from '../support/linear.js';
import { affine, type Weighted } from './affine.js';
import { outputError } from './error.js';
import { type Layer, toStored } from './layers.js';
import type { Moments } from './moments.js';
import { leastSquares } from './solve.js';

/** Error of the outputs when one layer alone has lost `loss` of its variance. */
export interface Effect {
  readonly loss: number;
  readonly error: number;
}

/** More samples than this tell no more about one number. */
const mostSamples = 128;

/** The first samples of a calibration. */
export function firstSamples(calibration: Calibration, most = mostSamples): Calibration {
  const count = Math.min(calibration.count, most);
  const inputs = calibration.inputs.map((x) => x.subarray(0, (x.length / calibration.count) * count));
  return { ...calibration, count, inputs };
}

/** Dense moments know what they should give: the products with the wanted outputs follow from the weights. */
function withOwnTargets(layer: Layer, moments: Moments): Moments {
  const { depth, weights } = layer;
  return {
    ...moments,
    cross(row, k) {
      const gram = moments.gram(row);
      let sum = 0;
      for (let j = 0; j < depth; j++) sum += gram[k * moments.stride + j]! * weights[row * depth + j]!;
      return sum;
    },
  };
}

/** Weights that stay, re-solved for the dense inputs. */
export const solvedAlone = (linear: Linear, layer: Layer, mask: Uint8Array, moments: Moments) =>
  leastSquares(linear, layer, mask, withOwnTargets(layer, moments));

/** Runs what follows a layer, for some samples of a dense run. */
export class Tail {
  private readonly wanted: ReadonlyMap<TensorId, BatchData>;

  /** @param calibration the samples that all values are for */
  constructor(
    private readonly linear: Linear,
    private readonly graph: Graph,
    private readonly calibration: Calibration,
    private readonly storage?: Storage,
  ) {
    const wanted = new Map<TensorId, BatchData>();
    const values = new BatchValues(graph, calibration.inputs);
    this.run(values, 0, wanted);
    this.wanted = wanted;
  }

  private run(values: BatchValues, from: number, judgedValues: Map<TensorId, BatchData>): void {
    const { linear, graph, calibration } = this;
    const ids = new Set(judged(graph));
    for (let i = from; i < graph.nodes.length; i++) {
      const node = graph.nodes[i]!;
      const y = runWithin(linear, graph, node, values, calibration.count, this.storage);
      if (ids.has(node.out[0]!)) judgedValues.set(node.out[0]!, y);
      values.set(i, y);
    }
  }

  /**
   * Error of the outputs when a layer has other weights.
   * @param values of the dense run just before the layer; may be for more samples
   */
  error(layer: Layer, values: BatchValues, mask: Uint8Array, moments: Moments): number {
    const { linear, graph, calibration } = this;
    const node = graph.nodes[layer.index]! as Weighted;
    const copy = values.firstSamples(calibration.count);
    const solved = solvedAlone(linear, layer, mask, moments);
    const bias = node.in[2] === undefined ? undefined : graph.tensors[node.in[2]]!.data!;
    const next = bias && Float32Array.from(bias, (b, i) => b + solved.bias[i % layer.rows]!);
    const x = copy.at(node.in[0]!)!;
    const y = affine(linear, graph, node, x, calibration.count, toStored(layer, solved.weights), next);
    const seen = new Map<TensorId, BatchData>();
    confine(linear, activate(linear, y, node.attr.act), this.storage?.range(node.out[0]!) ?? [-Infinity, Infinity]);
    if (judged(graph).includes(node.out[0]!)) seen.set(node.out[0]!, y);
    copy.set(layer.index, y);
    this.run(copy, layer.index + 1, seen);
    // A tensor that does not follow the layer is as it was.
    for (const [id, data] of this.wanted) if (!seen.has(id)) seen.set(id, data);
    return outputError(graph, this.wanted, seen);
  }
}

/**
 * What a loss of the layer means for the outputs: between the measured points their ratio is interpolated, beyond them
 * it is that of the nearest.
 */
export function effectOn(effects: readonly Effect[], loss: number): number {
  const known = effects.filter((e) => e.loss > 0 && e.error > 0);
  if (!known.length || loss <= 0) return Math.max(loss, 0);
  const ratio = (e: Effect) => Math.log(e.error / e.loss);
  const after = known.findIndex((e) => e.loss >= loss);
  if (after === 0) return loss * Math.exp(ratio(known[0]!));
  if (after < 0) return loss * Math.exp(ratio(known.at(-1)!));
  const [a, b] = [known[after - 1]!, known[after]!];
  const part = Math.log(loss / a.loss) / Math.log(b.loss / a.loss);
  return loss * Math.exp(ratio(a) + part * (ratio(b) - ratio(a)));
}
