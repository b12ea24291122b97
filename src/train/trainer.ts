import type { Dataset } from '../data/dataset.js';
import type { Graph } from '../ir/graph.js';
import { cosine, freshMemory, type Memory, optimisers } from '../ops/float/optimiser.js';
import { maskOf, type Parameter, withParameters } from '../ops/float/parameters.js';
import { Problem } from '../support/problem.js';
import { silent } from '../support/progress.js';
import { integer, random, shuffled } from '../support/rng.js';
import { augmenter, type Change, mixed, type Sample, unlabelled } from './augment.js';
import type { Checkpoint } from './checkpoint.js';
import type { Engine } from './engine.js';
import type { EpochRecord, Trained } from './history.js';
import { type Masking, maskingOf } from './masks.js';
import type { TrainOptions } from './options.js';
import { type Course, courseParameters } from './shard.js';

type Trainable = Parameter & { readonly memory: Memory; readonly at: number };

/** What the trained network is judged by. */
export interface Parts {
  readonly train: Dataset;
  readonly judge?: Dataset;
}

/** Sums of an epoch. */
interface Tally {
  loss: number;
  right: number;
  count: number;
  /** those of a known class */
  labelled: number;
}

/** A number that tells epochs and seeds apart. */
const seedOf = (seed: number, epoch: number): number =>
  (Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(epoch, 0x85ebca6b)) >>> 0;

/** One network in training. */
export class Trainer {
  /** epochs that are done */
  epoch = 0;
  /** number of the epoch that did best, from 1; 0 = none yet */
  best = 0;
  private time = 0;
  private history: EpochRecord[] = [];
  private readonly parameters: readonly Trainable[];
  private readonly length: number;
  private readonly masking: Masking;
  private readonly change: Change | undefined;
  private readonly shapes: readonly (readonly number[])[];
  private bestValues: Float32Array;
  private readonly flat: Float32Array;

  constructor(
    private readonly engine: Engine,
    private readonly course: Course,
    private readonly parts: Parts,
    private readonly o: TrainOptions,
  ) {
    let at = 0;
    this.parameters = courseParameters(course).map((p) => {
      const own = { ...p, memory: freshMemory(p), at, ...(p.kind === 'weights' && { mask: maskOf(p.values) }) };
      at += p.values.length;
      return own;
    });
    this.length = at;
    this.flat = new Float32Array(at);
    this.bestValues = new Float32Array(at);
    this.masking = maskingOf(course.student, this.parameters, o.masks ?? { kind: 'frozen' });
    this.change = augmenter(o.augment ?? {});
    this.shapes = course.student.inputs.map((id) => course.student.tensors[id]!.shape);
  }

  private get steps(): number {
    return Math.floor(this.parts.train.count / this.engine.batch);
  }

  /** Are weights and activations rounded in this epoch? */
  private isRounded(epoch: number): boolean {
    const { roundedEpochs = Math.ceil(this.o.epochs / 2), epochs, storage } = this.o;
    return storage !== undefined && epoch >= epochs - roundedEpochs;
  }

  /** All values one after the other, as the forward run sees them. */
  private shown(isRounded: boolean): Float32Array {
    for (const p of this.parameters) this.flat.set(this.stored(p, isRounded), p.at);
    return this.flat;
  }

  private stored(p: Parameter, isRounded: boolean): Float32Array {
    const values = p.kind === 'weights' ? this.masking.shown(p) : p.values;
    const node = this.course.student.nodes[p.nodes[0]!]!;
    return isRounded && p.kind === 'weights' && this.o.storage ? this.o.storage.weights(node, values, p.id) : values;
  }

  /** One epoch: steps over all samples in a new order, then a look at those kept apart. */
  async run(): Promise<void> {
    const { train } = this.parts;
    const next = random(seedOf(this.o.seed ?? 1, this.epoch));
    const order = shuffled(train.count, next);
    const tally: Tally = { loss: 0, right: 0, count: 0, labelled: 0 };
    for (let s = 0; s < this.steps; s++) {
      const rows = order.slice(s * this.engine.batch, (s + 1) * this.engine.batch);
      await this.step(
        rows.map((i) => this.changed(train, i, next)),
        tally,
      );
      this.tell(s + 1, tally);
    }
    this.epoch++;
    this.history.push(await this.record(tally));
    this.keep();
  }

  /** A sample to learn from, changed as the options say. */
  private changed(set: Dataset, index: number, next: () => number): Sample {
    const one = this.sample(set, index, next);
    const { mix = 0 } = this.o.augment ?? {};
    if (!mix || next() >= mix) return one;
    return mixed(one, this.sample(set, integer(next, 0, set.count - 1), next), next());
  }

  private sample(set: Dataset, index: number, next?: () => number): Sample {
    const inputs = set.inputs(index);
    const label = set.label?.(index);
    return {
      inputs: next && this.change ? this.change(inputs, this.shapes, next) : inputs,
      ...(label !== undefined && { label }),
    };
  }

