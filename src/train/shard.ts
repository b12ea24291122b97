/** Part of a batch: forwards, loss, backwards. What a thread does. */
import type { Graph } from '../ir/graph.js';
import { type BatchData, confine, type Grids, onGrids } from '../ops/float/batch.js';
import { Tape } from '../ops/float/gradient.js';
import { type Parameter, parametersOf, withParameters } from '../ops/float/parameters.js';
import type { Linear } from '../support/linear.js';
import { type Judgement, judge, type LossSpec } from './loss.js';

/** What does not change while a network is trained; plain data, so that it can be sent to a thread. */
export interface Course {
  /** the graph that is trained; its own weights are not used */
  readonly student: Graph;
  /** the dense one, where it has a say */
  readonly teacher?: Graph;
  /** what activations can hold once they are stored as int8 */
  readonly grids?: Grids;
  readonly loss: LossSpec;
}

export interface Job {
  /** samples */
  readonly count: number;
  /** activations are rounded as they will be stored */
  readonly isRounded: boolean;
  /** gradients too */
  readonly isLearning: boolean;
}

/** Arrays that a job reads and writes. */
export interface Buffers {
  /** samples that fit in */
  readonly most: number;
  /** values of all parameters, one after the other */
  readonly weights: Float32Array;
  /** per graph input, [most samples, ...shape] */
  readonly inputs: readonly Float32Array[];
  /** [most samples, label size]; absent: no labels */
  readonly labels?: Float32Array;
  /** of the mean loss by all parameters */
  readonly gradient: Float32Array;
}

/** Mean over the samples of a job. */
export interface Outcome {
  readonly loss: number;
  /** samples that are classed right */
  readonly right: number;
}

/** Runs jobs, each on its own buffers: here, or on threads. */
export interface Runner {
  run(jobs: readonly Job[]): Promise<Outcome[]>;
  close(): Promise<void>;
}

export const endIds = ({ loss }: Pick<Course, 'loss'>) => loss.ends.map((e) => e.id);

/** The parameters of a course, in the order in which flat arrays hold them. */
export const courseParameters = (course: Pick<Course, 'student' | 'loss'>): Parameter[] =>
  parametersOf(course.student, endIds(course));

export class Shard {
  private readonly parameters: readonly (Parameter & { readonly at: number })[];

  constructor(
    private readonly linear: Linear,
    private readonly course: Course,
  ) {
    let at = 0;
    this.parameters = courseParameters(course).map((p) => {
      const placed = { ...p, at };
      at += p.values.length;
      return placed;
    });
  }

  /** Runs a job; the gradient goes to its buffer. */
  run({ count, isRounded, isLearning }: Job, b: Buffers): Outcome {
    const { linear, course } = this;
    const storage = isRounded && course.grids ? onGrids(linear, course.grids) : undefined;
    const inputs = b.inputs.map((x, i) => {
      const some = x.slice(0, (count * x.length) / b.most);
      storage?.activation(course.student.inputs[i]!, some);
      return some;
    });
    const taught = this.taught(b, count);
    const graph = this.current(b.weights);
    const tape = new Tape(linear, graph, inputs, count, endIds(course), storage);
    let [loss, right] = [0, 0];
    // Hints help to learn; what a result is worth shows in its outputs.
    const ends = course.loss.ends.filter((e) => isLearning || e.kind !== 'hint');
    const seeds = ends.map((end) => {
      const labels = b.labels?.subarray(0, (count * b.labels.length) / b.most);
      const j: Judgement = judge(end, course.loss, tape.at(end.id), labels, taught?.at(end.taught));
      if (end.kind !== 'hint') loss += j.loss;
      right += j.right;
      return [end.id, j.gradient] as const;
    });
    if (isLearning) this.note(tape, new Map(seeds), b.gradient);
    tape.dispose();
    taught?.dispose();
    return { loss, right };
  }

  /** What the dense model says: not rounded, but within what can be stored. */
  private taught(b: Buffers, count: number): Tape | undefined {
    const { teacher, grids, loss } = this.course;
    if (!teacher) return undefined;
    const inputs = b.inputs.map((x) => x.slice(0, (count * x.length) / b.most));
    const ids = loss.ends.map((e) => e.taught);
    const tape = new Tape(this.linear, teacher, inputs, count, ids);
    for (const { id, taught } of loss.ends)
      if (grids?.[id]) confine(this.linear, tape.at(taught), onGrids(this.linear, grids).range(id));
    return tape;
  }

  private current(flat: Float32Array): Graph {
    const at = new Map(this.parameters.map((p) => [p.id, p.at]));
    return withParameters(this.course.student, this.parameters, (p) =>
      flat.subarray(at.get(p.id)!, at.get(p.id)! + p.values.length),
    );
  }

  private note(tape: Tape, seeds: Map<number, BatchData>, out: Float32Array): void {
    const found = tape.backward(seeds);
    for (const p of this.parameters) {
      const g = found.get(p.id);
      if (g) out.set(g, p.at);
      else out.fill(0, p.at, p.at + p.values.length);
    }
  }
}
