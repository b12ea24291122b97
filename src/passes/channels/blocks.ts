import type { Graph, Node } from '../../ir/graph.js';

/** Channels and inputs of the blocks that sparse formats are made of: multiples of 4. */
const side = 4;
/** From this share of zero blocks on weights count as pruned in blocks; unstructured zeros leave a few by chance. */
const least = 0.2;

/** For each aligned group of 4 flags: are all of them set? */
const wholeGroups = (flags: Uint8Array): number[] =>
  Array.from({ length: Math.floor(flags.length / side) }, (_, g) => g).filter(
    (g) => !flags.subarray(g * side, (g + 1) * side).includes(0),
  );

/** Share of the 4x4 blocks of a matrix [rows][taps][columns] that are zero, among rows and columns that all stay. */
function zeroShare(data: ArrayLike<number>, rows: Uint8Array, columns: Uint8Array): number {
  const taps = data.length / rows.length / columns.length;
  let blocks = 0;
  let zero = 0;
  for (const r of wholeGroups(rows))
    for (let tap = 0; tap < taps; tap++)
      for (const c of wholeGroups(columns)) {
        const at = (i: number) => ((r * side + (i >> 2)) * taps + tap) * columns.length + c * side + (i & 3);
        blocks += 1;
        if (Array.from({ length: side * side }, (_, i) => data[at(i)]!).every((w) => w === 0)) zero += 1;
      }
  return blocks === 0 ? 0 : zero / blocks;
}

const isBlocked = (graph: Graph, node: Node, keep: readonly Uint8Array[]): boolean => {
  const weights = graph.tensors[node.in[1]!]!.data;
  return weights !== undefined && zeroShare(weights, keep[node.out[0]!]!, keep[node.in[0]!]!) >= least;
};

/** Where too many channels would stay for the sake of whole groups, the blocks are given up: share of those that stay. */
const most = 0.15;

const count = (flags: Uint8Array): number => flags.reduce((n, f) => n + f, 0);

/** Sets all flags of an aligned group in which any is set, unless these are too many. */
function fillGroups(flags: Uint8Array): boolean {
  const filled = flags.map((_, i) => {
    const from = i - (i % side);
    return flags.subarray(from, from + side).includes(1) ? 1 : 0;
  });
  const added = count(filled) - count(flags);
  if (added === 0 || added > most * count(flags)) return false;
  flags.set(filled);
  return true;
}

/**
 * Around weights pruned in blocks channels go four at a time: one channel less would shift all others against the blocks,
 * and a dead channel among live ones costs nothing there.
 * @param mixing nodes whose outputs read all channels of their input
 * @returns whether anything more stays
 */
export function keepBlocksWhole(graph: Graph, mixing: readonly Node[], keep: readonly Uint8Array[]): boolean {
  const blocked = mixing.filter((node) => isBlocked(graph, node, keep));
  const around = new Set(blocked.flatMap((node) => [node.in[0]!, node.out[0]!]));
  return [...around].map((id) => fillGroups(keep[id]!)).includes(true);
}
