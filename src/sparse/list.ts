/** The stream of nn_packed_list_6x1_s8.h: of every channel the weights that are there, each in 16 bits with its distance. */

/** A weight that is not 0, and which tap of the strip it multiplies. */
export interface ListEntry {
  readonly at: number;
  readonly weight: number;
}

/** Taps that an entry can leave out; what is farther away takes entries with weight 0 in between. */
const reach = 255;
/** What the magnitudes of a piece may add up to where sums of inputs must stay below 2^20. */
const mostMagnitude = 2 ** 13 - 1;
/** Entries of a piece, at most: their count has 15 bits. */
const mostEntries = 2 ** 15 - 1;
/** In a piece's count: another piece follows. */
const more = 2 ** 15;

interface Step {
  /** taps left out before this one */
  readonly gap: number;
  readonly weight: number;
}

function steps(entries: readonly ListEntry[]): Step[] {
  const all: Step[] = [];
  let next = 0;
  for (const { at, weight } of entries) {
    for (; at - next > reach; next += reach + 1) all.push({ gap: reach, weight: 0 });
    all.push({ gap: at - next, weight });
    next = at + 1;
  }
  return all;
}

/** Steps in pieces whose sums fit; one without a weight where there are none. */
function pieces(entries: readonly ListEntry[], most = mostMagnitude): Step[][] {
  const all: Step[][] = [[]];
  let magnitude = 0;
  for (const step of steps(entries)) {
    magnitude += Math.abs(step.weight);
    if (magnitude > most || all.at(-1)!.length === mostEntries) {
      all.push([]);
      magnitude = Math.abs(step.weight);
    }
    all.at(-1)!.push(step);
  }
  return all.map((piece) => (piece.length ? piece : [{ gap: 0, weight: 0 }]));
}

const half = ({ gap, weight }: Step): number => gap * 256 + (weight & 255);

/** The entries of a row of weights. */
export const listEntries = (row: readonly number[]): ListEntry[] =>
  row.flatMap((weight, at) => (weight === 0 ? [] : [{ at, weight }]));

/** Entries and pieces that the stream of a channel has. */
export function listSize(entries: readonly ListEntry[]): { entries: number; pieces: number } {
  const all = pieces(entries);
  return { entries: all.reduce((n, piece) => n + piece.length, 0), pieces: all.length };
}

/**
 * Halves of a channel: pieces, each a count, with `more` where another follows, and entries gap * 256 + weight (modulo 256).
 * @param entries by rising `at`
 */
export const packList = (entries: readonly ListEntry[]): number[] =>
  pieces(entries).flatMap((piece, i, all) => [piece.length + (i + 1 < all.length ? more : 0), ...piece.map(half)]);

/** A list of one piece: its sums have room. @param entries fewer than 2^15 */
export const packWhole = (entries: readonly ListEntry[]): number[] => {
  const [piece] = pieces(entries, Number.POSITIVE_INFINITY);
  return [piece!.length, ...piece!.map(half)];
};

/** The entries of a channel again, those with weight 0 left out. */
export function unpackList(halves: readonly number[]): ListEntry[] {
  const entries: ListEntry[] = [];
  let at = 0;
  for (let i = 0; ; ) {
    const count = halves[i++]!;
    for (let n = count % more; n > 0; n--, at++) {
      const half = halves[i++]!;
      at += half >> 8;
      const weight = ((half & 255) ^ 128) - 128;
      if (weight !== 0) entries.push({ at, weight });
    }
    if (count < more) return entries;
  }
}
