import { withTensors } from '../ir/edit.js';
import { elements, type Graph, type Node, type Tensor, type TensorId } from '../ir/graph.js';
import { type BatchData, executeBatch, type Storage, withoutRounding } from '../ops/float/batch.js';
import type { Calibration } from '../ops/float/calibration.js';
import { ancestors, hasGradient, type ParameterGradient, Tape } from '../ops/float/gradient.js';
import type { Linear } from '../support/linear.js';
import { type Progress, silent } from '../support/progress.js';
import { integer, random } from '../support/rng.js';
import { judged } from './error.js';
import { type Aim, aimOf, objective } from './objective.js';

export interface PolishOptions {
  readonly storage?: Storage;
  /** passes over the calibration data */
  readonly epochs: number;
  readonly seed?: number;
  readonly progress?: Progress;
}

/** Samples of one step. */
export const batchSize = 32;
/** A step as a share of the rms of each tensor: networks with folded batch norm have tensors of very different size. */
const rate = 0.004;
const warmUp = 20;
const weightedOps: readonly Node['op'][] = ['conv2d', 'depthwise_conv2d', 'fully_connected'];

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

function parameter(graph: Graph, id: TensorId, masked: boolean): Parameter {
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

/** What one judged tensor should hold. */
interface End extends Aim {
  readonly id: TensorId;
  readonly wanted: BatchData;
}

/** Trains one graph towards another. */
class Trainer {
  private readonly parameters = new Map<number, { weights: Parameter; bias?: Parameter }>();
  private time = 0;

  constructor(
    private readonly linear: Linear,
    private readonly graph: Graph,
    private readonly calibration: Calibration,
    private readonly ends: readonly End[],
    private readonly storage: Storage | undefined,
  ) {
    for (const i of ancestors(
      graph,
      ends.map((e) => e.id),
    )) {
      const node = graph.nodes[i]!;
      if (!weightedOps.includes(node.op) || !graph.tensors[node.in[1]!]!.data) continue;
      const bias = node.in[2] === undefined ? undefined : parameter(graph, node.in[2], false);
      this.parameters.set(i, { weights: parameter(graph, node.in[1]!, true), ...(bias && { bias }) });
    }
  }

  /** With the weights as they would be stored now. */
  current(): Graph {
    const changes = new Map<TensorId, Tensor>();
    const set = (id: TensorId, data: Float32Array) => changes.set(id, { ...this.graph.tensors[id]!, data });
    for (const [i, { weights, bias }] of this.parameters) {
      set(weights.id, this.storage?.weights(this.graph.nodes[i]!, weights.values) ?? weights.values.slice());
      if (bias) set(bias.id, bias.values.slice());
    }
    return withTensors(this.graph, changes);
  }

  /** One step down, by some samples. */
  step(rows: readonly number[], steps: number): number {
    const { graph, calibration, ends, storage } = this;
    const inputs = calibration.inputs.map((x, i) => {
      const some = pickRows(x, rows, x.length / calibration.count);
      storage?.activation(graph.inputs[i]!, some);
      return some;
    });
    const ids = ends.map((e) => e.id);
    const tape = new Tape(this.linear, this.current(), inputs, rows.length, ids, storage);
    let sum = 0;
    const seeds = ends.map((end) => {
      const { loss, gradient } = objective(end, tape.at(end.id), pickRows(end.wanted, rows, end.size));
      sum += loss;
      return [end.id, gradient] as const;
    });
    this.update(tape.backward(new Map(seeds)), steps);
    return sum;
  }

  private update(gradients: ReadonlyMap<number, ParameterGradient>, steps: number): void {
    this.time++;
    const factor = Math.min(1, this.time / warmUp) * 0.5 * (1 + Math.cos((Math.PI * (this.time - 1)) / steps));
    for (const [i, { weights, bias }] of this.parameters) {
      const g = gradients.get(i);
      if (!g) continue;
      step(weights, g.weights, this.time, factor);
      if (bias) step(bias, g.bias, this.time, factor);
    }
  }
}

/**
 * Trains the weights that stay, all layers together, to give the outputs of the dense graph: distillation without labels,
 * on the calibration data, with the rounding of storage in the forward run. Zeros stay zeros.
 * @param dense the graph before pruning
 * @param pruned the same graph with other weights
 * @returns pruned, with other weights; as it is where an op has no gradient
 */
export function polish(linear: Linear, dense: Graph, pruned: Graph, calibration: Calibration, o: PolishOptions): Graph {
  const { storage, epochs, seed = 1, progress = silent } = o;
  const ids = judged(dense);
  if (!ancestors(pruned, ids).every((i) => hasGradient(pruned, pruned.nodes[i]!))) return pruned;
  const ends: End[] = [];
  const note = (id: TensorId, data: BatchData) => {
    const size = elements(dense.tensors[id]!.shape);
    if (ids.includes(id)) ends.push({ id, wanted: data.slice(), ...aimOf(dense, id, data, size) });
  };
  executeBatch(linear, dense, calibration.inputs, calibration.count, note, storage && withoutRounding(linear, storage));
  const trainer = new Trainer(linear, pruned, calibration, ends, storage);
  const next = random(seed);
  const each = Math.floor(calibration.count / batchSize);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = shuffled(calibration.count, next);
    for (let i = 0; i < each; i++) {
      const loss = trainer.step(order.slice(i * batchSize, (i + 1) * batchSize), epochs * each);
      progress.share((epoch * each + i + 1) / (epochs * each), `training, loss ${loss.toFixed(3)}`);
    }
  }
  return trainer.current();
}
