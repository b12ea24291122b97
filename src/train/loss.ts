/** What training minimises: towards labels, and towards what the dense model gives. */
import { readers } from '../ir/edit.js';
import { elements, type Graph, type Node, type TensorId } from '../ir/graph.js';
import type { BatchData } from '../ops/float/batch.js';
import { type Aim, aimOf, judged, type Objective, objective } from '../ops/float/objective.js';
import { unlabelled } from './augment.js';

/** What is asked of one tensor. */
export interface End {
  readonly id: TensorId;
  /** its fellow in the dense model */
  readonly taught: TensorId;
  /** values of one sample */
  readonly size: number;
  /**
   * classes: logits of a softmax; binary: one logit of a logistic; values: numbers as they are; teacher: no labels;
   * hint: what a layer inside the dense model gives
   */
  readonly kind: 'classes' | 'binary' | 'values' | 'teacher' | 'hint';
  /** factor of the loss */
  readonly weight: number;
  /** steepness of the softmax */
  readonly beta: number;
  /** scales squared errors: by the dense model's values, or by those of the labels */
  readonly aim: Aim;
}

export interface LossSpec {
  readonly ends: readonly End[];
  /** share of the dense model's word beside that of the labels, 0 to 1; of no meaning without labels */
  readonly distillation: number;
  /** softens the probabilities of both */
  readonly temperature: number;
}

/** A loss with its gradient, and how many samples are classed as labelled. */
export interface Judgement extends Objective {
  readonly right: number;
}

function softmax(z: BatchData, from: number, size: number, beta: number): Float64Array {
  let most = -Infinity;
  for (let k = 0; k < size; k++) most = Math.max(most, z[from + k]!);
  const p = Float64Array.from({ length: size }, (_, k) => Math.exp(beta * (z[from + k]! - most)));
  const sum = p.reduce((s, v) => s + v, 0);
  return p.map((v) => v / sum);
}

const least = 1e-30;

/** Adds beta * share * (softmax(beta z) - wanted) to the gradient; returns the cross-entropy. */
function crossEntropy(
  z: BatchData,
  from: number,
  wanted: ArrayLike<number>,
  beta: number,
  [slope, height]: readonly [number, number],
  gradient: BatchData,
): number {
  const p = softmax(z, from, wanted.length, beta);
  let loss = 0;
  for (let k = 0; k < p.length; k++) {
    const q = wanted[k]!;
    // The entropy of what is wanted is taken off, so that 0 is the best.
    if (q > 0) loss += q * Math.log(q / Math.max(p[k]!, least));
    gradient[from + k]! += slope * beta * (p[k]! - q);
  }
  return height * loss;
}

function greatest(z: BatchData, from: number, size: number): number {
  let best = 0;
  for (let k = 1; k < size; k++) if (z[from + k]! > z[from + best]!) best = k;
  return best;
}

function classes(end: End, spec: LossSpec, z: BatchData, labels: Float32Array, teacher?: BatchData): Judgement {
  const { size, beta } = end;
  const count = z.length / size;
  const t = spec.temperature;
  const gradient = new Float32Array(z.length);
  let [loss, right] = [0, 0];
  for (let i = 0; i < count; i++) {
    const label = labels[i]!;
    const soft = !teacher ? 0 : label === unlabelled ? 1 : spec.distillation;
    const hot = Array.from({ length: size }, (_, k) => (k === label ? 1 : 0));
    const hard = (1 - soft) / count;
    if (hard > 0) loss += crossEntropy(z, i * size, hot, beta, [hard, hard], gradient);
    if (teacher && soft > 0) {
      const wanted = softmax(teacher, i * size, size, beta / t);
      // Gradients of softened probabilities shrink with the square of the temperature.
      loss += crossEntropy(z, i * size, wanted, beta / t, [(soft * t * t) / count, (soft * t * t) / count], gradient);
    }
    if (greatest(z, i * size, size) === label) right++;
  }
  return { loss, gradient, right };
}

const logistic = (z: number): number => 1 / (1 + Math.exp(-z));

/** One logit that says yes or no. */
function binary(_: End, spec: LossSpec, z: BatchData, labels: Float32Array, teacher?: BatchData): Judgement {
  const gradient = new Float32Array(z.length);
  let [loss, right] = [0, 0];
  z.forEach((v, i) => {
    const soft = !teacher ? 0 : labels[i] === unlabelled ? 1 : spec.distillation;
    const wanted = (1 - soft) * labels[i]! + (teacher ? soft * logistic(teacher[i]!) : 0);
    loss += (Math.max(v, 0) - v * wanted + Math.log1p(Math.exp(-Math.abs(v)))) / z.length;
    gradient[i] = (logistic(v) - wanted) / z.length;
    if (labels[i] !== unlabelled && v > 0 === labels[i]! > 0.5) right++;
  });
  return { loss, gradient, right };
}

