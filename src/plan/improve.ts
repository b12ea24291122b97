import type { Graph } from '../ir/graph.js';
import { type Placement, planArena } from './arena.js';
import { layoutOf, type Task, taskTensors } from './schedule.js';
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

/**
 * Trades a few instructions for RAM: rows streamed between layers, tensors moved where a chain of overlaps drifts.
 * Both ways are tried; the smaller arena wins, then the shorter schedule.
 */
export function shrink(graph: Graph, start: Placed, align: number): Placed {
  const streams = addStreams(graph, start, align);
  const variants = [start, streams].flatMap((s) => [s, addMoves(graph, s, align)]);
  const smaller = (a: Placed, b: Placed) => a.placement.bytes - b.placement.bytes || a.tasks.length - b.tasks.length;
  const best = dropStreams(graph, variants.sort(smaller)[0]!, align);
  return [best, placeTasks(graph, best.tasks, align)].sort(smaller)[0]!;
}
