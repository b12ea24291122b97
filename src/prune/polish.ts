import { elements, type Graph, type TensorId } from '../ir/graph.js';
import { type BatchData, executeBatch, type Storage, withoutRounding } from '../ops/float/batch.js';
import type { Calibration } from '../ops/float/calibration.js';
import { ancestors, hasGradient, type ParameterGradients, Tape } from '../ops/float/gradient.js';
import { type Aim, aimOf, judged, objective } from '../ops/float/objective.js';
import { adam, cosine, freshMemory, type Memory } from '../ops/float/optimiser.js';
import { maskOf, type Parameter, parametersOf, withParameters } from '../ops/float/parameters.js';
import { pickRows } from '../ops/float/rows.js';
import type { Linear } from '../support/linear.js';
import { type Progress, silent } from '../support/progress.js';
import { random, shuffled } from '../support/rng.js';

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

/** What one judged tensor should hold. */
interface End extends Aim {
  readonly id: TensorId;
  readonly wanted: BatchData;
}

/** Trains one graph towards another. */
class Trainer {
  private readonly parameters: readonly (Parameter & { readonly memory: Memory })[];
  private time = 0;

  constructor(
    private readonly linear: Linear,
    private readonly graph: Graph,
    private readonly calibration: Calibration,
    private readonly ends: readonly End[],
    private readonly storage: Storage | undefined,
  ) {
    const ids = ends.map((e) => e.id);
    this.parameters = parametersOf(graph, ids).map((p) => ({
      ...{ ...p, memory: freshMemory(p) },
      ...(p.kind === 'weights' && { mask: maskOf(p.values) }),
    }));
  }

  /** With the weights as they would be stored now. */
  current(): Graph {
    return withParameters(this.graph, this.parameters, (p, node) =>
      p.kind === 'weights' && this.storage ? this.storage.weights(node, p.values, p.id) : p.values.slice(),
    );
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
    tape.dispose();
    return sum;
  }

  private update(gradients: ParameterGradients, steps: number): void {
    this.time++;
    const about = { time: this.time, rate: rate * cosine(this.time, steps, warmUp) };
    for (const p of this.parameters) {
      const g = gradients.get(p.id);
      if (g) adam(p, p.memory, g, about);
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