/** Squared errors over variance. */
function values({ aim, size }: End, spec: LossSpec, z: BatchData, labels: Float32Array, teacher?: BatchData) {
  const soft = teacher ? spec.distillation : 0;
  const wanted = labels.map((v, i) => (1 - soft) * v + (teacher ? soft * teacher[i]! : 0));
  return { ...objective({ ...aim, size, isClassifier: false }, z, wanted), right: 0 };
}

/**
 * The loss of one tensor over a batch, and its gradient.
 * @param z [count, size]
 * @param labels of the batch; class numbers, or [count, size]
 * @param teacher [count, size] of the dense model
 */
export function judge(end: End, spec: LossSpec, z: BatchData, labels?: Float32Array, teacher?: BatchData): Judgement {
  if (end.kind === 'hint') return hint(end, z, teacher!);
  if (end.kind === 'teacher' || !labels) return { ...objective(end.aim, z, teacher!), right: 0 };
  const by = { classes, binary, values }[end.kind];
  return by(end, spec, z, labels, teacher);
}

/** Squared errors over variance, of many values. */
function hint({ aim, size, weight }: End, z: BatchData, teacher: BatchData): Judgement {
  const factor = (weight * size) / (aim.variance * z.length);
  const gradient = new Float32Array(z.length);
  let sum = 0;
  for (let i = 0; i < z.length; i++) {
    const error = z[i]! - teacher[i]!;
    sum += error * error;
    gradient[i] = 2 * factor * error;
  }
  return { loss: factor * sum, gradient, right: 0 };
}

/**
 * Layers inside a graph that are to give what their fellows in the dense one do: those with weights and sums, known by
 * their names, whose shapes are the same.
 * @param weight of all together
 */
export function hintsOf(graph: Graph, dense: Graph, weight: number, sample: (id: TensorId) => BatchData): End[] {
  const last = new Set([...judged(graph), ...graph.outputs]);
  const isInside = (n: Node) => ['conv2d', 'depthwise_conv2d', 'fully_connected', 'add'].includes(n.op);
  const pairs = graph.nodes.filter(isInside).flatMap((n) => {
    const [id, other] = [n.out[0]!, dense.nodes.find((d) => d.name === n.name)?.out[0]];
    if (other === undefined || last.has(id)) return [];
    const [a, b] = [graph.tensors[id]!.shape, dense.tensors[other]!.shape];
    return `${a}` === `${b}` ? [{ id, taught: other, size: elements(a) }] : [];
  });
  return pairs.map(({ id, taught, size }) => ({
    ...{ id, taught, size, kind: 'hint', beta: 1, weight: weight / pairs.length },
    aim: aimOf(dense, taught, sample(taught), size),
  }));
}

/**
 * What is to be judged of a graph.
 * @param dense a graph with the same outputs
 * @param labelled what labels say of the first output
 * @param sample values of a tensor of the dense graph over some samples
 * @param wanted values that labels give for the first output
 */
export function endsOf(
  graph: Graph,
  dense: Graph,
  labelled: 'none' | 'class' | 'values',
  sample: (id: TensorId) => BatchData,
  wanted?: BatchData,
): End[] {
  const before = [judged(graph), judged(dense)] as const;
  return graph.outputs.map((output, i) => {
    const isLabelled = i === 0 && labelled !== 'none';
    // Values are compared where the model gives them, classes where they are still logits.
    const isFinal = isLabelled && labelled === 'values';
    const [id, taught] = isFinal ? [output, dense.outputs[i]!] : [before[0][i]!, before[1][i]!];
    const size = elements(graph.tensors[id]!.shape);
    const beta = readers(graph)[id]!.map((n) => (n.op === 'softmax' ? n.attr.beta : 1))[0] ?? 1;
    const kind = !isLabelled ? 'teacher' : labelled === 'values' ? 'values' : size === 1 ? 'binary' : 'classes';
    return {
      id,
      taught,
      size,
      kind,
      beta,
      weight: 1,
      aim: aimOf(dense, taught, (isFinal && wanted) || sample(taught), size),
    };
  });
}

/** Classes that a graph tells apart. */
export function classCount(graph: Graph): number {
  const size = elements(graph.tensors[graph.outputs[0]!]!.shape);
  return size === 1 ? 2 : size;
}
