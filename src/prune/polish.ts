import { withTensors } from '../ir/edit.js';
import { elements, type Graph, type Tensor, type TensorId } from '../ir/graph.js';
import { type BatchData, executeBatch, type Storage } from '../ops/float/batch.js';
import type { Calibration } from '../ops/float/calibration.js';
import { ancestors, hasGradient, Tape } from '../ops/float/gradient.js';
import type { Linear } from '../support/linear.js';
import { type Progress, silent } from '../support/progress.js';
import { integer, random } from '../support/rng.js';
import { judged } from './error.js';

export interface PolishOptions {
  readonly storage?: Storage;
  /** passes over the calibration data; default 4 */
  readonly epochs?: number;
  /** step, as a share of the rms of each tensor */
  readonly rate?: number;
  readonly seed?: number;
  readonly progress?: Progress;
}

/** Samples of one step. */
const batchSize = 32;

/** One tensor that is trained, with what Adam keeps. */
interface Parameter {
  readonly id: TensorId;
  readonly values: Float32Array;
  readonly first: Float32Array;
  readonly second: Float32Array;
  readonly rate: number;
  /** 0 stays 0 */
  readonly masked: boolean;
}

const rms = (data: ArrayLike<number>): number => {
  let [sum, count] = [0, 0];
  for (let i = 0; i < data.length; i++)
    if (data[i] !== 0) {
      sum += data[i]! ** 2;
      count++;
    }
  return count ? Math.sqrt(sum / count) : 0;
};

function parameter(graph: Graph, id: TensorId, rate: number, masked: boolean): Parameter {
  const values = Float32Array.from(graph.tensors[id]!.data!);
  const [first, second] = [new Float32Array(values.length), new Float32Array(values.length)];
  return { id, values, first, second, rate: rate * rms(values), masked };
}

/** One step of Adam. */
function step(p: Parameter, gradient: ArrayLike<number>, time: number, factor: number): void {
  const [a, b] = [0.9, 0.98];
  const [ca, cb] = [1 - a ** time, 1 - b ** time];
  for (let i = 0; i < p.values.length; i++) {
    if (p.masked && p.values[i] === 0) continue;
    const g = gradient[i % gradient.length]!;
    p.first[i] = a * p.first[i]! + (1 - a) * g;
    p.second[i] = b * p.second[i]! + (1 - b) * g * g;
    const next = p.values[i]! - (factor * p.rate * (p.first[i]! / ca)) / (Math.sqrt(p.second[i]! / cb) + 1e-12);
    // A weight that would cross 0 exactly must not look pruned.
    p.values[i] = next === 0 && p.masked ? 1e-12 : next;
  }
}

/** Mean of each element over the samples, and the variance summed over elements. */
function variance(data: BatchData, size: number): number {
  const count = data.length / size;
  let sum = 0;
  for (let k = 0; k < size; k++) {
    let [s, q] = [0, 0];
    for (let i = k; i < data.length; i += size) {
      s += data[i]!;
      q += data[i]! ** 2;
    }
    sum += q / count - (s / count) ** 2;
  }
  return Math.max(sum, 1e-30);
}

/** Numbers in a seeded random order. */
function shuffled(count: number, next: () => number): number[] {
  const list = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = integer(next, 0, i);
    [list[i], list[j]] = [list[j]!, list[i]!];
  }
  return list;
}

function pickRows(data: BatchData, rows: readonly number[], size: number): BatchData {
  const out = new Float32Array(rows.length * size);
  rows.forEach((r, i) => {
    out.set(data.subarray(r * size, (r + 1) * size), i * size);
  });
  return out;
}

/**
 * Trains the weights that stay, all layers together, to give the outputs of the dense graph: distillation without labels,
 * on the calibration data, with the rounding of storage in the forward run. Zeros stay zeros.
 * @param dense the graph before pruning
 * @param pruned the same graph with other weights
 * @returns pruned, with better weights; as it is where an op has no gradient
 */
export function polish(
  linear: Linear,
  dense: Graph,
  pruned: Graph,
  calibration: Calibration,
  { storage, epochs = 4, rate = 0.003, seed = 1, progress = silent }: PolishOptions = {},
): Graph {
  const ends = judged(dense);
  const nodes = ancestors(pruned, ends).map((i) => pruned.nodes[i]!);
  if (!nodes.every((node) => hasGradient(pruned, node))) return pruned;
  const targets = new Map<TensorId, BatchData>();
  executeBatch(linear, dense, calibration.inputs, calibration.count, (id, data) => {
    if (ends.includes(id)) targets.set(id, data.slice());
  });
  const sizes = new Map(ends.map((id) => [id, elements(dense.tensors[id]!.shape)]));
  const spread = ends.map((id) => variance(targets.get(id)!, sizes.get(id)!));
  const parameters = new Map<number, { weights: Parameter; bias?: Parameter }>();
  pruned.nodes.forEach((node, i) => {
    if (!nodes.includes(node) || !pruned.tensors[node.in[1] ?? -1]?.data) return;
    if (!['conv2d', 'depthwise_conv2d', 'fully_connected'].includes(node.op)) return;
    parameters.set(i, {
      weights: parameter(pruned, node.in[1]!, rate, true),
      ...(node.in[2] !== undefined && { bias: parameter(pruned, node.in[2], rate, false) }),
    });
  });
  const next = random(seed);
  const steps = epochs * Math.floor(calibration.count / batchSize);
  let time = 0;
  const current = (rounded: boolean): Graph => {
    const changes = new Map<TensorId, Tensor>();
    for (const [i, { weights, bias }] of parameters) {
      const node = pruned.nodes[i]!;
      const data = rounded && storage ? storage.weights(node, weights.values) : weights.values;
      changes.set(weights.id, { ...pruned.tensors[weights.id]!, data });
      if (bias) changes.set(bias.id, { ...pruned.tensors[bias.id]!, data: bias.values });
    }
    return withTensors(pruned, changes);
  };
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = shuffled(calibration.count, next);
    let loss = 0;
    for (let from = 0; from + batchSize <= order.length; from += batchSize) {
      const rows = order.slice(from, from + batchSize);
      const inputs = calibration.inputs.map((x, i) => {
        const size = elements(dense.tensors[dense.inputs[i]!]!.shape);
        const some = pickRows(x, rows, size);
        storage?.activation(dense.inputs[i]!, some);
        return some;
      });
      const tape = new Tape(linear, current(true), inputs, rows.length, ends, storage);
      const seeds = new Map(
        ends.map((id, k) => {
          const want = pickRows(targets.get(id)!, rows, sizes.get(id)!);
          const scale = 2 / (spread[k]! * rows.length);
          const g = tape.at(id).map((v, i) => {
            loss += (v - want[i]!) ** 2 / (spread[k]! * order.length);
            return scale * (v - want[i]!);
          });
          return [id, g] as const;
        }),
      );
      const gradients = tape.backward(seeds);
      time++;
      const factor = Math.min(1, time / 20) * 0.5 * (1 + Math.cos((Math.PI * (time - 1)) / steps));
      for (const [i, { weights, bias }] of parameters) {
        const g = gradients.get(i);
        if (!g) continue;
        step(weights, g.weights, time, factor);
        if (bias) step(bias, g.bias, time, factor);
      }
      progress.share(time / steps, `loss ${loss.toFixed(4)}`);
    }
    if (process.env.V) console.log('epoch', epoch, loss.toFixed(5));
  }
  return current(true);
}
