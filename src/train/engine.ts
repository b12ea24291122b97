/** Runs a batch in parts, on one thread or several. The parts and the order of sums are always the same, and so are the bits. */
import { elements } from '../ir/graph.js';
import { Linear } from '../support/linear.js';
import type { Sample } from './augment.js';
import { type Buffers, type Course, courseParameters, type Job, type Outcome, type Runner, Shard } from './shard.js';
import { Threads } from './threads.js';

/** Parts of a batch: a batch takes at most so many threads. */
export const shardCount = 4;

export interface Learnt extends Outcome {
  /** of the mean loss, by all parameters one after the other; the engine's own array, valid until the next batch */
  readonly gradient: Float32Array;
}

const lengthOf = (course: Course): number => courseParameters(course).reduce((n, p) => n + p.values.length, 0);

class Here implements Runner {
  private readonly shard: Shard;
  constructor(
    linear: Linear,
    course: Course,
    private readonly buffers: readonly Buffers[],
  ) {
    this.shard = new Shard(linear, course);
  }
  run = async (jobs: readonly Job[]) => jobs.map((job, i) => this.shard.run(job, this.buffers[i]!));
  close = async () => undefined;
}

const floats = (length: number, isShared: boolean): Float32Array =>
  isShared ? new Float32Array(new SharedArrayBuffer(4 * length)) : new Float32Array(length);

export class Engine {
  private readonly sum: Float32Array;
  private constructor(
    /** samples of a batch at most */
    readonly batch: number,
    private readonly weights: Float32Array,
    private readonly buffers: readonly Buffers[],
    private readonly runner: Runner,
  ) {
    this.sum = new Float32Array(weights.length);
  }

  /**
   * @param batch samples of a batch at most
   * @param labelSize numbers of a label, 0 without labels
   * @param threads 1 = all on this one
   */
  static async start(course: Course, batch: number, labelSize: number, threads: number): Promise<Engine> {
    const { student } = course;
    const most = Math.ceil(batch / shardCount);
    const isShared = threads > 1;
    const weights = floats(lengthOf(course), isShared);
    const buffers = Array.from({ length: shardCount }, () => ({
      ...{ most, weights, gradient: floats(weights.length, isShared) },
      inputs: student.inputs.map((id) => floats(most * elements(student.tensors[id]!.shape), isShared)),
      ...(labelSize && { labels: floats(most * labelSize, isShared) }),
    }));
    const runner = isShared
      ? await Threads.start(course, buffers, Math.min(threads, shardCount))
      : new Here(await Linear.load(), course, buffers);
    return new Engine(batch, weights, buffers, runner);
  }

  /** Spreads samples over the parts as evenly as possible; returns how many each got. */
  private fill(samples: readonly Sample[]): number[] {
    let next = 0;
    return this.buffers.map((b, s) => {
      const count = Math.ceil((samples.length - next) / (shardCount - s));
      for (let i = 0; i < count; i++, next++) {
        const { inputs, label } = samples[next]!;
        inputs.forEach((x, k) => {
          b.inputs[k]!.set(x, i * x.length);
        });
        if (typeof label === 'number') b.labels![i] = label;
        else if (label) b.labels!.set(label, i * label.length);
      }
      return count;
    });
  }

  /**
   * Mean loss over a batch, and its gradient where that is asked for.
   * @param weights of all parameters, one after the other
   */
  async run(samples: readonly Sample[], weights: Float32Array, about: Omit<Job, 'count'>): Promise<Learnt> {
    this.weights.set(weights);
    const counts = this.fill(samples).filter((count) => count > 0);
    const found = await this.runner.run(counts.map((count) => ({ ...about, count })));
    const shares = counts.map((count) => count / samples.length);
    const loss = found.reduce((sum, o, i) => sum + shares[i]! * o.loss, 0);
    const right = found.reduce((sum, o) => sum + o.right, 0);
    if (about.isLearning) this.addUp(shares);
    return { loss, right, gradient: this.sum };
  }

  private addUp(shares: readonly number[]): void {
    const { sum } = this;
    const parts = this.buffers.map((b) => b.gradient);
    for (let i = 0; i < sum.length; i++) {
      let s = 0;
      for (let k = 0; k < shares.length; k++) s += shares[k]! * parts[k]![i]!;
      sum[i] = s;
    }
  }

  close = (): Promise<void> => this.runner.close();
}
