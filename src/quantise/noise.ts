/** How much of what a float graph computes is lost by rounding, tensor by tensor. */
import type { Graph, TensorId } from '../ir/graph.js';
import { type BatchData, executeBatch, runBatch, type Storage } from '../ops/float/batch.js';
import type { Calibration } from '../ops/float/calibration.js';
import type { Linear } from '../support/linear.js';
import { floatTwin } from './float-twin.js';
import { storageOf, storedInputs } from './storage.js';

/** Signal over noise of one node's output, in dB; Infinity where nothing is lost. */
export interface Noise {
  readonly node: string;
  readonly tensor: TensorId;
  /** the node alone is rounded: what it reads is exact */
  readonly own: number;
  /** everything up to it is rounded */
  readonly total: number;
}

/** Sums of squares of values, and of the errors of others. */
class Ratio {
  private signal = 0;
  private noise = 0;
  add(exact: BatchData, rounded: BatchData): void {
    for (let i = 0; i < exact.length; i++) {
      this.signal += exact[i]! ** 2;
      this.noise += (exact[i]! - rounded[i]!) ** 2;
    }
  }
  get decibels(): number {
    return this.noise === 0 ? Infinity : 10 * Math.log10(Math.max(this.signal, Number.MIN_VALUE) / this.noise);
  }
}

/** Signal over noise in dB. */
export function decibels(exact: BatchData, rounded: BatchData): number {
  const ratio = new Ratio();
  ratio.add(exact, rounded);
  return ratio.decibels;
}

/** Samples that are run at once. */
const slice = 16;

/**
 * Signal over quantisation noise (SQNR) of every node, over calibration data.
 * @param float the exact graph
 * @param stored the same, rounded; tensors that both have bear the same numbers
 */
export function noiseOf(linear: Linear, float: Graph, stored: Graph, calibration: Calibration): Noise[] {
  const twin = floatTwin(stored);
  const storage = storageOf(linear, stored);
  const ratios = new Map(float.nodes.map((n) => [n.out[0]!, { own: new Ratio(), total: new Ratio() }] as const));
  for (let from = 0; from < calibration.count; from += slice) {
    const count = Math.min(slice, calibration.count - from);
    const part = calibration.inputs.map((x) => {
      const size = x.length / calibration.count;
      return x.slice(from * size, (from + count) * size);
    });
    compare(linear, { float, twin, storage, count }, part, storedInputs(linear, stored, part), ratios);
  }
  return float.nodes.map((n) => {
    const { own, total } = ratios.get(n.out[0]!)!;
    return { node: n.name, tensor: n.out[0]!, own: own.decibels, total: total.decibels };
  });
}

interface Both {
  readonly float: Graph;
  readonly twin: Graph;
  readonly storage: Storage;
  readonly count: number;
}

function compare(
  linear: Linear,
  { float, twin, storage, count }: Both,
  inputs: readonly BatchData[],
  rounded: readonly BatchData[],
  ratios: ReadonlyMap<TensorId, { own: Ratio; total: Ratio }>,
): void {
  const exact = new Map<TensorId, BatchData>();
  executeBatch(linear, float, inputs, count, (id, data) => void exact.set(id, linear.copy(data)));
  // The same nodes with weights as they are stored.
  const alike: Graph = { ...float, tensors: twin.tensors.slice(0, float.tensors.length) };
  for (const node of float.nodes) {
    const id = node.out[0]!;
    const given = node.in.map((i) => exact.get(i));
    const alone = linear.copy(runBatch(linear, alike, node, given, count));
    storage.activation(id, alone);
    ratios.get(id)!.own.add(exact.get(id)!, alone);
  }
  const visit = (id: TensorId, data: BatchData): void => ratios.get(id)?.total.add(exact.get(id)!, data);
  executeBatch(linear, twin, rounded, count, visit, storage);
}
