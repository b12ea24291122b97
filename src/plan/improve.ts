import { type Graph, type Node, tensorBytes } from '../ir/graph.js';
import type { Kernel, Target } from '../kernels/kernel.js';
import { type Placement, planArena } from './arena.js';
import { layoutOf, type Task, taskTensors } from './schedule.js';
import type { Choice } from './select.js';
import { streamShape } from './stream.js';

/** A schedule with its placement. */
export interface Placed {
  readonly tasks: readonly Task[];
  readonly placement: Placement;
}

/** Places all blocks of a schedule. */
export function placeTasks(graph: Graph, tasks: readonly Task[], align: number, effort?: number): Placed {
  const { blocks, overlaps } = layoutOf(graph, tasks);
  return { tasks, placement: planArena(blocks, overlaps, align, effort) };
}

/** The schedule with tasks i and i + 1 interleaved by rows, where they can be. */
function streamed(graph: Graph, tasks: readonly Task[], i: number): Task[] | undefined {
  const [a, b] = [tasks[i], tasks[i + 1]];
  if (a?.kind !== 'call' || b?.kind !== 'call') return undefined;
  const shape = streamShape(graph, a.choice, b.choice);
  if (!shape) return undefined;
  return [
    ...tasks.slice(0, i),
    { kind: 'stream', producer: a.choice, consumer: b.choice, shape },
    ...tasks.slice(i + 2),
  ];
}

/** Streams pairs one after another as long as the arena shrinks. */
function addStreams(graph: Graph, start: Placed, align: number): Placed {
  let best = start;
  for (let improved = true; improved; ) {
    improved = false;
    for (let i = 0; i + 1 < best.tasks.length; i++) {
      const tasks = streamed(graph, best.tasks, i);
      const tried = tasks && placeTasks(graph, tasks, align, 200);
      if (!tried || tried.placement.bytes >= best.placement.bytes) continue;
      best = tried;
      improved = true;
    }
  }
  return best;
}

/** The schedule with the output of each of the given tasks moved right after it is written. */
const withMoves = (tasks: readonly Task[], after: ReadonlySet<number>): Task[] =>
  tasks.flatMap((task, i): Task[] =>
    after.has(i) ? [task, { kind: 'move', tensor: taskTensors(task).writes }] : [task],
  );

/**
 * Chains of steps that each write a little below their input sink through the arena; moving a tensor back up costs a
 * memmove and saves the sum of the distances. Moves are tried everywhere, then dropped where they gain nothing.
 */
function addMoves(graph: Graph, start: Placed, align: number): Placed {
  const after = new Set(start.tasks.slice(0, -1).keys());
  let best = placeTasks(graph, withMoves(start.tasks, after), align, 400);
  for (const i of [...after]) {
    const fewer = new Set(after);
    fewer.delete(i);
    const tried = placeTasks(graph, withMoves(start.tasks, fewer), align, 200);
    if (tried.placement.bytes > best.placement.bytes) continue;
    best = tried;
    after.delete(i);
  }
  return best.placement.bytes < start.placement.bytes ? best : start;
}

/** The schedule without one of its streams: both calls whole again. */
function unstreamed(tasks: readonly Task[], i: number): Task[] {
  const task = tasks[i]!;
  if (task.kind !== 'stream') return [...tasks];
  const calls = [task.producer, task.consumer].map((choice): Task => ({ kind: 'call', choice }));
  return [...tasks.slice(0, i), ...calls, ...tasks.slice(i + 1)];
}

/** Streams that the greedy search added early may no longer be needed: code and time that nothing is gained by. */
function dropStreams(graph: Graph, start: Placed, align: number): Placed {
  let best = start;
  for (let i = start.tasks.length - 1; i >= 0; i--) {
    if (best.tasks[i]?.kind !== 'stream') continue;
    const tried = placeTasks(graph, unstreamed(best.tasks, i), align, 200);
    if (tried.placement.bytes <= best.placement.bytes) best = tried;
  }
  return best;
}

