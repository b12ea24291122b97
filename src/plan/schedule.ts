import { type Graph, results, type TensorId, tensorBytes } from '../ir/graph.js';
import type { Block, Overlap } from './arena.js';
import type { Choice } from './select.js';
import { type StreamShape, streamOverlap } from './stream.js';

/** A step before placement: one kernel, two kernels by rows, or a move of a tensor. */
export type Task =
  | { readonly kind: 'call'; readonly choice: Choice }
  | { readonly kind: 'stream'; readonly producer: Choice; readonly consumer: Choice; readonly shape: StreamShape }
  | { readonly kind: 'move'; readonly tensor: TensorId };

/** The blocks of a schedule and where to find each. */
export interface Layout {
  readonly blocks: readonly Block[];
  readonly overlaps: readonly Overlap[];
  /** block of a tensor as seen by step s (a moved tensor has several, in order of time) */
  blockOf(tensor: TensorId, step: number): number;
  /** block of the scratch or window of step s, by role */
  readonly work: ReadonlyMap<string, number>;
}

/** Reshapes share the bytes of their input: the tensor whose block stands for each tensor. */
export function aliases(graph: Graph): (id: TensorId) => TensorId {
  const source = new Map<TensorId, TensorId>();
  for (const node of graph.nodes) if (node.op === 'reshape') source.set(node.out[0]!, node.in[0]!);
  const root = (id: TensorId): TensorId => (source.has(id) ? root(source.get(id)!) : id);
  return root;
}

/** Tensors that a task reads from the arena, and the one it writes. */
export function taskTensors(task: Task): { reads: readonly TensorId[]; writes: TensorId } {
  if (task.kind === 'call') return task.choice;
  if (task.kind === 'move') return { reads: [task.tensor], writes: task.tensor };
  const { producer, consumer } = task;
  return {
    reads: [...producer.reads, ...consumer.reads.filter((id) => id !== producer.writes)],
    writes: consumer.writes,
  };
}

/** Tensors, reshaped ones by what they are made of, whose bytes are not in the arena. */
export type Elsewhere = { has(id: TensorId): boolean };

class Builder {
  readonly blocks: { name: string; bytes: number; first: number; last: number }[] = [];
  readonly overlaps: Overlap[] = [];
  readonly work = new Map<string, number>();
  /** tensors go by the name of the node that writes them: shorter than their own */
  private readonly names: ReadonlyMap<TensorId, string>;
  /** per root tensor: its blocks with the step from which each holds */
  readonly homes = new Map<TensorId, { since: number; block: number }[]>();
  constructor(
    readonly graph: Graph,
    readonly root: (id: TensorId) => TensorId,
    /** tensors that lie elsewhere */
    readonly elsewhere: Elsewhere,
  ) {
    this.names = new Map(graph.nodes.flatMap((node) => node.out.map((id) => [id, node.name])));
  }

  define(tensor: TensorId, step: number): number {
    const id = this.root(tensor);
    const t = this.graph.tensors[id]!;
    const name = this.names.get(id) ?? t.name;
    const block = this.blocks.push({ name, bytes: tensorBytes(t), first: step, last: step }) - 1;
    this.homes.set(id, [...(this.homes.get(id) ?? []), { since: step, block }]);
    return block;
  }

  use(tensor: TensorId, step: number): void {
    const block = this.find(tensor, step);
    if (block !== undefined) this.blocks[block]!.last = Math.max(this.blocks[block]!.last, step);
  }

  /** The block that holds the tensor when step `step` reads it. */
  find(tensor: TensorId, step: number): number | undefined {
    return this.homes.get(this.root(tensor))?.findLast((h) => h.since < step)?.block;
  }

  scratch(role: string, bytes: number, step: number): void {
    if (bytes) this.work.set(`${step}:${role}`, this.blocks.push({ name: role, bytes, first: step, last: step }) - 1);
  }

  task(task: Task, step: number): void {
    const { reads, writes } = taskTensors(task);
    for (const id of reads) this.use(id, step);
    const inputs = reads.map((id) => this.find(id, step));
    const output = this.elsewhere.has(this.root(writes)) ? undefined : this.define(writes, step);
    if (output === undefined) this.working(task, step);
    else this.arena(task, inputs, output, step);
  }

  private arena(task: Task, inputs: readonly (number | undefined)[], output: number, step: number): void {
    if (task.kind === 'move') this.overlaps.push({ output, input: inputs[0]!, distance: 0, free: true });
    else this.allow(task, inputs, output);
    this.working(task, step);
  }

  /** Scratch memory and window of a step. */
  private working(task: Task, step: number): void {
    const parts = task.kind === 'call' ? [task.choice] : task.kind === 'stream' ? [task.producer, task.consumer] : [];
    parts.forEach((c, i) => {
      this.scratch(`scratch${i}`, c.kernel.scratch?.(c.site) ?? 0, step);
    });
    if (task.kind === 'stream') this.scratch('window', task.shape.windowRows * task.shape.rowBytes, step);
  }

  /** An input read twice must allow the overlap in both roles; a constant input has no block. */
  private allow(task: Exclude<Task, { kind: 'move' }>, inputs: readonly (number | undefined)[], output: number): void {
    const distances = new Map<number, number | null>();
    inputs.forEach((block, index) => {
      if (block === undefined) return;
      const d = task.kind === 'call' ? distance(task.choice, index) : index === 0 ? streamOverlap(task) : null;
      const before = distances.get(block);
      distances.set(block, d === null || before === null ? null : Math.max(d, before ?? 0));
    });
    for (const [input, d] of distances) if (d !== null) this.overlaps.push({ output, input, distance: d });
  }
}

const distance = (choice: Choice, index: number): number | null => choice.kernel.overlap?.(choice.site, index) ?? null;

/** Lifetimes of all tensors and working memory under a schedule. Outputs live to the end, inputs from the start. */
export function layoutOf(graph: Graph, tasks: readonly Task[], elsewhere: Elsewhere = new Set()): Layout {
  const builder = new Builder(graph, aliases(graph), elsewhere);
  for (const id of graph.inputs) builder.define(id, -1);
  tasks.forEach((task, step) => {
    builder.task(task, step);
  });
  for (const id of results(graph)) builder.use(id, tasks.length);
  const { blocks, overlaps, work } = builder;
  return { blocks, overlaps, work, blockOf: (tensor, step) => builder.find(tensor, step)! };
}
