import { readers, writers } from '../../ir/edit.js';
import type { Graph, TensorId } from '../../ir/graph.js';
import type { BatchData } from './batch.js';

/** The tensors that tell how good a result is: outputs, or what a last softmax or logistic reads. */
export function judged(graph: Graph): TensorId[] {
  const by = writers(graph);
  const before = (id: TensorId): TensorId => {
    const node = by[id];
    return node && ['softmax', 'logistic', 'reshape'].includes(node.op) ? before(node.in[0]!) : id;
  };
  return graph.outputs.map(before);
}

/** How far values are from wanted ones, and in which direction. */
export interface Objective {
  /** mean over the samples */
  readonly loss: number;
  /** of the loss, per value */
  readonly gradient: BatchData;
}

/** What is wanted of one tensor that is judged. */
export interface Aim {
  /** values of one sample */
  readonly size: number;
  /** variance of the dense values, summed over those of one sample */
  readonly variance: number;
  /** a softmax follows: what counts are the probabilities too */
  readonly isClassifier: boolean;
}

/** Probabilities are compared softened, so that small ones count. */
const temperature = 2;
/** Share of the divergence of probabilities beside squared errors over variance. */
const divergenceShare = 0.3;

/** Variance of every value over the samples, summed. */
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

/** The aim for a tensor with these dense values. */
export function aimOf(graph: Graph, id: TensorId, dense: BatchData, size: number): Aim {
  const isClassifier = (tensor: TensorId): boolean =>
    readers(graph)[tensor]!.some((n) => n.op === 'softmax' || (n.op === 'reshape' && isClassifier(n.out[0]!)));
  return { size, variance: variance(dense, size), isClassifier: isClassifier(id) };
}

function softmax(z: BatchData, from: number, out: Float64Array): void {
  let most = -Infinity;
  for (let k = 0; k < out.length; k++) most = Math.max(most, z[from + k]!);
  let sum = 0;
  for (let k = 0; k < out.length; k++) sum += out[k] = Math.exp((z[from + k]! - most) / temperature);
  for (let k = 0; k < out.length; k++) out[k]! /= sum;
}

/** Adds the divergence of softened probabilities: temperature^2 sum q log(q / p). */
function addDivergence(got: BatchData, want: BatchData, size: number, scale: number, gradient: BatchData): number {
  const [p, q] = [new Float64Array(size), new Float64Array(size)];
  let loss = 0;
  for (let from = 0; from < got.length; from += size) {
    softmax(got, from, p);
    softmax(want, from, q);
    for (let k = 0; k < size; k++) {
      if (q[k]! > 0) loss += scale * temperature ** 2 * q[k]! * Math.log(q[k]! / Math.max(p[k]!, 1e-30));
      gradient[from + k]! += scale * temperature * (p[k]! - q[k]!);
    }
  }
  return loss;
}

/**
 * Squared error over variance, and for classifiers a share of how far the probabilities diverge.
 * @param got, want [samples, size]
 */
export function objective({ size, variance, isClassifier }: Aim, got: BatchData, want: BatchData): Objective {
  const count = got.length / size;
  const gradient = new Float32Array(got.length);
  let loss = 0;
  for (let i = 0; i < got.length; i++) {
    const error = got[i]! - want[i]!;
    loss += error ** 2 / (variance * count);
    gradient[i] = (2 * error) / (variance * count);
  }
  if (isClassifier) loss += addDivergence(got, want, size, divergenceShare / count, gradient);
  return { loss, gradient };
}
