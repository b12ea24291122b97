import { integer, random } from '../support/rng.js';

/** A piece of the arena: a tensor, or working memory of one step. Steps are numbered from 0; -1 = before the first. */
export interface Block {
  readonly name: string;
  readonly bytes: number;
  /** first and last step during which its bytes matter, both included */
  readonly first: number;
  readonly last: number;
}

/**
 * The step that ends `input` may write `output` over it while it reads it, if the output starts at least `distance` bytes before the
 * input (diagonal memory optimisation, Chen et al. 2020). `free`: anywhere (memmove).
 */
export interface Overlap {
  readonly output: number;
  readonly input: number;
  readonly distance: number;
  readonly free?: boolean;
}

export interface Placement {
  /** byte offset per block */
  readonly offsets: readonly number[];
  /** bytes of the whole arena */
  readonly bytes: number;
}

/** For each block, what it must stay clear of: block `other` at offset p forbids the open range (p - before, p + after). */
interface Conflict {
  readonly other: number;
  readonly before: number;
  readonly after: number;
}

const roundUp = (n: number, align: number): number => Math.ceil(n / align) * align;

const alive = (a: Block, b: Block): boolean => a.first <= b.last && b.first <= a.last;

function conflicts(blocks: readonly Block[], overlaps: readonly Overlap[], align: number): Conflict[][] {
  // An input that is still needed after the step must stay whole.
  const ends = overlaps.filter((o) => blocks[o.input]!.last === blocks[o.output]!.first);
  const allowed = new Map(ends.map((o) => [o.output * blocks.length + o.input, o]));
  return blocks.map((a, i) =>
    blocks.flatMap((b, j): Conflict[] => {
      if (i === j || !a.bytes || !b.bytes || !alive(a, b)) return [];
      const writes = allowed.get(i * blocks.length + j);
      const read = allowed.get(j * blocks.length + i);
      if (writes?.free || read?.free) return [];
      // As the output, at or below p - distance is fine; as the input, at or above p + distance.
      const before = writes ? roundUp(writes.distance, align) : a.bytes;
      const after = read ? roundUp(read.distance, align) : b.bytes;
      return [{ other: j, before: Math.min(before, a.bytes), after: Math.min(after, b.bytes) }];
    }),
  );
}

/** Puts blocks, in the given order, at the lowest offset that is clear of those placed before. */
function place(
  blocks: readonly Block[],
  against: readonly Conflict[][],
  order: readonly number[],
  align: number,
): Placement {
  const offsets = new Array<number>(blocks.length).fill(-1);
  let bytes = 0;
  for (const i of order) {
    const taken = against[i]!.filter((c) => offsets[c.other]! >= 0)
      .map((c) => [offsets[c.other]! - c.before, offsets[c.other]! + c.after] as const)
      .sort((a, b) => a[0] - b[0]);
    let at = 0;
    for (const [low, high] of taken) if (at > low && at < high) at = roundUp(high, align);
    offsets[i] = at;
    bytes = Math.max(bytes, at + blocks[i]!.bytes);
  }
  return { offsets, bytes };
}

/** Orders that are good starts: big first, late first (chains of in-place steps), early first. */
function starts(blocks: readonly Block[]): number[][] {
  const ids = [...blocks.keys()];
  const by = (key: (b: Block) => number) => [...ids].sort((a, b) => key(blocks[a]!) - key(blocks[b]!) || a - b);
  return [by((b) => -b.bytes), by((b) => -b.last), by((b) => b.first), by((b) => -b.bytes * (b.last - b.first + 2))];
}

/** Moves one block, or the tail of the order, elsewhere. */
function mutate(order: readonly number[], next: () => number): number[] {
  const changed = [...order];
  const [from] = changed.splice(integer(next, 0, changed.length - 1), 1);
  changed.splice(integer(next, 0, changed.length), 0, from!);
  if (next() < 0.3) return mutate(changed, next);
  return changed;
}

/**
 * Offsets for all blocks such that blocks alive together do not overlap, except as `overlaps` permit; small total.
 * First fit over a seeded search of orders: deterministic.
 * @param align bytes; every offset is a multiple of it
 * @param effort number of orders tried
 */
export function planArena(
  blocks: readonly Block[],
  overlaps: readonly Overlap[],
  align: number,
  effort = 2000,
): Placement {
  if (!blocks.length) return { offsets: [], bytes: 0 };
  const against = conflicts(blocks, overlaps, align);
  const next = random(1);
  const tries = starts(blocks).map((order) => ({ order, placement: place(blocks, against, order, align) }));
  let best = tries.reduce((a, b) => (b.placement.bytes < a.placement.bytes ? b : a));
  const rounds = blocks.length > 2 ? Math.ceil(effort / Math.max(1, blocks.length / 40)) : 0;
  for (let i = 0; i < rounds; i++) {
    const order = mutate(best.order, next);
    const placement = place(blocks, against, order, align);
    if (placement.bytes <= best.placement.bytes) best = { order, placement };
  }
  return { offsets: best.placement.offsets, bytes: roundUp(best.placement.bytes, align) };
}
