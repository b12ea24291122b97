import { type Graph, type Node, tensorBytes } from '../ir/graph.js';
import type { Kernel, Target } from '../kernels/kernel.js';
import { type Placement, planArena } from './arena.js';
import { type Elsewhere, layoutOf, type Task, taskTensors } from './schedule.js';
import type { Choice } from './select.js';
import { streamShape } from './stream.js';

/** A schedule with its placement. */
export interface Placed {
  readonly tasks: readonly Task[];
  readonly placement: Placement;
}

/** What is being shrunk, and how far. */
interface Room {
  readonly graph: Graph;
  readonly align: number;
  /** bytes of arena below which nothing is gained */
  readonly enough: number;
}

const bytesIn = ({ placement }: Placed, { enough }: Room): number => Math.max(placement.bytes, enough);

/** Places all blocks of a schedule. */
export function placeTasks(
  graph: Graph,
  tasks: readonly Task[],
  align: number,
  effort?: number,
  elsewhere?: Elsewhere,
): Placed {
  const { blocks, overlaps } = layoutOf(graph, tasks, elsewhere);
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
function addStreams(room: Room, start: Placed): Placed {
  const { graph, align } = room;
  let best = start;
  for (let improved = true; improved; ) {
    improved = false;
    for (let i = 0; i + 1 < best.tasks.length; i++) {
      const tasks = streamed(graph, best.tasks, i);
      const tried = tasks && placeTasks(graph, tasks, align, 200);
      if (!tried || bytesIn(tried, room) >= bytesIn(best, room)) continue;
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
function addMoves(room: Room, start: Placed): Placed {
  const { graph, align } = room;
  const after = new Set(start.tasks.slice(0, -1).keys());
  let best = placeTasks(graph, withMoves(start.tasks, after), align, 400);
  for (const i of [...after]) {
    const fewer = new Set(after);
    fewer.delete(i);
    const tried = placeTasks(graph, withMoves(start.tasks, fewer), align, 200);
    if (bytesIn(tried, room) > bytesIn(best, room)) continue;
    best = tried;
    after.delete(i);
  }
  return bytesIn(best, room) < bytesIn(start, room) ? best : start;
}

/** The schedule without one of its streams: both calls whole again. */
function unstreamed(tasks: readonly Task[], i: number): Task[] {
  const task = tasks[i]!;
  if (task.kind !== 'stream') return [...tasks];
  const calls = [task.producer, task.consumer].map((choice): Task => ({ kind: 'call', choice }));
  return [...tasks.slice(0, i), ...calls, ...tasks.slice(i + 1)];
}

/** Streams that the greedy search added early may no longer be needed: code and time that nothing is gained by. */
function dropStreams(room: Room, start: Placed): Placed {
  const { graph, align } = room;
  let best = start;
  for (let i = start.tasks.length - 1; i >= 0; i--) {
    if (best.tasks[i]?.kind !== 'stream') continue;
    const tried = placeTasks(graph, unstreamed(best.tasks, i), align, 200);
    if (bytesIn(tried, room) <= bytesIn(best, room)) best = tried;
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

/** What the kernels of a schedule cost, in the unit of `priceOf`. */
const kernelPrices = (tasks: readonly Task[]): number =>
  tasks
    .flatMap((t) => (t.kind === 'call' ? [t.choice] : t.kind === 'stream' ? [t.producer, t.consumer] : []))
    .reduce((n, c) => n + c.prices.get(c.kernel)!, 0);

/** How much one percent of the arena is worth, in percent of what the kernels cost: all of it where there is a limit. */
const arenaWorth = ({ enough }: Room): number => (enough ? 1e6 : 33);

/** RAM first, but not at any price. */
const price = (placed: Placed, room: Room): number =>
  arenaWorth(room) * Math.log(Math.max(1, bytesIn(placed, room))) +
  Math.log(Math.max(1e-9, kernelPrices(placed.tasks)));

/** Tries every kernel that fits, node by node, and keeps what pays. */
function settleKernels(room: Room, start: Placed, choices: readonly Choice[]): Placed {
  const { graph, align } = room;
  let best = start;
  for (const { site, kernel, others } of choices)
    for (const k of others.length ? [kernel, ...others] : []) {
      const tasks = replaceKernel(best.tasks, site.node, k);
      if (!tasks.every(streamsStill)) continue;
      const tried = placeTasks(graph, tasks, align, 300);
      if (price(tried, room) < price(best, room)) best = tried;
    }
  return best;
}

/** Both ways to save RAM, one after another and alone; those that reach the smallest arena. */
function smallest(room: Room, choices: readonly Choice[]): Placed[] {
  const { graph, align } = room;
  const tasks = choices.map((choice): Task => ({ kind: 'call', choice }));
  const start = placeTasks(graph, tasks, align);
  const variants = [start, addStreams(room, start)].flatMap((s) => [s, addMoves(room, s)]);
  const least = Math.min(...variants.map((v) => bytesIn(v, room)));
  const fewer = [...new Set(variants.filter((v) => bytesIn(v, room) === least))].map((v) => dropStreams(room, v));
  return fewer.map((v) => {
    const again = placeTasks(graph, v.tasks, align);
    return bytesIn(again, room) < bytesIn(v, room) ? again : v;
  });
}

/**
 * Trades instructions for RAM: rows streamed between layers, tensors moved where a chain of overlaps drifts, kernels with
 * less scratch memory where that saves more than it costs.
 * @param enough bytes of arena below which nothing is gained; 0 = as small as it gets
 */
export function shrink(graph: Graph, fastest: readonly Choice[], target: Target, enough = 0): Placed {
  const room = { graph, align: target.align, enough };
  const starts = [fastest, fastest.map(leanest)].flatMap((choices) => smallest(room, choices));
  const settled = starts.map((start) => settleKernels(room, start, fastest));
  const dearer = (a: Placed, b: Placed) => price(a, room) - price(b, room);
  return settled.sort((a, b) => dearer(a, b) || a.tasks.length - b.tasks.length)[0]!;
}