  private async step(samples: readonly Sample[], tally: Tally): Promise<void> {
    const { o, steps, masking } = this;
    const total = steps * o.epochs;
    this.time++;
    masking.before(this.time, total);
    const isRounded = this.isRounded(this.epoch);
    const { loss, right, gradient } = await this.engine.run(samples, this.shown(isRounded), {
      isRounded,
      isLearning: true,
    });
    if (!Number.isFinite(loss)) throw this.diverged();
    const rate = (o.rate ?? 0.008) * cosine(this.time, total, o.warmUp ?? 20);
    const optimise = optimisers[o.optimiser ?? 'adam'];
    const about = { time: this.time, rate, decay: o.decay ?? 0 };
    for (const p of this.parameters) optimise(p, p.memory, gradient.subarray(p.at, p.at + p.values.length), about);
    masking.after(rate);
    tally.loss += loss * samples.length;
    tally.right += right;
    tally.count += samples.length;
    tally.labelled += samples.filter((s) => s.label !== unlabelled).length;
  }

  private diverged(): Problem {
    return new Problem(
      'loss-not-finite',
      `the loss is not a finite number any more in step ${this.time} (epoch ${this.epoch + 1})`,
      'fine-tuning',
      `take a lower rate than ${this.o.rate ?? 0.008}, or look at the data for values far out of range`,
    );
  }

  private tell(step: number, { loss, right, count, labelled }: Tally): void {
    const { epochs, data, progress = silent } = this.o;
    const accuracy = data.label ? `, accuracy ${((100 * right) / Math.max(1, labelled)).toFixed(1)} %` : '';
    const detail = `epoch ${this.epoch + 1}/${epochs}, loss ${(loss / count).toFixed(3)}${accuracy}`;
    progress.share((this.epoch * this.steps + step) / (epochs * this.steps), detail);
  }

  /** Loss and accuracy on samples that were kept apart, as the result will be stored. */
  private async judged(set: Dataset): Promise<Tally> {
    const tally: Tally = { loss: 0, right: 0, count: set.count, labelled: set.count };
    const isRounded = this.o.storage !== undefined;
    const weights = this.shown(isRounded);
    for (let from = 0; from < set.count; from += this.engine.batch) {
      const count = Math.min(this.engine.batch, set.count - from);
      const samples = Array.from({ length: count }, (_, i) => this.sample(set, from + i));
      const { loss, right } = await this.engine.run(samples, weights, { isRounded, isLearning: false });
      tally.loss += loss * count;
      tally.right += right;
    }
    return tally;
  }

  private async record(tally: Tally): Promise<EpochRecord> {
    const { judge } = this.parts;
    const figures = ({ loss, right, count, labelled }: Tally) => ({
      loss: loss / count,
      accuracy: this.isClassed && labelled ? (100 * right) / labelled : null,
    });
    const validation = judge?.count ? figures(await this.judged(judge)) : null;
    return { epoch: this.epoch, ...figures(tally), validation };
  }

  private get isClassed(): boolean {
    return this.course.loss.ends.some((e) => e.kind === 'classes' || e.kind === 'binary');
  }

  /** Keeps the values of an epoch that did better than all before; the last one where nothing tells. */
  private keep(): void {
    if (!this.masking.isFinal(this.time, this.steps * this.o.epochs)) return;
    const score = (n: number): number => this.history[n - 1]?.validation?.loss ?? -n;
    if (this.best && score(this.epoch) >= score(this.best)) return;
    this.best = this.epoch;
    for (const p of this.parameters) this.bestValues.set(p.kind === 'weights' ? this.masking.shown(p) : p.values, p.at);
  }

  /** The best epoch. */
  result(): Trained {
    const { storage } = this.o;
    const graph: Graph = withParameters(this.course.student, this.parameters, (p, node) => {
      const { at } = p as Trainable;
      const values = this.bestValues.slice(at, at + p.values.length);
      return p.kind === 'weights' && storage ? storage.weights(node, values, p.id) : values;
    });
    return { graph, history: this.history, best: this.best };
  }

  snapshot(key: string): Checkpoint {
    const { epoch, time, history, best, bestValues } = this;
    const joined = (pick: (p: Trainable) => Float32Array) => {
      const out = new Float32Array(this.length);
      for (const p of this.parameters) out.set(pick(p), p.at);
      return out;
    };
    const masks = new Uint8Array(this.length).fill(1);
    for (const p of this.parameters) if (p.mask) masks.set(p.mask, p.at);
    return {
      ...{ key, epoch, time, history, best, bestValues, masks },
      values: joined((p) => p.values),
      first: joined((p) => p.memory.first),
      second: joined((p) => p.memory.second),
    };
  }

  /** Goes back to a snapshot. */
  restore(c: Checkpoint): void {
    this.epoch = c.epoch;
    this.time = c.time;
    this.history = [...c.history];
    this.best = c.best;
    this.bestValues = c.bestValues;
    for (const p of this.parameters) {
      const own = <T extends Float32Array | Uint8Array>(all: T) => all.subarray(p.at, p.at + p.values.length);
      p.values.set(own(c.values));
      p.memory.first.set(own(c.first));
      p.memory.second.set(own(c.second));
      p.mask?.set(own(c.masks));
    }
  }
}