/** The choice with another of its kernels. */
function withKernel(choice: Choice, kernel: Kernel): Choice {
  const others = [choice.kernel, ...choice.others].filter((k) => k !== kernel);
  return { ...choice, kernel, others };
}

/** Arena bytes that a kernel takes for itself: scratch, and how far its output must stay from its input. */
function appetite({ site }: Choice, kernel: Kernel): number {
  return (kernel.scratch?.(site) ?? 0) + (kernel.overlap?.(site, 0) ?? tensorBytes(site.output));
}

/** The kernel that takes the least of the arena; among equals the cheapest. */
function leanest(choice: Choice): Choice {
  const all = [choice.kernel, ...choice.others];
  const least = Math.min(...all.map((k) => appetite(choice, k)));
  return withKernel(choice, all.find((k) => appetite(choice, k) === least)!);
}

/** A schedule with the kernel of one node replaced. */
function replaceKernel(tasks: readonly Task[], node: Node, kernel: Kernel): Task[] {
  const swap = (c: Choice): Choice => (c.site.node === node ? withKernel(c, kernel) : c);
  return tasks.map((task) => {
    if (task.kind === 'call') return { ...task, choice: swap(task.choice) };
    return task.kind === 'stream' ? { ...task, producer: swap(task.producer), consumer: swap(task.consumer) } : task;
  });
}

/** Streams need kernels that compute ranges of rows. */
const streamsStill = (task: Task): boolean =>
  task.kind !== 'stream' || (task.producer.kernel.rows === true && task.consumer.kernel.rows === true);

/** Estimated instructions of a schedule. */
function instructions(tasks: readonly Task[], target: Target): number {
  const cost = (c: Choice) => c.kernel.cost(c.site, target).instructions;
  return tasks
    .flatMap((t) => (t.kind === 'call' ? [t.choice] : t.kind === 'stream' ? [t.producer, t.consumer] : []))
    .reduce((n, c) => n + cost(c), 0);
}

/** RAM first, but not at any price: one percent of the arena may cost a third of the time. */
const price = ({ tasks, placement }: Placed, target: Target): number =>
  Math.log(Math.max(1, placement.bytes)) + 0.03 * Math.log(Math.max(1, instructions(tasks, target)));

/** Tries every kernel that fits, node by node, and keeps what pays. */
function settleKernels(graph: Graph, start: Placed, choices: readonly Choice[], target: Target): Placed {
  let best = start;
  for (const { site, kernel, others } of choices)
    for (const k of others.length ? [kernel, ...others] : []) {
      const tasks = replaceKernel(best.tasks, site.node, k);
      if (!tasks.every(streamsStill)) continue;
      const tried = placeTasks(graph, tasks, target.align, 300);
      if (price(tried, target) < price(best, target)) best = tried;
    }
  return best;
}

/** Both ways to save RAM, one after another and alone; the smaller arena wins, then the shorter schedule. */
function smallest(graph: Graph, choices: readonly Choice[], align: number): Placed {
  const tasks = choices.map((choice): Task => ({ kind: 'call', choice }));
  const start = placeTasks(graph, tasks, align);
  const variants = [start, addStreams(graph, start, align)].flatMap((s) => [s, addMoves(graph, s, align)]);
  const smaller = (a: Placed, b: Placed) => a.placement.bytes - b.placement.bytes || a.tasks.length - b.tasks.length;
  const best = dropStreams(graph, variants.sort(smaller)[0]!, align);
  return [best, placeTasks(graph, best.tasks, align)].sort(smaller)[0]!;
}

/**
 * Trades instructions for RAM: rows streamed between layers, tensors moved where a chain of overlaps drifts, kernels with
 * less scratch memory where that saves more than it costs.
 */
export function shrink(graph: Graph, fastest: readonly Choice[], target: Target): Placed {
  const starts = [fastest, fastest.map(leanest)].map((choices) => smallest(graph, choices, target.align));
  const settled = starts.map((start) => settleKernels(graph, start, fastest, target));
  return settled.sort((a, b) => price(a, target) - price(b, target))[0]!;
}
